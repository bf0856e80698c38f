// Timer and keyboard interrupts (RISC-V privileged ISA, machine level; PLIC; CLINT).
#include "post-office.h"

#define CLINT_MTIMECMP ((volatile u64 *)0x2004000)
#define CLINT_MTIME ((volatile u64 *)0x200bff8)
#define PLIC_PRIORITY ((volatile u32 *)0x0c000000)
#define PLIC_ENABLE ((volatile u32 *)0x0c002000)
#define PLIC_THRESHOLD (*(volatile u32 *)0x0c200000)
#define PLIC_CLAIM (*(volatile u32 *)0x0c200004)
#define UART_IRQ 10
#define TICK 50000  // 10 MHz timer: 5 ms

volatile u64 ticks;
volatile u64 keys_pressed;

// A key was pressed: the letter on the desk gets a time stamp.
static void on_key(int key) {
  keys_pressed++;
  (void)key;
  if (desk != 0) {
    desk->stamped_at = ticks;
  }
}

static void on_timer(void) {
  ticks++;
  *CLINT_MTIMECMP += TICK;
}

static void on_external(void) {
  u32 source = PLIC_CLAIM;
  if (source == UART_IRQ) {
    for (int key = console_read(); key >= 0; key = console_read()) on_key(key);
  }
  PLIC_CLAIM = source;
}

static void on_exception(u64 cause, u64 pc, u64 value) {
  print("\n*** the office is on fire: exception ");
  print_number(cause);
  print(" at pc ");
  print_hex(pc);
  print(", address ");
  print_hex(value);
  print("\n");
  power_off(1);
}

// Called from trap_entry in start.S.
void on_trap(u64 cause, u64 pc, u64 value) {
  if (cause == (1ul << 63 | 7)) on_timer();
  else if (cause == (1ul << 63 | 11)) on_external();
  else on_exception(cause, pc, value);
}

void interrupts_init(void) {
  ticks = 1;
  *CLINT_MTIMECMP = *CLINT_MTIME + TICK;
  PLIC_PRIORITY[UART_IRQ] = 1;
  PLIC_ENABLE[0] = 1u << UART_IRQ;
  PLIC_THRESHOLD = 0;
  __asm__ volatile("csrs mie, %0" ::"r"(1ul << 7 | 1ul << 11));
  __asm__ volatile("csrs mstatus, %0" ::"r"(1ul << 3));
}
