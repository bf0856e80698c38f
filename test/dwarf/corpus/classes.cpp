// Static data of C++'s types, for expressions. Freestanding; nothing of it has to run.
namespace shapes {
enum class Kind : unsigned char { Round = 1, Square = 2 };
enum Plain { FIRST = 10, SECOND };
struct Point {
  int x, y;
  static int count;
  static const int limit = 8;
  int sum() const { return x + y; }
  struct Inner { short s; } inner;
};
int Point::count = 3;
int variable = 7;
typedef Point Alias;
namespace { int hidden = 4; }
namespace deep { long value = -9; inline namespace v2 { int versioned = 2; } }
class Base {
 public:
  constexpr Base(int b) : b_(b) {}
  int get() const { return b_; }
 protected:
  int b_;
};
struct Named { constexpr Named(const char *n) : name(n) {} const char *name; };
struct Circle : public Base, Named {
  constexpr Circle(int b, const char *n, double r) : Base(b), Named(n), radius(r), kind(Kind::Round) {}
  double radius;
  Kind kind;
  int b_alone = 2;
};
template <class T, int N> struct Box { T data[N]; int size() const { return N; } };
template <class T> struct Pair { T first; Box<T, 2> second; };
}  // namespace shapes

using shapes::Box;
shapes::Point point = { 1, 2, { 3 } };
constinit shapes::Circle circle(5, "round", 2.5);
shapes::Base &base_reference = circle;
shapes::Base *base_pointer = &circle;
shapes::Named *named_pointer = &circle;
Box<int, 3> box = { { 1, 2, 3 } };
shapes::Pair<char> pair = { 'p', { { 'q', 'r' } } };
Box<Box<unsigned long, 1>, 2> boxes = { { { { 1 } }, { { 2 } } } };
int target = 5;
int &reference = target;
int &&moved = static_cast<int &&>(target);
const int &constant_reference = target;
struct Holder { int &held; const char *&text; };
const char *greeting = "hi";
Holder holder = { target, greeting };
int shapes::Point::*member = &shapes::Point::y;
int (shapes::Point::*method)() const = &shapes::Point::sum;
char16_t sixteen = u'x';
char32_t thirty_two = U'\u20ac';
wchar_t wide = L'w';
char8_t eight = u8'8';
shapes::Kind kind = shapes::Kind::Square, odd_kind = static_cast<shapes::Kind>(9);
shapes::Plain plain = shapes::SECOND;
decltype(nullptr) nothing = nullptr;
bool truth = true;
const volatile int steady = 3;
int (&array_reference)[3] = box.data;
__int128 huge = static_cast<__int128>(1) << 100;

struct Counter {
  int total;
  int add(int n);
};
Counter tally = { 40 };
__attribute__((noinline)) int Counter::add(int n) {
  static int calls = 2;
  int before = total;
  total += n + calls;
  return before;
}

extern "C" int main() {
  struct Local { int q; } local = { 3 };
  return point.sum() + local.q + shapes::hidden + shapes::variable + steady + tally.add(1) + circle.get() + box.size() + static_cast<int>(shapes::deep::value) + shapes::deep::versioned + pair.second.size() + boxes.size() + shapes::Point::limit;
}
