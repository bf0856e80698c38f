/* Recursion, leaf functions, tail calls, inlining, variable-length arrays, many saved registers. Freestanding. */
int depth_reached;

static inline __attribute__((always_inline)) int clamp(int value, int limit) {
  int clamped = value;
  if (clamped > limit)
    clamped = limit;
  return clamped;
}

__attribute__((noinline)) int leaf(int a, int b) {
  int product = a * b;
  depth_reached = product;
  return product + 1;
}

__attribute__((noinline)) int factorial(int n) {
  if (n <= 1)
    return leaf(n, 1);
  int below = factorial(n - 1);
  return n * below;
}

__attribute__((noinline)) int tail(int n, int total) {
  if (n == 0) return leaf(total, 2);
  return tail(n - 1, total + n);
}

__attribute__((noinline)) long many(long a, long b, long c, long d, long e, long f) {
  long p = leaf(a, b), q = leaf(c, d), r = leaf(e, f), s = leaf(a, f), t = leaf(b, e);
  return a + b * p + c * q + d * r + e * s + f * t + p * q * r * s * t;
}

__attribute__((noinline)) float floats(float x, double y) {
  float z = x * 2.0f;
  double w = y + leaf((int)x, 3);
  return z + (float)w * x;
}

__attribute__((noinline)) int variable(int count) {
  int items[count];
  for (int index = 0; index < count; index++)
    items[index] = index * index;
  int total = 0;
  for (int index = 0; index < count; index++)
    total += items[index];
  return total + leaf(items[0], count);
}

__attribute__((noinline)) int big_frame(int seed) {
  int table[2000];
  for (int index = 0; index < 2000; index++)
    table[index] = seed + index;
  return clamp(table[leaf(seed, 1) % 2000], 100);
}

__attribute__((noinline)) int choose(int what, int value) {
  switch (what) {
    case 0: return value;
    case 1: return leaf(value, value);
    case 2: return factorial(value);
    case 3: return tail(value, 0);
    default: {
      int inner = what * 3;
      {
        int value = inner + 1;
        leaf(value, inner);
      }
      return clamp(inner, value);
    }
  }
}

int calls(void) {
  int total = 0;
  for (int what = 0; what < 6; what++)
    total += choose(what, what + 2);
  return total + (int)many(1, 2, 3, 4, 5, 6) + (int)floats(1.5f, 2.5) + variable(5) + big_frame(7);
}
