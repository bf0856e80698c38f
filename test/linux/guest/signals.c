/* Signals: what the kernel says about a fault, going on after one, stacks, nesting, order, timers. */
#include "program.h"
#include <errno.h>
#include <sys/time.h>

static void read_word(void *address) { (void)*(volatile uint64_t *)address; }
static void write_word(void *address) { *(volatile uint64_t *)address = 1; }
static void jump(void *address) { ((void (*)(void))address)(); }

static void say_fault(const char *what, int signal, uintptr_t base) {
  printf("  %s: %s code %d at +%#lx\n", what, signal == 0 ? "nothing" : sigabbrev_np(signal), signal == 0 ? 0 : fault.si_code,
         signal == 0 ? 0 : (uintptr_t)fault.si_addr - base);
}

static void faults(void) {
  char *pages = mmap(NULL, 3 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(pages != MAP_FAILED);
  CHECK(munmap(pages + 2 * PAGE, PAGE) == 0);
  uintptr_t base = (uintptr_t)pages;
  say_fault("read of nothing", signal_of(read_word, (void *)8), 0);
  say_fault("read", signal_of(read_word, pages), base);
  say_fault("write without permission", signal_of(write_word, pages + 24), base);
  say_fault("read behind", signal_of(read_word, pages + 2 * PAGE + 8), base);
  say_fault("read over the end", signal_of(read_word, pages + 2 * PAGE - 4), base);
  say_fault("jump without permission", signal_of(jump, pages + 64), base);
  say_fault("jump to nothing", signal_of(jump, pages + 2 * PAGE + 64), base);
  say_fault("kernel's memory", signal_of(read_word, (void *)0xffffffff80000000), 0xffffffff80000000);
  CHECK(munmap(pages, 2 * PAGE) == 0);

  int file = memfd_create("short", 0);
  CHECK(file >= 0 && ftruncate(file, 100) == 0);
  char *mapped = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  CHECK(mapped != MAP_FAILED);
  say_fault("write behind the file, in its page", signal_of(write_word, mapped + 200), (uintptr_t)mapped);
  say_fault("write behind the file", signal_of(write_word, mapped + PAGE + 16), (uintptr_t)mapped);
  CHECK(munmap(mapped, 2 * PAGE) == 0 && close(file) == 0);
}

static volatile int handled;
static volatile uint64_t skip_bytes;

static void skip_instruction(int signal, siginfo_t *info, void *context) {
  ucontext_t *state = context;
  uintptr_t pc = state->uc_mcontext.__gregs[REG_PC];
  printf("  %s code %d, address is pc: %d\n", sigabbrev_np(signal), info->si_code, (uintptr_t)info->si_addr == pc);
  state->uc_mcontext.__gregs[REG_PC] += skip_bytes;
  state->uc_mcontext.__gregs[REG_A0] += 100;
  handled++;
}

static void skipping(void) {
  handle(SIGILL, skip_instruction, 0);
  handle(SIGTRAP, skip_instruction, 0);
  register long value asm("a0") = 1;
  skip_bytes = 4;
  asm volatile(".word 0xffffffff" : "+r"(value)::"memory");
  skip_bytes = 2;
  asm volatile(".half 0" : "+r"(value)::"memory");
  skip_bytes = 4;
  asm volatile(".word 0x30001073" : "+r"(value)::"memory"); /* csrw mstatus, zero */
  asm volatile(".option push; .option norvc; ebreak; .option pop" : "+r"(value)::"memory");
  skip_bytes = 2;
  asm volatile("c.ebreak" : "+r"(value)::"memory");
  printf("  went on with %ld after %d\n", value, handled);
  signal(SIGILL, SIG_DFL);
  signal(SIGTRAP, SIG_DFL);
}

static char *alternate;
static sigjmp_buf out_of_overflow;

static void on_alternate(int signal, siginfo_t *info, void *context) {
  char here;
  (void)info;
  (void)context;
  printf("  %s on the other stack: %d\n", sigabbrev_np(signal), &here >= alternate && &here < alternate + 16 * PAGE);
  siglongjmp(out_of_overflow, 1);
}

static int deeper(int depth, volatile char *below) {
  volatile char room[1024];
  room[0] = below[0];
  return depth == 0 ? 0 : deeper(depth + 1, room) + room[0];
}

static void overflow(void) {
  alternate = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  stack_t stack = {.ss_sp = alternate, .ss_size = 16 * PAGE};
  CHECK(sigaltstack(&stack, NULL) == 0);
  handle(SIGSEGV, on_alternate, SA_ONSTACK);
  for (int round = 0; round < 2; round++) {
    volatile char below = 1;
    if (sigsetjmp(out_of_overflow, 1) == 0) printf("  %d\n", deeper(1, &below));
  }
  stack.ss_flags = SS_DISABLE;
  CHECK(sigaltstack(&stack, NULL) == 0);
  signal(SIGSEGV, SIG_DFL);
}

static void nested_inner(int signal, siginfo_t *info, void *context) {
  (void)context;
  printf("    %s with %d\n", signal == SIGUSR2 ? "inner" : "queued", info->si_value.sival_int);
}

static void nested_outer(int signal, siginfo_t *info, void *context) {
  (void)info;
  (void)context;
  printf("   outer begins\n");
  sigqueue(getpid(), SIGUSR2, (union sigval){.sival_int = 7});
  raise(signal); /* blocked until this handler ends */
  handle(signal, nested_inner, 0);
  printf("   outer ends\n");
}

static void nesting(void) {
  handle(SIGUSR2, nested_inner, 0);
  handle(SIGUSR1, nested_outer, 0);
  raise(SIGUSR1);

  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before);
  for (int i = 0; i < 3; i++) {
    for (int which = 2; which >= 0; which--) {
      if (i == 0) handle(SIGRTMIN + which, nested_inner, 0);
      sigqueue(getpid(), SIGRTMIN + which, (union sigval){.sival_int = 10 * which + i});
    }
  }
  printf("   unblocking\n"); /* handlers run in reverse: each interrupts the one before at its first instruction */
  sigprocmask(SIG_SETMASK, &before, NULL);
}

static volatile unsigned long ticks;
static void tick(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)info;
  (void)context;
  ticks++;
}

/* A computation that is interrupted gives what it gives alone. */
static void interrupted(void) {
  uint64_t alone = 1, disturbed = 1;
  for (uint64_t i = 0; i < 300000; i++) alone = mix(alone, i);
  handle(SIGALRM, tick, SA_RESTART);
  struct itimerval often = {{0, 1000}, {0, 1000}};
  setitimer(ITIMER_REAL, &often, NULL);
  while (ticks < 10) {
    disturbed = 1;
    for (uint64_t i = 0; i < 300000; i++) disturbed = mix(disturbed, i);
    CHECK(alone == disturbed);
  }
  struct itimerval never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &never, NULL);
  printf("  interrupted: %016lx\n", disturbed);

  int pipes[2];
  char byte;
  CHECK(pipe(pipes) == 0);
  handle(SIGALRM, tick, 0);
  struct itimerval again = {{0, 2000}, {0, 2000}}; /* the first may come before the call */
  setitimer(ITIMER_REAL, &again, NULL);
  ssize_t got = read(pipes[0], &byte, 1);
  int error = errno;
  setitimer(ITIMER_REAL, &never, NULL);
  printf("  read was interrupted: %ld %s\n", got, strerrorname_np(error));
  close(pipes[0]);
  signal(SIGPIPE, SIG_IGN);
  got = write(pipes[1], &byte, 1);
  printf("  nobody reads: %ld %s\n", got, strerrorname_np(errno));
  close(pipes[1]);
}

void signals(void) {
  faults();
  skipping();
  overflow();
  nesting();
  interrupted();
}
