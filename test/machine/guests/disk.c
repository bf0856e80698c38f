/*
 * A guest whose devices write its memory: it reads and writes a disk, runs code that it has just read from there into pages
 * that it ran before, takes random bytes and keys as they come, waits by polling and by interrupt, and never ends.
 * Its pages are read and written before and after each transfer, so that translations of them are cached.
 */
#include "virtio.h"

#define PAGES 12
#define SECTORS 512

static u8 pages[PAGES][4096] __attribute__((aligned(4096)));
static u8 code[2][4096] __attribute__((aligned(4096)));
static struct queue disk_queue, random_queue, keys_queue, print_queue;
static u8 random_bytes[40], keys[16], message[32];
static struct { u32 type, reserved; u64 sector; } header;
static volatile u8 status;
static int disk_slot = -1, random_slot = -1, console_slot = -1;
static u64 state = 88172645463325252ul, sum;
static volatile u64 interrupts;
u8 stack[8192] __attribute__((aligned(16)));
__asm__(".globl stack_top\n.set stack_top, stack + 8192\n");

u64 mix(volatile u8 *page) {
  u64 hash = sum;
  for (int at = 0; at < 4096; at += 264) hash = (hash ^ page[at]) * 0x100000001b3ul;
  return hash;
}

static u32 chance(u32 below) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (u32)(state >> 11) % below;
}

/* One transfer, in two pieces. */
static void transfer(u32 type, u64 sector, u8 *at, u32 length, int wait_for_interrupt) {
  u32 first = 1 + chance(length - 1);
  u16 direction = type == 0 ? WRITE : 0;
  header.type = type;
  header.sector = sector;
  status = 0xff;
  describe(&disk_queue.descriptors[0], &header, 16, NEXT, 1);
  describe(&disk_queue.descriptors[1], at, first, NEXT | direction, 2);
  describe(&disk_queue.descriptors[2], at + first, length - first, NEXT | direction, 3);
  describe(&disk_queue.descriptors[3], &status, 1, WRITE, 0);
  u16 before = used_index(&disk_queue);
  disk_queue.driver.flags = wait_for_interrupt ? 0 : 1;
  if (wait_for_interrupt) {
    u64 count = interrupts;
    offer(disk_slot, 0, &disk_queue, 0);
    while (interrupts == count) __asm__ volatile("wfi");
  } else {
    offer(disk_slot, 0, &disk_queue, 0);
  }
  while (used_index(&disk_queue) == before) {}
  sum += status + disk_queue.device.ring[before % QUEUE_SIZE].length;
}

/* Lets the disk write a function that returns a number, calls it, and calls it again after it was overwritten by hand. */
static void run_from_disk(void) {
  u8 *page = code[chance(2)] + 512 * chance(7);
  u32 number = chance(2048);
  u32 *words = (u32 *)pages[0];
  for (int index = 0; index < 128; index++) words[index] = 0x00008067;
  words[0] = 0x00000513 | number << 20;
  u64 sector = 8 * chance(8);
  transfer(1, sector, pages[0], 512, 0);
  transfer(0, sector, page, 512, chance(2));
  __asm__ volatile("fence.i" ::: "memory");
  sum += ((u64 (*)(void))page)();
  *(volatile u32 *)page = 0x00000513 | (number ^ 1) << 20;
  __asm__ volatile("fence.i" ::: "memory");
  sum += ((u64 (*)(void))page)();
}

static void take_random(void) {
  if (used_index(&random_queue) == random_queue.driver.index) {
    for (u32 at = 0; at < sizeof random_bytes; at++) sum = sum * 31 + *(volatile u8 *)&random_bytes[at];
    describe(&random_queue.descriptors[0], random_bytes, 1 + chance(sizeof random_bytes), WRITE, 0);
    offer(random_slot, 0, &random_queue, 0);
  }
}

static void echo(void) {
  static u16 seen;
  while (used_index(&keys_queue) != seen) {
    u32 length = keys_queue.device.ring[seen++ % QUEUE_SIZE].length;
    for (u32 at = 0; at < length; at++) message[at] = 1 + ((volatile u8 *)keys)[at];
    message[length] = '0' + sum % 10;
    describe(&print_queue.descriptors[0], message, 1, NEXT, 1);
    describe(&print_queue.descriptors[1], message + 1, length, 0, 0);
    offer(console_slot, 1, &print_queue, 0);
    offer(console_slot, 0, &keys_queue, 0);
  }
}

__attribute__((interrupt("machine"), aligned(4))) static void trap(void) {
  u32 source = *(volatile u32 *)(PLIC + 0x200004);
  if (source >= 1 && source <= SLOTS) REGISTER(source - 1, INTERRUPT_ACK) = REGISTER(source - 1, INTERRUPT_STATUS);
  if (source == (u32)disk_slot + 1) interrupts++;
  *(volatile u32 *)(PLIC + 0x200004) = source;
}

static void start(void) {
  for (int slot = 0; slot < SLOTS; slot++) {
    u32 id = REGISTER(slot, DEVICE_ID);
    if (id == 0) continue;
    negotiate(slot, 0);
    if (id == 2) { disk_slot = slot; set_queue(slot, 0, &disk_queue); }
    if (id == 4) { random_slot = slot; set_queue(slot, 0, &random_queue); }
    if (id == 3) { console_slot = slot; set_queue(slot, 0, &keys_queue); set_queue(slot, 1, &print_queue); }
    go(slot);
  }
  *(volatile u32 *)(PLIC + 0x2000) = 1 << (disk_slot + 1) | 1 << (random_slot + 1);
  *(volatile u32 *)(PLIC + 4 * (disk_slot + 1)) = 1;
  *(volatile u32 *)(PLIC + 4 * (random_slot + 1)) = 1;
  __asm__ volatile("csrw mtvec, %0\n csrw mie, %1\n csrsi mstatus, 8" ::"r"(trap), "r"(1 << 11));
  describe(&keys_queue.descriptors[0], keys, sizeof keys, WRITE, 0);
  offer(console_slot, 0, &keys_queue, 0);
}

int main(void) {
  start();
  for (u64 round = 0;; round++) {
    u8 *page = pages[chance(PAGES)];
    u32 length = 512 * (1 + chance(8));
    u64 sector = chance(SECTORS + 4 - 8);
    sum += mix(page);
    u32 what = chance(8);
    if (what == 0) run_from_disk();
    else if (what < 4) { *(volatile u64 *)(page + 8 * chance(64)) = sum; transfer(1, sector, page, length, chance(2)); }
    else transfer(0, sector, page, length, chance(2));
    sum = mix(page);
    take_random();
    echo();
    if (round % 16 == 0) put('a' + sum % 26);
  }
}
