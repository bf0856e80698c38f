/* A function of a header in a second unit, one that is called and inlined, and one that the compiler copies for a constant. Freestanding. */
#include "nested.h"

extern volatile int sink;

__attribute__((noinline)) static int clone(int value, int kind) {
  if (kind == 3) {
    sink = value;
    return value * 7;
  }
  for (int index = 0; index < value; index++)
    sink += kind;
  return sink;
}

int square(int value) {
  sink = value;
  return value * value;
}

int copies(int value) {
  int first = clone(value, 3) + square(value);
  sink = first;
  return inner(first, value) + clone(first, 3) + square(first + 1);
}

int (*const indirect)(int) = square;
