int work(int value);

static inline __attribute__((always_inline)) int inner(int value, int factor) {
  int result = work(value) + factor;
  {
    int value = result * 2;
    result += work(value);
  }
  return result;
}
