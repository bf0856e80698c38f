typedef unsigned long u64;
/* variables in memory as without optimisation: most instructions access the page of the stack; `quiet` has a page of its own */
__attribute__((aligned(4096))) volatile u64 quiet[512];
u64 main(){ volatile u64 a=1,b=2,i; quiet[0]=1; for(i=0;i<N;i++){ a+=b; b^=i; } return a; }
