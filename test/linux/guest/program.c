#include "program.h"

siginfo_t fault;
static sigjmp_buf recovery;

void fail(const char *file, int line, const char *what) {
  printf("FAILED %s:%d: %s\n", file, line, what);
  fflush(stdout);
  _exit(1);
}

void handle(int signal, handler with, int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = with;
  action.sa_flags = SA_SIGINFO | flags;
  CHECK(sigaction(signal, &action, NULL) == 0);
}

static void jump_out(int signal, siginfo_t *info, void *context) {
  (void)context;
  fault = *info;
  siglongjmp(recovery, signal);
}

int signal_of(void (*attempt)(void *), void *argument) {
  static const int caught[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP};
  struct sigaction before[4];
  for (int i = 0; i < 4; i++) {
    CHECK(sigaction(caught[i], NULL, &before[i]) == 0);
    handle(caught[i], jump_out, 0);
  }
  int signal = sigsetjmp(recovery, 1);
  if (signal == 0) attempt(argument);
  for (int i = 0; i < 4; i++) CHECK(sigaction(caught[i], &before[i], NULL) == 0);
  return signal;
}

uint64_t mix(uint64_t sum, uint64_t word) {
  sum ^= word;
  sum *= 0x9e3779b97f4a7c15;
  return sum ^ (sum >> 29);
}

uint64_t checksum(const void *bytes, size_t size) {
  uint64_t sum = size;
  for (size_t at = 0; at < size; at++) sum = mix(sum, ((const unsigned char *)bytes)[at]);
  return sum;
}

static const struct {
  const char *name;
  void (*run)(void);
} topics[] = {{"signals", signals}, {"floats", floats}, {"memory", memory}, {"forks", forks}, {"code", code}, {"threads", threads}};

int main(int count, char **words) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
    if (count > 1 && strcmp(words[1], topics[i].name) != 0) continue;
    printf("%s\n", topics[i].name);
    topics[i].run();
  }
  printf("end\n");
  return 0;
}
