/* Code that a program writes itself: over and over in one place, through another mapping, over page ends, in children. */
#include "program.h"
#include <sys/syscall.h>

typedef long (*function)(long);

#define RET 0x8082                                                    /* c.jr ra */
#define ADDI(imm) (0x00050513u | ((uint32_t)(imm) & 0xfff) << 20)     /* addi a0, a0, imm */
#define XORI(imm) (0x00054513u | ((uint32_t)(imm) & 0xfff) << 20)     /* xori a0, a0, imm */
#define C_ADDI(imm) (0x0501u | ((uint32_t)(imm) & 0x1f) << 2)         /* c.addi a0, imm (0..31) */
#define NOP 0x00000013u
#define BNEZ_BACK(bytes) (0x00059063u | branch_field(-(bytes)))       /* bnez a1, -bytes */
#define ADDI_A1(imm) (0x00058593u | ((uint32_t)(imm) & 0xfff) << 20)
#define ADDI_A1_ZERO(imm) (0x00000593u | ((uint32_t)(imm) & 0xfff) << 20)

static uint32_t branch_field(int offset) {
  uint32_t o = (uint32_t)offset;
  return (o >> 12 & 1) << 31 | (o >> 5 & 0x3f) << 25 | (o >> 1 & 0xf) << 8 | (o >> 11 & 1) << 7;
}

static char *put(char *at, uint32_t instruction) {
  int size = (instruction & 3) == 3 ? 4 : 2;
  memcpy(at, &instruction, size);
  return at + size;
}

/* The compiler's way, the system call, and the instruction: they mean the same. */
static void flush(char *from, char *to, int way) {
  if (way % 3 == 0) __builtin___clear_cache(from, to);
  else if (way % 3 == 1) CHECK(syscall(__NR_riscv_flush_icache, from, to, 0) == 0);
  else asm volatile("fence.i" ::: "memory");
}

static char *pages(int count, int protection) {
  char *place = mmap(NULL, count * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(place != MAP_FAILED);
  return place;
}

static long call(char *place, long argument) { return ((function)(void *)place)(argument); }

/* Single instructions, of both sizes, in a place that was just executed. */
static void rewriting(void) {
  char *place = pages(1, PROT_READ | PROT_WRITE | PROT_EXEC);
  uint64_t sum = 0;
  for (int i = 0; i < 600; i++) {
    char *at = place + 2 * (i % 7);
    char *end = put(put(at, i % 2 ? ADDI(i) : C_ADDI(i % 32)), RET);
    flush(at, end, i);
    sum = mix(sum, call(at, sum & 0xffff));
  }
  printf("  rewritten: %016lx\n", sum);
  munmap(place, PAGE);
}

/* A loop that is hot before one instruction in it changes, many times; its neighbours stay. */
static void hot(void) {
  char *place = pages(1, PROT_READ | PROT_WRITE | PROT_EXEC);
  char *at = put(place, ADDI_A1_ZERO(1500));
  char *patched = at;
  at = put(at, ADDI(1));
  at = put(at, XORI(0x55));
  at = put(at, ADDI_A1(-1));
  at = put(at, BNEZ_BACK(12));
  put(at, RET);
  uint64_t sum = 0;
  for (int i = 0; i < 60; i++) {
    if (i % 5 == 4) put(put(patched, C_ADDI(i % 32)), C_ADDI(1)); /* two where one was */
    else put(patched, i % 2 ? XORI(i) : ADDI(i));
    flush(patched, patched + 4, i);
    sum = mix(sum, call(place, i));
    sum = mix(sum, call(place, i + 1));
  }
  printf("  hot: %016lx\n", sum);
  munmap(place, PAGE);
}

/* A function that changes the instruction behind its own fence.i each time round: a0 = address, a1 = rounds, a2 = instruction, a3 = step. */
long self_modify(uint32_t *place, long rounds, uint32_t instruction, uint32_t step);
asm(".pushsection .text\n.balign 64\n.option push\n.option norvc\n"
    "self_modify_code:\n"
    "  mv t0, a0\n  li a0, 0\n"
    "1: sw a2, 24(t0)\n  add a2, a2, a3\n  fence.i\n  nop\n"
    "  nop\n" /* offset 24: this one changes */
    "  slli t1, a0, 1\n  xor a0, a0, t1\n  addi a1, a1, -1\n  bnez a1, 1b\n  ret\n"
    "self_modify_end:\n.option pop\n.popsection");
extern const char self_modify_code[], self_modify_end[];

static void itself(void) {
  char *place = pages(1, PROT_READ | PROT_WRITE | PROT_EXEC);
  memcpy(place, self_modify_code, (size_t)(self_modify_end - self_modify_code));
  flush(place, place + 256, 0);
  long (*modify)(void *, long, long, long) = (long (*)(void *, long, long, long))(void *)place;
  /* The immediate grows by one each time. */
  printf("  itself: %lx %lx\n", modify(place, 1000, (int)ADDI(1), 1 << 20), modify(place, 777, (int)XORI(1), 3 << 20));
  munmap(place, PAGE);
}

static void execute(void *place) { call(place, 1); }

/* Never writable and executable at once. */
static void protection(void) {
  char *place = pages(1, PROT_READ | PROT_WRITE);
  uint64_t sum = 0;
  int refused = 0;
  for (int i = 0; i < 150; i++) {
    char *at = place + 64 * (i % 9);
    put(put(put(at, ADDI(i)), XORI(3 * i)), RET);
    if (i % 10 == 0) {
      refused += signal_of(execute, at) == SIGSEGV;
      CHECK(fault.si_code == SEGV_ACCERR && fault.si_addr == at);
    }
    CHECK(mprotect(place, PAGE, PROT_READ | PROT_EXEC) == 0);
    flush(place, place + PAGE, i);
    sum = mix(sum, call(at, i));
    CHECK(mprotect(place, PAGE, PROT_READ | PROT_WRITE) == 0);
  }
  printf("  protected: %016lx, %d refused\n", sum, refused);
  munmap(place, PAGE);
}

/* Written where it is not executed: another mapping of the page, and the file behind it. */
static void aliases(void) {
  int file = memfd_create("code", 0);
  CHECK(file >= 0 && ftruncate(file, 2 * PAGE) == 0);
  char *writable = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  char *executable = mmap(NULL, 2 * PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
  CHECK(writable != MAP_FAILED && executable != MAP_FAILED);
  uint64_t sum = 0;
  for (int i = 0; i < 200; i++) {
    size_t offset = i % 3 == 0 ? PAGE - 2 : 32 * (size_t)(i % 11); /* the first lies in two pages */
    char text[8];
    char *end = put(put(text, ADDI(7 * i)), RET);
    if (i % 4 == 3) CHECK(pwrite(file, text, (size_t)(end - text), (off_t)offset) == end - text);
    else memcpy(writable + offset, text, (size_t)(end - text));
    flush(executable, executable + 2 * PAGE, i);
    sum = mix(sum, call(executable + offset, i));
  }
  printf("  aliases: %016lx\n", sum);
  munmap(writable, 2 * PAGE);
  munmap(executable, 2 * PAGE);
  close(file);
}

/* The same address holds other code in each mapping and in each process. */
static void places(void) {
  char *place = pages(2, PROT_READ | PROT_WRITE | PROT_EXEC);
  uint64_t sum = 0;
  for (int i = 0; i < 40; i++) {
    CHECK(mmap(place, 2 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == place);
    put(put(place + PAGE - 2, ADDI(i)), RET);
    flush(place, place + 2 * PAGE, i);
    for (int again = 0; again < 50; again++) sum = mix(sum, call(place + PAGE - 2, again));
    if (i % 8 != 0) continue;
    pid_t child = fork();
    if (child == 0) {
      put(place + PAGE - 2, ADDI(i + 3));
      flush(place, place + 2 * PAGE, i);
      _exit((int)call(place + PAGE - 2, 1));
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    printf("  child: %d, parent: %ld\n", WEXITSTATUS(status), call(place + PAGE - 2, 1));
  }
  printf("  places: %016lx\n", sum);
  munmap(place, 2 * PAGE);
}

static volatile uint64_t cut_at;
static void rewrite(int signal, siginfo_t *info, void *context) {
  ucontext_t *state = context;
  (void)signal;
  char *at = (char *)state->uc_mcontext.__gregs[REG_PC];
  CHECK(at == info->si_addr);
  put(at, ADDI(cut_at));
  flush(at, at + 4, (int)cut_at);
}

/* An illegal instruction becomes a good one, and is executed again. */
static void repaired(void) {
  char *place = pages(1, PROT_READ | PROT_WRITE | PROT_EXEC);
  handle(SIGILL, rewrite, 0);
  uint64_t sum = 0;
  for (int i = 0; i < 60; i++) {
    cut_at = (uint64_t)i;
    put(put(put(put(place, NOP), NOP), i % 2 ? 0xffffffffu : 0x0000006bu), RET);
    flush(place, place + 64, 0);
    sum = mix(sum, call(place, i));
  }
  signal(SIGILL, SIG_DFL);
  printf("  repaired: %016lx\n", sum);
  munmap(place, PAGE);
}

void code(void) {
  rewriting();
  hot();
  itself();
  protection();
  aliases();
  places();
  repaired();
}
