/* The trap handler, what machine mode does while the timer interrupts it, and the way into the guest proper, which runs in user mode. Freestanding. */
#define TIMER_COMPARE (*(volatile unsigned long *)0x02004000)
#define TIMER (*(volatile unsigned long *)0x0200bff8)
#define FINISHER (*(volatile unsigned *)0x00100000)

enum cause { ECALL_FROM_USER = 8, TIMER_INTERRUPT = 7 };

union registers {
  unsigned long all[36];
  struct { unsigned long zero, ra, sp, gp, tp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7, rest[14], pc; } named;
};

struct statistics {
  unsigned long ticks, calls;
  unsigned last : 5, in_user : 1;
  long written[4];
};

struct statistics statistics;
int main(void);

static inline unsigned long mix(unsigned long value, unsigned rounds) {
  unsigned long mixed = value;
  for (unsigned round = 0; round < rounds; round++) mixed = mixed * 31 + (mixed >> 7) + round;
  return mixed;
}

void arm_timer(void) {
  unsigned long now = TIMER, interval = 5 + statistics.ticks % 9;
  TIMER_COMPARE = now + interval;
}

__attribute__((noinline)) static void on_tick(struct statistics *of) {
  of->ticks++;
  unsigned long mixed = mix(of->ticks, 3);
  of->last = mixed & 31;
  arm_timer();
}

__attribute__((noinline)) static long on_call(union registers *saved) {
  long number = saved->named.a7, argument = saved->named.a0;
  statistics.calls++;
  switch (number) {
    case 93:
      FINISHER = 0x5555;
      return 0;
    case 64: {
      long *place = &statistics.written[argument & 3];
      *place += argument;
      return *place;
    }
    default:
      return -38;
  }
}

void on_trap(unsigned long cause, unsigned long pc, union registers *saved) {
  unsigned long code = cause & ~(1ul << 63);
  statistics.in_user = pc >= (unsigned long)main;
  if (cause >> 63) {
    if (code == TIMER_INTERRUPT) on_tick(&statistics);
  } else if (code == ECALL_FROM_USER) {
    saved->named.a0 = on_call(saved);
    saved->named.pc = pc + 4;
  }
}

__attribute__((noinline)) static int weigh(int depth, int *weights) {
  int here = weights[depth & 3];
  if (depth == 0) return here;
  int below = weigh(depth - 1, weights);
  return below * 2 + here;
}

int machine_work(void) {
  int weights[4] = { 3, 1, 4, 1 };
  int total = 0;
  for (int round = 0; round < 6; round++) total += weigh(round, weights);
  return total + (int)mix(total, 4);
}

int user_work(void) {
  int result = main();
  return result;
}

/* Compilers copy and clear with these. */
__attribute__((weak)) void *memcpy(void *to, const void *from, unsigned long count) {
  char *target = to;
  const char *source = from;
  while (count--) {
    *target++ = *source++;
    __asm__ volatile("" ::: "memory");
  }
  return to;
}

__attribute__((weak)) void *memset(void *to, int value, unsigned long count) {
  char *target = to;
  while (count--) {
    *target++ = (char)value;
    __asm__ volatile("" ::: "memory");
  }
  return to;
}
