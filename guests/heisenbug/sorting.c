// The work of the office: write a batch of letters, sort them, hand their memory back.
#include "post-office.h"

#define BATCH 40

static const char *const senders[] = {"Ada", "Grace", "Edsger", "Barbara"};
static u32 serial;
static u64 delivered[256];

struct letter *desk;

static struct letter *write_batch(void) {
  struct letter *rack = 0;
  for (u32 i = 0; i < BATCH; i++) {
    struct letter *letter = letter_take();
    letter->stamped_at = 0;
    letter->sender = senders[serial % 4];
    letter->serial = serial++;
    for (u32 k = 0; k < sizeof letter->text; k++) letter->text[k] = (u8)(serial * 31 + k * 7);
    letter->behind = rack;
    rack = letter;
  }
  return rack;
}

// Reads the letter many times over, as clerks do, and finds its destination.
static u8 sort(const struct letter *letter) {
  u32 hash = 2166136261u;
  for (u32 pass = 0; pass < 400; pass++)
    for (u32 k = 0; k < sizeof letter->text; k++) hash = (hash ^ letter->text[k]) * 16777619u;
  return (u8)(hash >> 24);
}

// Keeps the books: a running total over all destinations.
static void book(u8 destination) {
  delivered[destination]++;
  u64 total = 0;
  for (u32 round = 0; round < 8; round++)
    for (u32 k = 0; k < 256; k++) total += delivered[k] * (k + round);
  delivered[0] = total & 1;
}

void deliver_batch(u32 batch) {
  struct letter *next;
  for (desk = write_batch(); desk != 0; desk = next) {
    next = desk->behind;
    u8 destination = sort(desk);
    letter_give_back(desk);
    book(destination);
  }
  u32 left = letters_count_free();
  if (batch % 32 == 0) {
    print("batch ");
    print_number(batch);
    print(", ");
    print_number(left);
    print(" letters free, ");
    print_number(keys_pressed);
    print(" keys\n");
  }
}
