/* C's types and control flow as locals and parameters: structures by value, unions, bit-fields, enumerations, arrays of variable length, function pointers, tail calls, inlined calls, blocks that hide names. Freestanding. */
typedef unsigned char byte;
typedef unsigned long word;

enum shade { DARK = -3, MIDDLE, LIGHT = 1 << 20 };
enum option { FAST = 1, SAFE = 2, LOUD = 4 };

struct point { short x, y; };
struct pair { long first; double second; };
struct large { int values[6]; struct point at; };
struct packed { unsigned low : 3; int signed_part : 9; unsigned long wide : 40; _Bool flag : 1; enum option options : 3; };
union view { float number; unsigned bits; byte bytes[4]; };
typedef struct node { int key; struct node *left, *right; } node;
typedef int (*operation)(int, int);

long system_call(long number, long argument);
extern volatile int seed;
volatile int seed = 7;
static node pool[12];
static int used;

static int add(int a, int b) { return a + b; }
static int multiply(int a, int b) { int product = a * b; return product; }

__attribute__((noinline)) static int apply(operation what, int a, int b) {
  int result = what(a, b);
  return result ^ 1;
}

__attribute__((noinline)) static struct pair by_registers(struct point at, struct pair base) {
  struct pair sum = { base.first + at.x, base.second * at.y };
  sum.first += seed;
  return sum;
}

__attribute__((noinline)) static struct large by_memory(struct large from, int step) {
  struct large copy = from;
  for (unsigned index = 0; index < 6; index++) copy.values[index] += step * (int)index;
  copy.at.x = (short)(copy.at.x + step);
  return copy;
}

__attribute__((noinline)) static int pack(int value) {
  struct packed packed = { value & 7, -value, (word)value << 20, value & 1, FAST | LOUD };
  volatile struct packed *seen = &packed;
  packed.options = value & 2 ? SAFE : FAST;
  int sum = (int)(seen->low + seen->signed_part + (int)(seen->wide >> 20));
  return sum + packed.flag + packed.options;
}

__attribute__((noinline)) static unsigned convert(float number) {
  union view view = { number };
  double twice = view.number * 2.0;
  float third = number / 3.0f;
  view.number = (float)twice + third;
  return view.bits ^ view.bytes[1];
}

__attribute__((noinline)) static node *insert(node *root, int key) {
  if (root == 0) {
    node *fresh = &pool[used++];
    fresh->key = key;
    return fresh;
  }
  node **side = key < root->key ? &root->left : &root->right;
  *side = insert(*side, key);
  return root;
}

__attribute__((noinline)) static int height(const node *root) {
  if (!root) return 0;
  int left = height(root->left), right = height(root->right);
  return (left > right ? left : right) + 1;
}

__attribute__((noinline)) static int dynamic(int count, int width) {
  int line[count];
  byte table[count][width];
  for (int row = 0; row < count; row++) {
    line[row] = row * seed;
    for (int column = 0; column < width; column++) table[row][column] = (byte)(row + column);
  }
  int total = 0;
  for (int row = 0; row < count; row++) total += line[row] + table[row][width - 1];
  return total;
}

__attribute__((noinline)) static enum shade classify(int value) {
  enum shade shade = MIDDLE;
  switch (value % 5) {
    case 0: shade = DARK; break;
    case 1: shade = LIGHT; break;
    case 2: {
      int value = 40;
      {
        long value = seed * 3;
        shade = value > 20 ? LIGHT : DARK;
      }
      shade = value > 20 ? shade : MIDDLE;
      break;
    }
    case 3: return DARK;
    default: goto done;
  }
  shade = shade == LIGHT ? DARK : shade;
done:
  return shade;
}

__attribute__((noinline)) static long finish(long value, long scale) {
  long scaled = value * scale;
  return system_call(64, scaled & 0xff);
}

__attribute__((noinline)) static long tail(long value) {
  if (value & 1) return finish(value, 3);
  return finish(value >> 1, 5);
}

static inline long clamp(long value, long low, long high) {
  long clamped = value;
  if (clamped < low) clamped = low;
  if (clamped > high) clamped = high;
  return clamped;
}

static inline long smooth(const long *values, int count) {
  long sum = 0;
  for (int index = 0; index < count; index++) {
    long value = clamp(values[index], -50, 50);
    sum += value;
  }
  return clamp(sum / count, -40, 40);
}

__attribute__((noinline)) static long text(const char *words) {
  char buffer[16] = "<>";
  const char *from = words;
  char *to = buffer;
  signed char last = -1;
  while (*from && to < buffer + 15) {
    char letter = *from++;
    *to++ = letter >= 'a' ? (char)(letter - 32) : letter;
    last = (signed char)letter;
  }
  *to = 0;
  return buffer[0] + last;
}

__attribute__((noinline)) static int counted(void) {
  static int calls;
  static const char *const names[2] = { "even", "odd" };
  const char *name = names[++calls & 1];
  return calls + name[0];
}

__attribute__((noinline)) static double series(double start, float ratio, int count) {
  double sum = start, term = start;
  while (count-- > 0) {
    term *= ratio;
    sum += term;
  }
  return sum;
}

__attribute__((noinline)) static long many(long a, int b, short c, byte d, long e, unsigned f, double g, long h, long i, int j) {
  long first = a + b * c, second = d - e, third = f + (long)g;
  long fourth = h * i + j;
  long mixed = apply(add, (int)first, (int)second);
  return mixed + third * fourth + first + second;
}

__attribute__((noinline)) static int sorted(int *numbers, int count) {
  int swaps = 0;
  for (int end = count; end > 1; end--) {
    for (int index = 1; index < end; index++) {
      if (numbers[index - 1] > numbers[index]) {
        int kept = numbers[index];
        numbers[index] = numbers[index - 1];
        numbers[index - 1] = kept;
        swaps++;
      }
    }
  }
  return swaps;
}

int main(void) {
  long total = 0;
  node *root = 0;
  struct point at = { 3, -4 };
  struct pair pair = { 10, 0.5 };
  struct large large = { { 1, 2, 3, 4, 5, 6 }, at };
  int numbers[5] = { 5, 2, 9, 1, 7 };
  for (int round = 0; round < 3; round++) {
    root = insert(root, (round * 7 + seed) % 10);
    pair = by_registers(at, pair);
    large = by_memory(large, round);
    total += pack(round + 2) + apply(round & 1 ? add : multiply, round, seed);
    total += classify(round + seed);
    long values[3] = { total, -total, round };
    total += smooth(values, 3);
  }
  total += height(root) + (long)convert(1.5f) + dynamic(3, 4) + text("hello, World") + counted() + counted();
  total += tail(total) + tail(total + 1) + many(1, 2, 3, 4, 5, 6, 7.5, 8, 9, 10) + (long)series(1.25, 0.5f, 4);
  total += sorted(numbers, 5) + large.values[5] + pair.first;
  return (int)total;
}
