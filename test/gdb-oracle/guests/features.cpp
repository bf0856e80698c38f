// C++'s types and calls as locals and parameters: methods, references, inheritance, templates, lambdas, namespaces, operators. Freestanding.
extern "C" long system_call(long number, long argument);
extern "C" void __cxa_pure_virtual() { for (;;) {} }
extern volatile int seed;
volatile int seed = 5;

namespace shapes {
enum class Kind : unsigned char { Round = 1, Square = 4 };

struct Point {
  int x, y;
  Point operator+(const Point &other) const { return { x + other.x, y + other.y }; }
  bool operator<(Point other) const { return x < other.x; }
};

class Shape {
 public:
  explicit Shape(int id, Kind kind) : id_(id), kind_(kind) {}
  virtual long area() const = 0;
  int id() const { return id_; }
 protected:
  int id_;
  Kind kind_;
};

class Box : public Shape {
 public:
  Box(int id, Point low, Point high) : Shape(id, Kind::Square), low_(low), high_(high) {}
  __attribute__((noinline)) long area() const override {
    long width = high_.x - low_.x;
    long height = high_.y - low_.y;
    return width * height;
  }
  void grow(int by);
 private:
  Point low_, high_;
};

__attribute__((noinline)) void Box::grow(int by) {
  Point step = { by, by * 2 };
  high_ = high_ + step;
  if (high_ < low_) high_.x = low_.x;
}

class Disc : public Shape {
 public:
  Disc(int id, double radius) : Shape(id, Kind::Round), radius_(radius) {}
  __attribute__((noinline)) long area() const override {
    double squared = radius_ * radius_;
    return static_cast<long>(squared * 3.14159);
  }
 private:
  double radius_;
};

namespace detail {
template <class T> __attribute__((noinline)) T largest(const T *from, int count) {
  T best = from[0];
  for (int index = 1; index < count; index++) {
    const T &candidate = from[index];
    if (best < candidate) best = candidate;
  }
  return best;
}
}  // namespace detail
}  // namespace shapes

template <class T, int N> class Stack {
 public:
  void push(const T &item) { if (count_ < N) items_[count_++] = item; }
  T pop() {
    T top = items_[--count_];
    return top;
  }
  bool empty() const { return count_ == 0; }
 private:
  T items_[N] = {};
  int count_ = 0;
};

template <class F> __attribute__((noinline)) static int twice(F function, int value) {
  int once = function(value);
  return function(once);
}

__attribute__((noinline)) static void exchange(int &left, int &&right, const long &both) {
  int kept = left;
  left = right + static_cast<int>(both);
  right = kept;
}

__attribute__((noinline)) static long total_of(shapes::Shape *const *all, int count) {
  long total = 0;
  for (int index = 0; index < count; index++) {
    const shapes::Shape &shape = *all[index];
    total += shape.area() * shape.id();
  }
  return total;
}

namespace {
struct Tally {
  int hits = 0;
  static int all;
  Tally &operator++() { hits++; all++; return *this; }
};
int Tally::all = 2;

__attribute__((noinline)) int hidden(Tally tally, bool more) {
  ++tally;
  if (more) return hidden(tally, false) + Tally::all;
  return tally.hits;
}
}  // namespace

__attribute__((noinline)) static int spread() {
  int values[4] = { 4, 3, 2, 1 };
  int sum = 0;
  for (int &value : values) {
    value *= seed;
    sum += value;
  }
  auto [first, second] = shapes::Point{ values[0], values[3] };
  return sum + first - second;
}

extern "C" int main() {
  shapes::Box box(2, { 0, 1 }, { 4, 6 });
  shapes::Disc disc(3, 2.5);
  shapes::Shape *all[] = { &box, &disc };
  long total = total_of(all, 2);
  Stack<shapes::Point, 3> stack;
  for (int round = 0; round < 2; round++) {
    box.grow(round + 1);
    stack.push({ round, seed });
    int factor = seed;
    int left = round, right = 9;
    exchange(left, static_cast<int &&>(right), total);
    total += twice([factor, &left](int value) { left++; return value * factor + left; }, round);
  }
  while (!stack.empty()) total += stack.pop().y;
  const double numbers[3] = { 1.5, -2.25, 8.125 };
  const shapes::Point points[2] = { { 1, 2 }, { 7, 8 } };
  total += static_cast<long>(shapes::detail::largest(numbers, 3)) + shapes::detail::largest(points, 2).y;
  total += hidden(Tally{}, true) + spread() + system_call(64, total & 7) + total_of(all, 2);
  return static_cast<int>(total);
}
