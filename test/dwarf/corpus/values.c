/* Static data of every C type, for expressions. Freestanding; nothing of it has to run. */
typedef signed char i8;
typedef unsigned char u8;
typedef short i16;
typedef unsigned short u16;
typedef int i32;
typedef unsigned u32;
typedef long i64;
typedef unsigned long u64;
typedef int wchar_t;
typedef unsigned short char16_t;
typedef unsigned int char32_t;

_Bool yes = 1, no;
char letter = 'x', high = (char)0xe9, nul, quote = '\'', newline = '\n';
i8 small = -100;
u8 byte_max = 255;
i16 short_min = -32768;
u16 short_max = 65535;
i32 int_min = -2147483647 - 1, seven = 7, minus_three = -3;
u32 unsigned_max = 4294967295u, two = 2;
i64 long_min = -9223372036854775807l - 1, million = 1000000;
u64 long_max = 18446744073709551615ul;
long long ll = -5000000000ll;
unsigned long long ull = 10000000000ull;
__int128 huge = (__int128)0x0123456789abcdefll << 60;
unsigned __int128 uhuge = ~(unsigned __int128)0;
float f_third = 1.0f / 3, f_big = 3e38f, f_inf = 1.0f / 0.0f, f_tiny = 1e-45f, f_one = 1;
double d_pi = 3.141592653589793, d_nan = 0.0 / 0.0, d_neg = -2.5e-300, d_zero = -0.0, d_big = 1e22;
long double quad = 1.25L, quad_third = 1.0L / 3;
_Complex double z = 1.5 + 2.0i;
_Complex float zf = -1.0f + 0.5i;
wchar_t wide = L'w', wides[] = L"wide";
char16_t sixteen = u'x', sixteens[] = u"h\u00e9";
char32_t thirty_two = U'y', thirty_twos[] = U"h\u20ac";

enum color { RED, GREEN = 5, BLUE = -1 } color = GREEN, blue = BLUE, odd_color = (enum color)77;
enum flag { FLAG_A = 1, FLAG_B = 2, FLAG_C = 4 } flag_ac = FLAG_A | FLAG_C, flag_x = (enum flag)9, flag_none = (enum flag)0;
enum sizes { SMALL = 3, LARGE = 0x80000000u } sizes = LARGE;
enum { ANONYMOUS_ONE = 1, ANONYMOUS_TWO } anonymous_enum = ANONYMOUS_TWO;

struct point { int x, y; };
struct node { int value; struct node *next; const char *name; struct point at; };
struct node third = { 30, 0, "third", { 5, 6 } };
struct node second = { 20, &third, "second", { 3, 4 } };
struct node first = { 10, &second, "first", { 1, 2 } };
struct node *list = &first, *const fixed_list = &first;
const struct node *const_list = &second;

struct bits { unsigned a : 3; int b : 5; unsigned long c : 33; signed char d : 4; _Bool e : 1; enum flag f : 3; long long g : 20; };
struct bits bits = { 5, -7, 0x1aaaaaaaaul, -3, 1, FLAG_C, -300000 };
struct __attribute__((packed)) packed { char c; int i; long l; } packed = { 1, 2, 3 };
union view { unsigned u; float f; u8 bytes[4]; struct { u16 low, high; }; } view = { 0x40490fdb };
struct outer { int kind; union { int number; float fraction; struct { char tag[4]; struct { int deep; }; }; }; struct point corners[2]; struct { int inner; } named; } outer = { 1, { 42 }, { { 1, 2 }, { 3, 4 } }, { 9 } };
struct flexible { int count; int items[]; } flexible = { 3, { 7, 8, 9 } };
struct empty {} empty;
struct opaque;
struct opaque *opaque_pointer;

int matrix[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } };
char cube[2][2][4] = { { "abc", "def" }, { "ghi", "jkl" } };
int (*rows)[3] = matrix;
u8 table[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255 };
char text[16] = "hello \"you\"\n", exact[3] = { 'a', 'b', 'c' };
const char *words[3] = { "zero", "one", 0 };
char *const writable = text;
u8 *bytes = table;
void *anything = &matrix[1][1];
int **indirect = (int *[1]){ &matrix[0][2] };
double vector[4] = { 0.5, 1.5, 2.5, 3.5 };
typedef int v4 __attribute__((vector_size(16)));
v4 simd = { 1, 2, 3, 4 };

static int add(int a, char b) { return a + b; }
static void nothing_done(void) {}
typedef int (*operation)(int, char);
operation operations[2] = { add, 0 };
void (*callback)(void) = nothing_done;
int (*(*maker)(int))(char);
volatile const int steady = 12;
int *restrict restricted = &seven;
_Atomic int atomic = 3;
const volatile void *const *pointer_pointer;

int counter(void) {
  static int calls = 17;
  return ++calls;
}

int main(void) {
  struct local { int only; } here = { 4 };
  return counter() + add(1, 2) + here.only + steady;
}
