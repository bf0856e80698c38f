/* Inlined calls: nested, repeated, in loops and blocks, with variables of the same names, from another file, into recursion and tail calls. Freestanding. */
#include "nested.h"

volatile int sink;

__attribute__((noinline)) int work(int value) {
  sink = value;
  return value * 3 + sink;
}

static inline __attribute__((always_inline)) int middle(int value, int factor) {
  int scaled = value * factor;
  if (scaled > 10) {
    int rest = scaled - 10;
    return inner(rest, factor) + work(rest);
  }
  return inner(scaled, value);
}

static inline __attribute__((always_inline)) int outer(int value) {
  int total = 0;
  for (int index = 0; index < 3; index++)
    total += middle(value + index, index + 2);
  return total;
}

__attribute__((noinline)) int nests(int value) {
  int before = work(value);
  int first = outer(before);
  int second = middle(first, 2);
  return first + second + work(second);
}

static int even(int n);

__attribute__((noinline)) static int odd(int n) {
  return n == 0 ? work(0) : even(n - 1);
}

__attribute__((noinline)) static int even(int n) {
  return n == 0 ? work(1) : odd(n - 1);
}

__attribute__((noinline)) int descend(int n) {
  int here = inner(n, 2);
  if (n > 0)
    here += descend(n - 1);
  return here + work(n);
}

__attribute__((noinline, cold)) int unlikely(int value) {
  return work(value) - 1;
}

/* GCC moves the call into a part of its own. */
__attribute__((noinline)) int parts(int value) {
  if (__builtin_expect(value > 100, 0)) {
    work(value);
    return unlikely(value);
  }
  return work(value) + 1;
}

int main(void) {
  int total = nests(4);
  total += even(7) + descend(3);
  total += parts(5) + parts(101);
  sink = total;
  return total;
}
