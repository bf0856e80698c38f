/* A deep stack of calls, each with parameters and locals; at its end a function with a hundred locals. */
#define EIGHT(X, n) X(n##0) X(n##1) X(n##2) X(n##3) X(n##4) X(n##5) X(n##6) X(n##7)
#define LOCAL(n) long local_##n = value + n; struct pair pair_##n = { value, n };
#define USE(n) total += local_##n + pair_##n.left;
struct pair { long left, right; };
volatile long sink;

__attribute__((noinline)) long bottom(long value) {
  long total = 0;
  EIGHT(LOCAL, 1) EIGHT(LOCAL, 2) EIGHT(LOCAL, 3) EIGHT(LOCAL, 4) EIGHT(LOCAL, 5) EIGHT(LOCAL, 6) LOCAL(70) LOCAL(71)
  sink = value;
  EIGHT(USE, 1) EIGHT(USE, 2) EIGHT(USE, 3) EIGHT(USE, 4) EIGHT(USE, 5) EIGHT(USE, 6) USE(70) USE(71)
  return total;
}

__attribute__((noinline)) long down(long depth, const char *what, struct pair at) {
  long below = depth == 0 ? bottom(at.left) : down(depth - 1, what + 1, at);
  return below + *what + at.right;
}

int main(void) {
  struct pair at = { 3, 4 };
  sink = down(60, "a text that is long enough for all of the calls that go down with it, one by one", at);
  return 0;
}
