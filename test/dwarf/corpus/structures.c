/* Types of every kind, a linked list, arrays, enums, bit-fields, floats. Freestanding. */
typedef unsigned char byte;
typedef int (*operation)(int, char);

enum color { RED, GREEN = 5, BLUE = -1 };
enum flag { FLAG_A = 1, FLAG_B = 2, FLAG_C = 4 };

struct point { int x, y; };

struct node {
  int key;
  struct node *next;
  const char *name;
  struct point at;
};

union number { float f; unsigned u; double d; };

struct mixed {
  unsigned low : 3;
  int middle : 7;
  unsigned high : 22;
  enum color color;
  _Bool on;
  union { int left; float right; };
  struct point corners[2];
  byte raw[4];
  operation act;
};

struct opaque;

static int add(int a, char b) { return a + b; }

struct node nodes[4];
struct mixed mixed = { 5, -3, 1000, GREEN, 1, { 7 }, { { 1, 2 }, { 3, 4 } }, { 1, 2, 3, 255 }, add };
int matrix[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } };
double ratio = 0.1;
float tiny = 1.5e-10f;
char greeting[16] = "hello\n\"you\"";
volatile const unsigned long long big = 0xfedcba9876543210ull;
static signed char minus = -5;
enum flag flags = FLAG_A | FLAG_C;
union number number = { 1.0f };
struct opaque *unknown;
const char *const names[3] = { "zero", "one", 0 };
operation operations[2] = { add, 0 };
void *nothing = &matrix[1][1];
unsigned short half = 65535;
int (*rows)[3] = matrix;

__attribute__((noinline)) struct node *push(struct node *head, struct node *fresh, int key) {
  fresh->key = key;
  fresh->next = head;
  fresh->name = names[key & 1];
  fresh->at.x = key * 2;
  fresh->at.y = key * 3;
  return fresh;
}

__attribute__((noinline)) int sum(const struct node *list) {
  int total = 0;
  for (const struct node *node = list; node; node = node->next) {
    int weight = node->at.x;
    total += node->key * weight;
  }
  return total;
}

__attribute__((noinline)) double mean(const double *values, int count) {
  double total = 0;
  float last = 0;
  for (int index = 0; index < count; index++) {
    total += values[index];
    last = (float)values[index];
  }
  return (total + last) / count;
}

int structures(void) {
  struct node *head = 0;
  double values[3] = { 1.5, 2.5, 4.0 };
  for (int index = 0; index < 4; index++)
    head = push(head, &nodes[index], index);
  return sum(head) + (int)mean(values, 3) + minus + (int)big;
}
