// Functions of every kind of scope: namespaces, classes, templates, overloads, operators, lambdas, constructors. Freestanding.
using size_t = decltype(sizeof(0));

volatile int sink;

__attribute__((noinline)) static int note(int value) {
  sink = value;
  return value + sink;
}

namespace outer {
namespace {
__attribute__((noinline)) int hidden(int value) { return note(value) + 1; }
}

namespace inner {
struct point { int x, y; };

class Counter {
public:
  explicit Counter(int start) : count(start) { note(start); }
  __attribute__((noinline)) int add(int by) { return count += note(by); }
  __attribute__((noinline)) int add(point by) { return count += note(by.x + by.y); }
  __attribute__((noinline)) int get() const { return note(count); }
  __attribute__((noinline)) static int zero(const char *text) { return note(*text); }
  __attribute__((noinline)) bool operator==(const Counter &other) const { return note(count) == other.count; }
  struct Nested {
    __attribute__((noinline)) int method(unsigned long value, const point *where) { return note((int)value + where->x); }
  };
  int count;
};

__attribute__((noinline)) int free_function(point &at, long *values) { return note(at.x) + (int)values[0]; }
}

template <typename T> __attribute__((noinline)) T largest(T left, T right) { return note((int)left) > (int)right ? left : right; }

template <typename T, int N> struct Holder {
  __attribute__((noinline)) T first() { return (T)note((int)items[0] + N); }
  T items[N];
};
}

__attribute__((noinline)) int overloaded(int value) { return note(value); }
__attribute__((noinline)) int overloaded(double value) { return note((int)value); }
extern "C" __attribute__((noinline)) int plain(int value, ...) { return note(value); }

int main() {
  using namespace outer;
  inner::Counter counter(3), other(4);
  inner::point at = { 1, 2 };
  long values[2] = { 5, 6 };
  inner::Counter::Nested nested;
  Holder<int, 3> holder = { { 1, 2, 3 } };
  auto lambda = [&](int by) __attribute__((noinline)) { return note(by + at.x); };
  int total = hidden(1) + counter.add(2) + counter.add(at) + counter.get() + inner::Counter::zero("a") + (counter == other);
  total += nested.method(7, &at) + inner::free_function(at, values) + largest(3, 4) + (int)largest('a', 'b') + holder.first() + lambda(2);
  total += overloaded(1) + overloaded(2.0) + plain(3);
  sink = total;
  return total;
}
