/* What a user program can see of the machine through Linux. Every topic prints the same lines on each correct machine. */
#ifndef PROGRAM_H
#define PROGRAM_H

#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define PAGE 4096

void signals(void);
void floats(void);
void memory(void);
void forks(void);
void code(void);
void threads(void);

/* Ends the program, naming the line, if the condition does not hold. */
#define CHECK(condition) ((condition) ? (void)0 : fail(__FILE__, __LINE__, #condition))
void fail(const char *file, int line, const char *what);

typedef void (*handler)(int, siginfo_t *, void *);
void handle(int signal, handler with, int flags);

/* Runs `attempt(argument)`; the signal that it ends with, or 0. `fault` says more. */
int signal_of(void (*attempt)(void *), void *argument);
extern siginfo_t fault;

uint64_t mix(uint64_t sum, uint64_t word);
uint64_t checksum(const void *bytes, size_t size);

#endif
