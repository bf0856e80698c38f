// A small post office: what its parts share.
#pragma once

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

// A letter on its way through the office.
struct letter {
  u64 stamped_at;         // tick of the time stamp, 0 = none
  struct letter *behind;  // next letter in the rack
  const char *sender;
  u32 serial;
  u8 text[36];
};

// A letter that is not in use: its memory holds the link of the free list.
struct free_letter {
  struct free_letter *next;
};

// letters.c
extern struct free_letter *free_letters;
void letters_init(void);
struct letter *letter_take(void);
void letter_give_back(struct letter *letter);
u32 letters_count_free(void);

// sorting.c
extern struct letter *desk;  // the letter that is being worked on
void deliver_batch(u32 batch);

// interrupts.c
extern volatile u64 ticks;
extern volatile u64 keys_pressed;
void interrupts_init(void);

// console.c
void console_init(void);
int console_read(void);  // a waiting character, or -1
void print(const char *text);
void print_number(u64 value);
void print_hex(u64 value);
void power_off(u32 exit_code) __attribute__((noreturn));
