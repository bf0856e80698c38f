static int twice(int value) {
  return value * 2;
}
