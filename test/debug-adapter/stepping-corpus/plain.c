// Compiled without debug information, like a library.
int plain_double(int x) { return 2 * x; }
int plain_apply(int (*function)(int), int x) {
  int first = function(x);
  return first + function(x + 1);
}
int plain_busy(int rounds) {
  volatile int sum = 0;
  for (int i = 0; i < rounds; i++) sum += i;
  return sum;
}
