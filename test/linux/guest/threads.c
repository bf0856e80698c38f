/* Threads: locks, conditions, atomics, storage of their own, signals to one of them. */
#include "program.h"
#include <fenv.h>
#include <pthread.h>

enum { THREADS = 6, ROUNDS = 400 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static unsigned long under_lock, atomically, exclusively;
static int turn;
static __thread uint64_t own;
static uint64_t results[THREADS];
static const int roundings[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};

static void *work(void *argument) {
  int number = (int)(intptr_t)argument;
  volatile double one = 1, sum = 0;
  fesetround(roundings[number % 4]);
  own = (uint64_t)number;
  pthread_barrier_wait(&barrier);
  for (int i = 1; i <= ROUNDS; i++) {
    pthread_mutex_lock(&lock);
    under_lock++;
    pthread_mutex_unlock(&lock);
    __atomic_fetch_add(&atomically, (unsigned long)number, __ATOMIC_SEQ_CST);
    unsigned long seen = __atomic_load_n(&exclusively, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&exclusively, &seen, seen * 3 % 1000003 + 1, 1, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) continue;
    sum += one / (3.0 * i);
    own = mix(own, (uint64_t)i);
    if (i % 100 == 0) sched_yield();
  }
  uint64_t word;
  memcpy(&word, (const void *)&sum, sizeof word);
  results[number] = mix(own, word);
  return NULL;
}

static void *take_turns(void *argument) {
  int number = (int)(intptr_t)argument;
  for (int i = 0; i < 20; i++) {
    pthread_mutex_lock(&lock);
    while (turn % THREADS != number) pthread_cond_wait(&changed, &lock);
    turn++;
    results[number] = mix(results[number], (uint64_t)turn);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
  }
  return (void *)(intptr_t)(number * number);
}

static pthread_t target;
static volatile int told;
static void tell(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)info;
  (void)context;
  CHECK(pthread_equal(pthread_self(), target));
  told++;
}

static void *listen(void *argument) {
  (void)argument;
  while (told < 5) sched_yield();
  return NULL;
}

static long start(void *(*run)(void *)) {
  pthread_t all[THREADS];
  long sum = 0;
  for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&all[i], NULL, run, (void *)(intptr_t)i) == 0);
  for (int i = 0; i < THREADS; i++) {
    void *result;
    CHECK(pthread_join(all[i], &result) == 0);
    sum += (long)(intptr_t)result;
  }
  return sum;
}

void threads(void) {
  pthread_barrier_init(&barrier, NULL, THREADS);
  start(work);
  printf("  counted: %lu %lu %lu\n", under_lock, atomically, exclusively);
  for (int i = 0; i < THREADS; i++) printf("  thread %d: %016lx\n", i, results[i]);
  printf("  turns: %ld, %d", start(take_turns), turn);
  for (int i = 0; i < THREADS; i++) printf(" %016lx", results[i]);
  printf("\n");
  handle(SIGUSR1, tell, 0);
  CHECK(pthread_create(&target, NULL, listen, NULL) == 0);
  for (int sent = 0; sent < 5; sent++) {
    int before = told;
    CHECK(pthread_kill(target, SIGUSR1) == 0);
    while (told == before) sched_yield();
  }
  CHECK(pthread_join(target, NULL) == 0);
  printf("  told %d times\n", told);
}
