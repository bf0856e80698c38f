// The stock of letters: a fixed pool, the free ones in a linked list.
#include "post-office.h"

#define LETTERS 48

static struct letter stock[LETTERS];
struct free_letter *free_letters;

void letters_init(void) {
  free_letters = 0;
  for (u32 i = 0; i < LETTERS; i++) letter_give_back(&stock[i]);
}

struct letter *letter_take(void) {
  struct free_letter *taken = free_letters;
  free_letters = taken->next;
  return (struct letter *)taken;
}

void letter_give_back(struct letter *letter) {
  struct free_letter *freed = (struct free_letter *)letter;
  freed->next = free_letters;
  free_letters = freed;
}

// Stocktaking: walks the free list, changes nothing.
u32 letters_count_free(void) {
  u32 count = 0;
  for (struct free_letter *letter = free_letters; letter != 0; letter = letter->next) {
    count++;
  }
  return count;
}
