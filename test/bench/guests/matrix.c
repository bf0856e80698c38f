typedef unsigned long u64;
#define S 96
static double a[S][S], b[S][S], c[S][S];
u64 main(){ u64 acc=0;
  for(long n=0;n<N;n++){
    for(int i=0;i<S;i++) for(int j=0;j<S;j++){ a[i][j]=1.0/(i+j+1+n); b[i][j]=(double)(i*3-j+n)*0.37; }
    for(int i=0;i<S;i++) for(int j=0;j<S;j++){ double s=0; for(int k=0;k<S;k++) s+=a[i][k]*b[k][j]; c[i][j]=s; }
    union { double d; u64 u; } r={c[S-1][3]+c[2][S-2]}; acc=acc*31+r.u; }
  return acc; }
