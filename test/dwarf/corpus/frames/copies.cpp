// Methods, templates and functions of namespaces that are inlined. Freestanding.
volatile int sink;

namespace outer {
struct Box {
  int held;
  int get() const { sink = held; return held * 2; }
  void set(int value) { sink = value; held = value; }
  void set(long value) { sink = static_cast<int>(value); held = static_cast<int>(value) + 1; }
};

template <typename T> T pick(T left, T right) {
  sink = static_cast<int>(left);
  return left < right ? right : left;
}
}

static inline __attribute__((always_inline)) int twice(int value) {
  sink = value;
  return value * 2;
}

__attribute__((noinline)) int use(int value) {
  outer::Box box{value};
  box.set(value + 1);
  box.set(7L);
  return box.get() + twice(box.held) + outer::pick(value, 4);
}

int main() {
  sink = use(3);
  sink = twice(sink) + static_cast<int>(outer::pick(5L, static_cast<long>(sink)));
  return 0;
}
