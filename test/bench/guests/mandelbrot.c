typedef unsigned long u64;
u64 main(){ u64 acc=0;
  for(long n=0;n<N;n++)
    for(int py=0;py<64;py++) for(int px=0;px<64;px++){
      double cx=px*(3.0/64)-2.2+n*1e-4, cy=py*(2.4/64)-1.2, x=0, y=0; int i=0;
      for(;i<200&&x*x+y*y<4;i++){ double t=x*x-y*y+cx; y=2*x*y+cy; x=t; }
      acc=acc*31+i; }
  return acc; }
