/* Floating-point state: in signal frames, over handlers that use it, over switches of processes; exact results. */
#include "program.h"
#include <fenv.h>
#include <math.h>
#include <time.h>

static volatile double zero = 0, one = 1, three = 3, huge_value = 1e308;
static uint64_t frame_sum;
static unsigned frame_fcsr;
static int changes_frame = 1;

static void clobber(int signal, siginfo_t *info, void *context) {
  ucontext_t *state = context;
  (void)signal;
  (void)info;
  frame_sum = checksum(state->uc_mcontext.__fpregs.__d.__f, sizeof state->uc_mcontext.__fpregs.__d.__f);
  frame_fcsr = state->uc_mcontext.__fpregs.__d.__fcsr;
  if (changes_frame) state->uc_mcontext.__fpregs.__d.__f[9] = 0x4045000000000000; /* 42.0 in fs1 */
  fesetround(FE_TOWARDZERO);
  feclearexcept(FE_ALL_EXCEPT);
  volatile double work = one / three;
  work = huge_value * huge_value + sqrt(work);
#define SET(n) "fcvt.d.w f" #n ", zero\n"
  asm volatile(SET(0) SET(1) SET(2) SET(3) SET(4) SET(5) SET(6) SET(7) SET(8) SET(9) SET(10) SET(11) SET(12) SET(13) SET(14) SET(15)
               SET(16) SET(17) SET(18) SET(19) SET(20) SET(21) SET(22) SET(23) SET(24) SET(25) SET(26) SET(27) SET(28) SET(29) SET(30) SET(31));
}

/* Loads all registers, has a signal handled in a system call, stores them. */
static void all_registers(void) {
  uint64_t before[32], after[32];
  for (int i = 0; i < 32; i++) before[i] = 0x3ff0000000000000 + 0x0123456789abcd * (uint64_t)i;
  before[3] = 0xffffffff3f800000; /* a boxed single */
  before[4] = 0x7ff4000000000001; /* a signalling NaN */
  handle(SIGUSR1, clobber, 0);
  unsigned fcsr = 0x6b, fcsr_after; /* upward; DZ, UF, NX, and no NV */
  pid_t self = getpid();
  register uint64_t *from asm("t1") = before;
  register uint64_t *to asm("t2") = after;
  register long number asm("a7") = 129; /* kill */
  register long process asm("a0") = self;
  register long which asm("a1") = SIGUSR1;
  asm volatile("csrw fcsr, %[fcsr]" ::[fcsr] "r"(fcsr));
#define LOAD(n) "fld f" #n ", 8*" #n "(t1)\n"
#define STORE(n) "fsd f" #n ", 8*" #n "(t2)\n"
#define EACH(M) M(0) M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8) M(9) M(10) M(11) M(12) M(13) M(14) M(15) M(16) M(17) M(18) M(19) M(20) M(21) M(22) M(23) M(24) M(25) M(26) M(27) M(28) M(29) M(30) M(31)
  asm volatile(EACH(LOAD) "ecall\n" EACH(STORE) "csrrw %[out], fcsr, zero\n"
               : [out] "=r"(fcsr_after), "+r"(process)
               : "r"(from), "r"(to), "r"(number), "r"(which)
               : "memory", "fs0", "fs1", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft0", "ft1", "ft2", "ft3", "ft4", "ft5",
                 "ft6", "ft7", "ft8", "ft9", "ft10", "ft11", "fa0", "fa1", "fa2", "fa3", "fa4", "fa5", "fa6", "fa7");
  printf("  in the frame: %d, fcsr %#x; behind it fcsr %#x\n", frame_sum == checksum(before, sizeof before), frame_fcsr, fcsr_after);
  for (int i = 0; i < 32; i++) {
    if (before[i] != after[i]) printf("  f%d became %016lx\n", i, after[i]);
  }
}

static volatile unsigned long ticks;
static void tick(int signal, siginfo_t *info, void *context) {
  clobber(signal, info, context);
  ticks++;
}

static double series(int count, int rounding) {
  fesetround(rounding);
  volatile double sum = 0;
  for (int i = 1; i <= count; i++) sum += one / (i * three) - sqrt((double)i) * 1e-3;
  fesetround(FE_TONEAREST);
  return sum;
}

static uint64_t bits(double value) {
  uint64_t word;
  memcpy(&word, &value, sizeof word);
  return word;
}

static const int roundings[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};

/* Processes with a rounding mode each, which take turns. */
static void turns(void) {
  pid_t children[4];
  int pipes[4][2];
  for (int i = 0; i < 4; i++) {
    CHECK(pipe(pipes[i]) == 0);
    children[i] = fork();
    CHECK(children[i] >= 0);
    if (children[i] == 0) {
      uint64_t sum = 0;
      for (int round = 0; round < 20; round++) {
        sum = mix(sum, bits(series(2000 + round, roundings[i])));
        usleep(1);
      }
      CHECK(write(pipes[i][1], &sum, sizeof sum) == sizeof sum);
      _exit(fetestexcept(FE_ALL_EXCEPT));
    }
  }
  for (int i = 0; i < 4; i++) {
    uint64_t sum;
    int status;
    CHECK(read(pipes[i][0], &sum, sizeof sum) == sizeof sum);
    CHECK(waitpid(children[i], &status, 0) == children[i]);
    printf("  child %d: %016lx, exceptions %#x\n", i, sum, WEXITSTATUS(status));
    close(pipes[i][0]);
    close(pipes[i][1]);
  }
}

static void say_flags(const char *what, double value) {
  printf("  %s: %016lx, exceptions %#x\n", what, bits(value), fetestexcept(FE_ALL_EXCEPT));
  feclearexcept(FE_ALL_EXCEPT);
}

static void exceptions(void) {
  feclearexcept(FE_ALL_EXCEPT);
  say_flags("1/3", one / three);
  say_flags("1/0", one / zero);
  say_flags("0/0", zero / zero);
  say_flags("huge", huge_value * huge_value);
  say_flags("tiny", 1e-308 / (three * 1e5));
  say_flags("sqrt(-1)", sqrt(-one));
  say_flags("fma", fma(one / three, three, -one));
  say_flags("single", (double)((float)one / (float)three));
  volatile double large = 1e19;
  printf("  conversions: %d %ld %lu", (int)large, (long)-large, (unsigned long)(one / zero));
  say_flags("", (double)(long)(zero / zero));
  for (int i = 0; i < 4; i++) {
    fesetround(roundings[i]);
    volatile double half = 2.5;
    long rounded = lrint(half);
    volatile double third = one / three, minus = -one / three;
    fesetround(FE_TONEAREST);
    printf("  rounding %d: %ld %016lx %016lx\n", i, rounded, bits(third), bits(minus));
  }
  printf("  functions: %.17g %.17g %.17g %.17g\n", sin(one), exp(three), pow(three, one / three), log(huge_value));
}

void floats(void) {
  all_registers();
  exceptions();
  changes_frame = 0;
  handle(SIGALRM, tick, SA_RESTART);
  double alone = series(3000, FE_UPWARD);
  timer_t timer;
  struct itimerspec often = {{0, 500000}, {0, 500000}};
  CHECK(timer_create(CLOCK_MONOTONIC, NULL, &timer) == 0 && timer_settime(timer, 0, &often, NULL) == 0);
  while (ticks < 20) CHECK(bits(series(3000, FE_UPWARD)) == bits(alone));
  timer_delete(timer);
  printf("  interrupted: %016lx\n", bits(alone));
  turns();
}
