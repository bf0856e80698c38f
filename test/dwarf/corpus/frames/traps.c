/* Work that timers and exceptions interrupt: recursion, leaves, loops, inlined calls. Freestanding. */
#define TIMER_COMPARE (*(volatile unsigned long *)0x02004000)
#define TIMER (*(volatile unsigned long *)0x0200bff8)

struct saved { unsigned long registers[32]; unsigned long epc, status; };

volatile unsigned long ticks, exceptions, software;

static inline __attribute__((always_inline)) unsigned long later(unsigned long count) {
  return TIMER + count;
}

__attribute__((noinline)) static void note(unsigned long cause) {
  exceptions += cause;
}

void handle(unsigned long cause, unsigned long epc, struct saved *saved) {
  if ((long)cause < 0) {
    ticks++;
    TIMER_COMPARE = later(ticks < 60 ? 3 + ticks % 5 : 1 << 30);
#ifdef SUPERVISOR
    __asm__ volatile("csrs mip, %0" ::"r"(2) : "memory");
#endif
#ifdef NESTED
    if (ticks % 3 == 0) {
      TIMER_COMPARE = later(1);
      __asm__ volatile("csrsi mstatus, 8" ::: "memory");
      for (volatile int index = 0; index < 30; index++) note(0);
      __asm__ volatile("csrci mstatus, 8" ::: "memory");
    }
#endif
  } else {
    note(cause);
    saved->epc = epc + 4;
  }
}

void on_software(void) {
  __asm__ volatile("csrc sip, %0" ::"r"(2) : "memory");
  software++;
  note(1);
}

/* Saves what it uses, as the compiler sees fit; mepc stays in its register. */
__attribute__((interrupt)) void on_timer(void) {
  ticks++;
  TIMER_COMPARE = later(ticks < 60 ? 3 + ticks % 5 : 1 << 30);
#ifdef SUPERVISOR
  __asm__ volatile("csrs mip, %0" ::"r"(2) : "memory");
#else
  if (ticks % 2) note(2);
#endif
}

__attribute__((noinline)) long leaf(long a, long b) {
  long product = a * b;
  for (int index = 0; index < 5; index++) product ^= product >> 3;
  return product + 1;
}

__attribute__((noinline)) long recurse(long n) {
  if (n == 0) return leaf(n, 2);
  long below = recurse(n - 1);
  return below + leaf(n, below);
}

int main(void) {
  long total = 0;
  TIMER_COMPARE = later(2);
  for (int round = 0; round < 12; round++) {
    total += recurse(round % 5);
#if !defined(SUPERVISOR) || !defined(PAGED)
    if (round % 4 == 1) __asm__ volatile(".4byte 0xffffffff" ::: "memory");
#endif
#ifndef SUPERVISOR
    if (round % 4 == 2) __asm__ volatile("li a7, 3\n ecall" ::: "a7", "memory");
#endif
  }
  return (int)total;
}
