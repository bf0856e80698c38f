typedef unsigned long u64;
#define CLINT_MTIMECMP ((volatile u64 *)0x2004000)
#define CLINT_MTIME ((volatile u64 *)0x200bff8)
#define NOINLINE __attribute__((noinline, noclone))
#define INLINE static inline __attribute__((always_inline))

int plain_double(int x);
int plain_apply(int (*function)(int), int x);
int plain_busy(int rounds);
struct context { u64 registers[14]; };
void switch_context(struct context *from, struct context *to);
int save_place(struct context *place) __attribute__((returns_twice));
void thread_begin(void);
void return_to(struct context *place, int value) __attribute__((noreturn));

volatile int sink;
volatile u64 ticks;
static volatile int interval = TICK;

NOINLINE static void on_tick(int by) {
  ticks += by;
}

void on_timer(void) {
  on_tick(1);
  *CLINT_MTIMECMP = *CLINT_MTIME + interval + ticks % 3;
}

NOINLINE static int leaf(int x) {
  int y = x + 1;
  sink = y;
  return y * 2;
}

NOINLINE static int twice(int x) {
  int a = leaf(x);
  int b = leaf(a);
  return a + b;
}

NOINLINE static int fibonacci(int n) {
  if (n < 2)
    return n;
  int left = fibonacci(n - 1);
  int right = fibonacci(n - 2);
  return left + right;
}

NOINLINE static int is_odd(int n);

NOINLINE static int is_even(int n) {
  sink = n;
  if (n == 0)
    return 1;
  return is_odd(n - 1);
}

NOINLINE static int is_odd(int n) {
  sink = -n;
  if (n == 0)
    return 0;
  return is_even(n - 1);
}

NOINLINE static int tail_end(int x) {
  sink = x;
  return x + 3;
}

NOINLINE static int tail_middle(int x) {
  sink = x + 1;
  return tail_end(x * 2);
}

NOINLINE static int tail_begin(int x) {
  sink = x + 2;
  return tail_middle(x + 1);
}

INLINE int clamp(int x, int high) {
  if (x > high)
    x = high;
  sink = x;
  return x;
}

INLINE int scale(int x) {
  int once = clamp(x * 3, 50);
  int more = leaf(once);
  return more + 1;
}

NOINLINE static int inlined(int x) {
  int a = scale(x);
  sink = a;
  int b = clamp(a, 20) + leaf(3);
  sink = b;
  for (int i = 0; i < 3; i++)
    b += clamp(i, 1);
  return a + b;
}

NOINLINE static int one_line_loops(int n) {
  int x = 0;
  for (int i = 0; i < n; i++) x += i; sink = x;
  for (int i = 0; i < 4; i++) x += leaf(i);
  do x -= 3; while (x > 10);
  return x;
}

NOINLINE static int nested_calls(int x) {
  int a = leaf(leaf(x) + leaf(x + 1)); sink = a; a = leaf(a);
  return twice(a) + leaf(plain_double(a));
}

static int (*volatile chosen)(int) = leaf;

NOINLINE static int through_pointer(int x) {
  int a = chosen(x);
  chosen = a & 4 ? leaf : twice;
  return chosen(a) + plain_apply(leaf, x);
}

static struct context place;

NOINLINE static void jump_out(int depth) {
  int here = leaf(depth);
  if (depth == 0) {
    plain_busy(BUSY / 10);
    return_to(&place, here);
  }
  jump_out(depth - 1);
  sink = here;
}

NOINLINE static int catches(int depth) {
  int value = save_place(&place);
  sink = value;
  if (value == 0) {
    sink = 1;
    jump_out(depth);
    sink = 2;
  }
  sink = 3;
  return leaf(value);
}

#define STACK_SIZE 4096
static struct context main_context, thread_contexts[2];
static char stacks[3][2][STACK_SIZE] __attribute__((aligned(16)));
static int finished;

NOINLINE static void yield(int self) {
  switch_context(&thread_contexts[self], &thread_contexts[1 - self]);
}

NOINLINE static int work(int self, int rounds) {
  int sum = 0;
  for (int i = 0; i < rounds; i++) {
    sum += leaf(i + self);
    yield(self);
    sum += twice(i);
  }
  return sum;
}

static void thread(int self) {
  sink = work(self, 4);
  finished++;
  if (finished == 2)
    switch_context(&thread_contexts[self], &main_context);
  for (;;)
    yield(self);
}

NOINLINE static int threads(int round) {
  finished = 0;
  for (int i = 0; i < 2; i++) {
    u64 *registers = thread_contexts[i].registers;
    registers[0] = (u64)thread_begin;
    registers[1] = (u64)(stacks[round][i] + STACK_SIZE);
    registers[3] = (u64)thread;
    registers[4] = (u64)i;
  }
  switch_context(&main_context, &thread_contexts[0]);
  return finished;
}

NOINLINE static int early_return(int x) {
  if (x < 0)
    return 0;
  int local[8];
  for (int i = 0; i < 8; i++)
    local[i] = leaf(x + i);
  return local[x & 7];
}

NOINLINE static int chooses(int x) {
  switch (x) {
  case 0: return leaf(1);
  case 1: sink = 5; break;
  case 2: sink = leaf(2);
  case 3: sink = 6; break;
  case 4: return 7;
  case 5: sink = leaf(3); break;
  default: sink = 8;
  }
  return sink;
}

int main(void) {
  *CLINT_MTIMECMP = *CLINT_MTIME + interval;
  if (interval > 0) {
    __asm__ volatile("csrs mie, %0" ::"r"(1ul << 7));
    __asm__ volatile("csrs mstatus, %0" ::"r"(1ul << 3));
  }
  for (int round = 0; round < 3; round++) {
    sink = twice(round);
    sink = fibonacci(4 + round);
    sink = is_even(3 + round);
    sink = tail_begin(round);
    sink = inlined(round * 7);
    sink = one_line_loops(5 + round);
    sink = nested_calls(round);
    sink = through_pointer(round);
    sink = catches(round);
    sink = threads(round);
    sink = early_return(round - 1) + early_return(2);
    for (int i = 0; i < 7; i++)
      sink = chooses(i);
    sink = plain_busy(BUSY);
  }
  return 0;
}
