typedef unsigned long u64;
/* touches N pages, one word in each, and stops */
static volatile u64 a[(u64)N * 512];
u64 main(){ u64 acc=0; for(u64 i=0;i<N;i++){ a[i*512+(i&511)]=i; acc+=i; } return acc; }
