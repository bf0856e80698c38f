typedef unsigned long u64;
#define L 10
#define S (1<<L)
static double re[S], im[S];
/* cos and sin of 2*pi/2^k */
static const double cs[]={1,-1,0,0.70710678118654752,0.92387953251128676,0.98078528040323044,0.99518472667219689,0.99879545620517240,0.99969881869620423,0.99992470183914454,0.99998117528260114};
static const double sn[]={0,0,1,0.70710678118654752,0.38268343236508977,0.19509032201612827,0.098017140329560602,0.049067674327418015,0.024541228522912288,0.012271538285719926,0.0061358846491544754};
u64 main(){ u64 acc=0;
  for(long n=0;n<N;n++){
    for(int i=0;i<S;i++){ re[i]=(double)((i*2654435761u+(unsigned)n)>>16)/65536.0; im[i]=0; }
    for(int i=1,j=0;i<S;i++){ int bit=S>>1; for(;j&bit;bit>>=1) j^=bit; j^=bit; if(i<j){ double t=re[i]; re[i]=re[j]; re[j]=t; t=im[i]; im[i]=im[j]; im[j]=t; } }
    for(int k=1;k<=L;k++){ int h=1<<(k-1); double wr=cs[k],wi=sn[k];
      for(int i=0;i<S;i+=2*h){ double ur=1,ui=0;
        for(int j=i;j<i+h;j++){ double tr=re[j+h]*ur-im[j+h]*ui, ti=re[j+h]*ui+im[j+h]*ur;
          re[j+h]=re[j]-tr; im[j+h]=im[j]-ti; re[j]+=tr; im[j]+=ti;
          double nr=ur*wr-ui*wi; ui=ur*wi+ui*wr; ur=nr; } } }
    union { double d; u64 u; } r={re[1]+im[7]*3}; acc=acc*31+r.u; }
  return acc; }
