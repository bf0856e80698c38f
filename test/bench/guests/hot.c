typedef unsigned long u64;
/* a hot function: a breakpoint on it is met all the time, with the round in a0 */
u64 sum;
__attribute__((noinline)) void tick(u64 round) { sum += round; }
u64 main(){ for(u64 i=0;i<N;i++) tick(i); return sum; }
