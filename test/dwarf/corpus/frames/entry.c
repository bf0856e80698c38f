/* Parameters that are overwritten when they are no longer needed: what they were is known from the caller. Freestanding. */
volatile int sink;
void (*volatile hook)(int);

__attribute__((noinline)) void helper(int value) { sink = value; }

__attribute__((noinline)) int lost(int first, long second, int third) {
  sink = first;
  helper(third);
  sink = (int)second;
  helper(2);
  return sink;
}

__attribute__((noinline)) int passes(int given, int other) {
  int kept = given * 3;
  sink = lost(kept, other + 5, given);
  sink = lost(4, 1000000000000, other);
  return kept + sink;
}

__attribute__((noinline)) int through(int depth, int value) {
  sink = value;
  if (depth == 0) return passes(value + 1, depth);
  int below = through(depth - 1, value * 2);
  helper(below);
  return sink;
}

__attribute__((noinline)) void hooked(int value) {
  sink = value;
  helper(value + 1);
  helper(7);
}

/* Which of the two called `lost` cannot be told: the tail call has left no trace. */
__attribute__((noinline)) int jumps(int value) {
  sink = value;
  return lost(value + 1, 9, 9);
}

int main(void) {
  int total = passes(5, 6) + through(2, 3) + jumps(8);
  hook = hooked;
  hook(11);
  hooked(12);
  sink = total;
  return total;
}
