/* Address spaces: mappings that come, go, move and change their permissions, with faults that are repaired. */
#include "program.h"

static char *area;
static volatile int repaired;

static void repair(int signal, siginfo_t *info, void *context) {
  (void)context;
  CHECK(signal == SIGSEGV && info->si_code == SEGV_ACCERR);
  uintptr_t page = (uintptr_t)info->si_addr & -PAGE;
  CHECK(page >= (uintptr_t)area && mprotect((void *)page, PAGE, PROT_READ | PROT_WRITE) == 0);
  repaired++;
}

/* As garbage collectors do: every page is written once, and the handler learns of each. */
static void write_barrier(void) {
  enum { PAGES = 64 };
  area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(area != MAP_FAILED);
  for (int i = 0; i < PAGES * PAGE; i += 8) *(uint64_t *)(area + i) = mix(1, i);
  handle(SIGSEGV, repair, 0);
  for (int round = 0; round < 10; round++) {
    CHECK(mprotect(area, PAGES * PAGE, round % 3 == 0 ? PROT_NONE : PROT_READ) == 0);
    /* Each store is made again after the handler, once, also where it lies in two pages. */
    for (int i = round; i + 1 < PAGES; i += 1 + round % 4) {
      volatile uint64_t *word = (uint64_t *)(area + i * PAGE + (round % 2 ? PAGE - 4 : 16 * round));
      *word = *word + 0x100000001;
    }
    CHECK(mprotect(area, PAGES * PAGE, PROT_READ | PROT_WRITE) == 0);
    printf("  round %d: %d repaired, %016lx\n", round, repaired, checksum(area, PAGES * PAGE));
  }
  signal(SIGSEGV, SIG_DFL);
  CHECK(munmap(area, PAGES * PAGE) == 0);
}

static void read_word(void *address) { (void)*(volatile uint64_t *)address; }

/* The same addresses name other memory, over and over: stale translations would show. */
static void remapping(void) {
  char *place = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  uint64_t sum = 0;
  for (int round = 0; round < 100; round++) {
    for (int i = 0; i < 8; i++) {
      uint64_t *word = (uint64_t *)(place + i * PAGE) + round;
      CHECK(*word == 0);
      *word = round * 8 + i;
      sum = mix(sum, *word);
    }
    switch (round % 4) {
      case 0: CHECK(munmap(place, 8 * PAGE) == 0); CHECK(signal_of(read_word, place + 8 * (round % 512)) == SIGSEGV); break;
      case 1: CHECK(madvise(place, 8 * PAGE, MADV_DONTNEED) == 0); break;
      case 2: CHECK(mmap(place, 8 * PAGE, PROT_NONE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == place); CHECK(signal_of(read_word, place) == SIGSEGV); break;
      case 3: break;
    }
    CHECK(mmap(place, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == place);
  }
  printf("  remapped: %016lx\n", sum);
  CHECK(munmap(place, 8 * PAGE) == 0);
}

static void moving(void) {
  size_t size = 4 * PAGE;
  char *place = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < 4; i++) place[i * PAGE] = (char)('a' + i);
  for (int round = 0; round < 6; round++) {
    char *blocker = mmap(place + size, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *moved = mremap(place, size, 2 * size, MREMAP_MAYMOVE);
    CHECK(moved != MAP_FAILED);
    for (size_t at = size; at < 2 * size; at += PAGE) {
      CHECK(moved[at] == 0);
      moved[at] = (char)(moved[at - size] + round);
    }
    place = moved;
    size *= 2;
    munmap(blocker, PAGE);
  }
  printf("  moved: %zu pages, %016lx\n", size / PAGE, checksum(place, size));
  CHECK(munmap(place, size) == 0);
}

/* One file, mapped several times, written through mappings and by system calls. */
static void views(void) {
  int file = memfd_create("views", 0);
  CHECK(file >= 0 && ftruncate(file, 4 * PAGE) == 0);
  char *shared = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  char *again = mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, file, 0);
  char *private = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  for (int i = 0; i < 200; i++) {
    size_t at = (size_t)(i * 997) % (4 * PAGE);
    if (i % 3 == 0) CHECK(pwrite(file, &(char){(char)i}, 1, (off_t)at) == 1);
    else shared[at] = (char)i;
    CHECK(again[at] == (char)i);
    if (i == 100) private[PAGE] = 'p'; /* from now on this page is its own */
  }
  printf("  views: %d %d %016lx\n", memcmp(shared, again, 4 * PAGE), memcmp(shared, private, PAGE), checksum(shared, 4 * PAGE));
  printf("  its own: %c, %d bytes differ from the file's beginning\n", private[PAGE], memcmp(private + 2 * PAGE, shared + 2 * PAGE, 2 * PAGE));
  close(file);
  munmap(shared, 4 * PAGE);
  munmap(again, 4 * PAGE);
  munmap(private, 4 * PAGE);
}

static void large(void) {
  size_t size = 48ul << 20;
  char *place = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK(place != MAP_FAILED);
  uint64_t sum = 0;
  for (size_t at = 0; at < size; at += 37 * PAGE + 8) *(uint64_t *)(place + at) = mix(3, at);
  for (size_t at = 0; at < size; at += 37 * PAGE + 8) sum = mix(sum, *(uint64_t *)(place + at));
  printf("  large: %016lx\n", sum);
  CHECK(munmap(place, size) == 0);
}

void memory(void) {
  write_barrier();
  remapping();
  moving();
  views();
  large();
}
