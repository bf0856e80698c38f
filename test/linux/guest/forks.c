/* Processes: copies on write, shared memory, pipes, a storm of short-lived children. */
#include "program.h"

enum { PAGES = 64, SIZE = PAGES * PAGE };

static int wait_for(pid_t child) {
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* Every generation changes its own copy. */
static void generations(char *copied, volatile uint64_t *sums, int depth) {
  if (depth == 4) return;
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    for (int i = depth; i < PAGES; i += depth + 1) copied[i * PAGE + 8 * depth] = (char)(depth + 1);
    sums[depth] = checksum(copied, SIZE);
    generations(copied, sums, depth + 1);
    CHECK(sums[depth] == checksum(copied, SIZE));
    _exit(10 + depth);
  }
  CHECK(wait_for(child) == 10 + depth);
}

static void copies(void) {
  char *copied = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  volatile uint64_t *sums = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < SIZE; i += 8) *(uint64_t *)(copied + i) = mix(5, i);
  uint64_t before = checksum(copied, SIZE);
  generations(copied, sums, 0);
  CHECK(before == checksum(copied, SIZE));
  printf("  generations: %016lx, %016lx %016lx %016lx %016lx\n", before, sums[0], sums[1], sums[2], sums[3]);

  /* Both write while both live: a pipe each way keeps them in step. */
  int there[2], back[2];
  CHECK(pipe(there) == 0 && pipe(back) == 0);
  pid_t child = fork();
  char token = 0;
  if (child == 0) {
    for (int i = 0; i < PAGES; i++) {
      CHECK(read(there[0], &token, 1) == 1);
      copied[i * PAGE] = 'c';
      CHECK(write(back[1], &token, 1) == 1);
    }
    sums[4] = checksum(copied, SIZE);
    _exit(3);
  }
  for (int i = 0; i < PAGES; i++) {
    CHECK(write(there[1], &token, 1) == 1 && read(back[0], &token, 1) == 1);
    copied[i * PAGE + (i % 2 ? 0 : PAGE - 1)] = 'p';
  }
  int ended = wait_for(child);
  printf("  in step: %d, parent's %016lx, child's %016lx\n", ended, checksum(copied, SIZE), sums[4]);
  CHECK(munmap(copied, SIZE) == 0);
}

static void storm(void) {
  volatile unsigned *count = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int sum = 0;
  for (int round = 0; round < 10; round++) {
    pid_t children[12];
    for (int i = 0; i < 12; i++) {
      children[i] = fork();
      CHECK(children[i] >= 0);
      if (children[i] == 0) {
        __atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
        if (i == 5) raise(SIGTERM);
        _exit(i);
      }
    }
    for (int i = 0; i < 12; i++) sum += wait_for(children[i]);
  }
  printf("  storm: %u children, sum of statuses %d\n", *count, sum);
}

void forks(void) {
  copies();
  storm();
}
