/* Entry: no stack set-up of its own, for the tests run nothing before it. */
#include "inline.h"

int structures(void);
int calls(void);
volatile int result;

int main(void) {
  int first = structures();
  int second = calls();
  result = twice(first) + second;
  return result;
}

/* GCC copies initial values with it when it optimises for size. */
void *memcpy(void *to, const void *from, unsigned long count) {
  char *target = to;
  const char *source = from;
  while (count--) {
    *target++ = *source++;
    __asm__ volatile("" ::: "memory");
  }
  return to;
}
