// 16550 UART, polled for output, interrupt-driven for input; SiFive test finisher.
#include "post-office.h"

#define UART ((volatile u8 *)0x10000000)
#define FINISHER (*(volatile u32 *)0x100000)

void console_init(void) {
  UART[2] = 1;  // FIFO on
  UART[1] = 1;  // interrupt when data arrives
}

int console_read(void) { return UART[5] & 1 ? UART[0] : -1; }

static void put(char c) {
  while (!(UART[5] & 0x20)) {
  }
  UART[0] = (u8)c;
}

void print(const char *text) {
  for (; *text; text++) {
    if (*text == '\n') put('\r');
    put(*text);
  }
}

void print_number(u64 value) {
  char digits[21], *p = digits + 20;
  *p = 0;
  do *--p = (char)('0' + value % 10);
  while (value /= 10);
  print(p);
}

void print_hex(u64 value) {
  print("0x");
  int shift = 60;
  while (shift > 0 && !(value >> shift & 15)) shift -= 4;
  for (; shift >= 0; shift -= 4) put("0123456789abcdef"[value >> shift & 15]);
}

void power_off(u32 exit_code) {
  FINISHER = exit_code ? exit_code << 16 | 0x3333 : 0x5555;
  for (;;) {
  }
}
