/* Drives the devices in its virtio slots and prints what they do; ends. Meant to be run elsewhere too, and compared. */
#include "virtio.h"

static u8 stack[16384] __attribute__((aligned(16), used));
__asm__(".globl stack_top\n.set stack_top, stack + 16384\n");

static struct queue queue, second;
static struct { u32 type, reserved; u64 sector; } header;
static u8 data[65536] __attribute__((aligned(4096)));
static struct descriptor table[QUEUE_SIZE];
static volatile u8 status;

static void print(const char *text) { while (*text) put(*text++); }

static void number(u64 value) {
  char digits[17];
  int at = 16;
  digits[16] = 0;
  do { digits[--at] = "0123456789abcdef"[value & 15]; value >>= 4; } while (value);
  print(digits + at);
}

static void item(const char *name, u64 value) { put(' '); print(name); put('='); number(value); }
static void line(const char *name) { print(name); put('\n'); }

static u32 checksum(const volatile u8 *at, u32 length) {
  u32 hash = 2166136261u;
  while (length--) hash = (hash ^ *at++) * 16777619u;
  return hash;
}

static void fill(u32 seed) {
  for (u32 at = 0; at < sizeof data; at++) data[at] = (u8)((seed = seed * 1664525 + 1013904223) >> 24);
}

/* Where it takes long, time passes. */
static int await(volatile u16 *index, u16 before, int slot) {
  for (u32 count = 0; count < 20000000; count++) {
    if (*index != before) return 1;
    if (REGISTER(slot, STATUS) & NEEDS_RESET) return 0;
  }
  return 0;
}

static void settle(int slot) {
  for (u32 count = 0; count < 20000000 && !(REGISTER(slot, STATUS) & NEEDS_RESET); count++) {}
}

static u32 claim(void) {
  u32 source = *(volatile u32 *)(PLIC + 0x200004);
  return source;
}

static void complete(int slot, u32 source) {
  REGISTER(slot, INTERRUPT_ACK) = REGISTER(slot, INTERRUPT_STATUS);
  if (source) *(volatile u32 *)(PLIC + 0x200004) = source;
}

static void clear(struct queue *which) {
  for (u8 *at = (u8 *)which; at < (u8 *)(which + 1); at++) *at = 0;
}

static void begin(int slot, u32 features) {
  clear(&queue);
  clear(&second);
  u32 negotiated = negotiate(slot, features);
  item("features-ok", negotiated);
  set_queue(slot, 0, &queue);
  REGISTER(slot, QUEUE_SEL) = 1;
  if (REGISTER(slot, QUEUE_NUM_MAX)) set_queue(slot, 1, &second);
  go(slot);
  item("status", REGISTER(slot, STATUS));
  put('\n');
}

/* Offers chain 0 and reports how it came back. */
static void submit(int slot, const char *name, u32 length) {
  u16 before = used_index(&queue);
  offer(slot, 0, &queue, 0);
  int came = await(&queue.device.index, before, slot);
  print(name);
  item("came", came);
  item("id", queue.device.ring[before % QUEUE_SIZE].id);
  item("length", queue.device.ring[before % QUEUE_SIZE].length);
  item("status", status);
  item("interrupt", REGISTER(slot, INTERRUPT_STATUS));
  u32 source = claim();
  item("source", source);
  complete(slot, source);
  item("data", checksum(data, length));
  put('\n');
}

static void block(int slot, const char *name, u32 type, u64 sector, u32 length) {
  u16 direction = type == 1 ? 0 : WRITE;
  header.type = type;
  header.sector = sector;
  status = 0xee;
  describe(&queue.descriptors[0], &header, 16, NEXT, 1);
  if (length == 0) {
    describe(&queue.descriptors[1], &status, 1, WRITE, 0);
  } else {
    u32 first = length > 1000 ? 1000 : length / 2 + 1;
    describe(&queue.descriptors[1], data, first, NEXT | direction, 2);
    describe(&queue.descriptors[2], data + first, length - first, NEXT | direction, 3);
    describe(&queue.descriptors[3], &status, 1, WRITE, 0);
  }
  submit(slot, name, sizeof data);
}

static void requests(int slot, u64 sectors) {
  fill(1);
  block(slot, "read first", 0, 0, 512);
  block(slot, "read more", 0, 5, 4096 + 1024);
  block(slot, "read last", 0, sectors - 1, 512);
  block(slot, "read past", 0, sectors - 1, 1024);
  block(slot, "read far", 0, 1ul << 55, 512);
  block(slot, "read wrapping", 0, ~0ul, 512);
  block(slot, "read odd", 0, 0, 100);
  block(slot, "read nothing", 0, 0, 0);
  fill(2);
  block(slot, "write", 1, 7, 3 * 512);
  block(slot, "write past", 1, sectors - 1, 1024);
  block(slot, "write odd", 1, 3, 700);
  block(slot, "write long", 1, 17, 20 * 512);
  fill(3);
  block(slot, "read back", 0, 4, 64 * 512);
  block(slot, "flush", 4, 0, 0);
  block(slot, "unknown", 99, 0, 512);
  block(slot, "unknown even", 98, 0, 512);
  for (u32 at = 0; at < 64; at++) data[at] = 0;
  block(slot, "serial", 8, 0, 20);
  block(slot, "serial short", 8, 0, 7);
  queue.driver.flags = 1;
  block(slot, "quiet", 0, 1, 512);
  queue.driver.flags = 0;
}

static void shapes(int slot) {
  print("indirect");
  begin(slot, 1u << 28);
  header.type = 0;
  header.sector = 9;
  status = 0xee;
  describe(&table[0], &header, 7, NEXT, 4);
  describe(&table[4], (u8 *)&header + 7, 9, NEXT, 2);
  describe(&table[2], data + 100, 512 + 3, NEXT | WRITE, 3);
  describe(&table[3], data, 512 - 3, NEXT | WRITE, 1);
  describe(&table[1], &status, 1, WRITE, 0);
  describe(&queue.descriptors[0], table, 5 * 16, INDIRECT, 0);
  submit(slot, "indirect", 2048);
  print("event index");
  begin(slot, 1u << 29);
  for (u32 count = 0; count < 6; count++) {
    queue.driver.used_event = count < 3 ? (u16)(count) : 4;
    block(slot, "with event", 0, count, 512);
    item("available event", queue.device.available_event);
    put('\n');
  }
  print("many");
  begin(slot, 0);
  for (u32 count = 0; count < 20; count++) block(slot, "again", count & 1, 30 + count, 512 * (1 + count % 4));
}

/* One way after another to give a chain that no device can take. */
static void hostile(int slot) {
  for (u32 way = 0; way < 10; way++) {
    print("way ");
    number(way);
    begin(slot, way == 6 || way == 7 ? 1u << 28 : 0);
    u32 generation = REGISTER(slot, GENERATION);
    struct descriptor *d = queue.descriptors;
    header.type = 0;
    header.sector = 0;
    describe(&d[0], &header, 16, NEXT, 1);
    describe(&d[1], data, 512, NEXT | WRITE, 2);
    describe(&d[2], &status, 1, WRITE, 0);
    u16 head = 0;
    switch (way) {
      case 0: d[1].next = 77; break;
      case 1: d[2].flags = NEXT; d[2].next = 1; break;
      case 2: d[1].length = 0; break;
      case 3: d[1].flags = NEXT | WRITE; d[2].flags = 0; break;
      case 4: d[1].next = 1; break;
      case 5: head = 9; break;
      case 6: describe(&d[0], table, 8, INDIRECT, 0); break;
      case 7: describe(&d[0], table, 0, INDIRECT, 0); break;
      case 8: d[0].length = 15; break;
      case 9: queue.driver.index = 100; break;
    }
    offer(slot, 0, &queue, head);
    settle(slot);
    item("device status", REGISTER(slot, STATUS));
    item("interrupt", REGISTER(slot, INTERRUPT_STATUS));
    item("generation", REGISTER(slot, GENERATION) - generation);
    item("used", used_index(&queue));
    u32 source = claim();
    item("source", source);
    complete(slot, source);
    REGISTER(slot, QUEUE_NOTIFY) = 0;
    REGISTER(slot, STATUS) = 0;
    item("reset", REGISTER(slot, STATUS));
    put('\n');
  }
}

static void disk(int slot) {
  u64 sectors = REGISTER(slot, CONFIG) | (u64)REGISTER(slot, CONFIG + 4) << 32;
  REGISTER(slot, FEATURES_SEL) = 0;
  u32 features = REGISTER(slot, FEATURES);
  print("disk");
  item("sectors", sectors);
  item("byte", *(volatile u8 *)(0x10001100ul + 0x1000 * slot));
  item("features", features & (1u << 2 | 1u << 5 | 1u << 6 | 1u << 9 | 1u << 28 | 1u << 29));
  item("seg-max", REGISTER(slot, CONFIG + 12));
  item("block", REGISTER(slot, CONFIG + 20));
  begin(slot, features & (1u << 5 | 1u << 9));
  requests(slot, sectors);
  shapes(slot);
  hostile(slot);
}

static void entropy(int slot) {
  print("entropy");
  begin(slot, 0);
  const u32 lengths[3] = { 64, 5, 700 };
  for (int count = 0; count < 3; count++) {
    for (u32 at = 0; at < 1024; at++) data[at] = 0;
    describe(&queue.descriptors[0], data, lengths[count] - 1, NEXT | WRITE, 1);
    describe(&queue.descriptors[1], data + 1000, 1, WRITE, 0);
    u16 before = used_index(&queue);
    offer(slot, 0, &queue, 0);
    await(&queue.device.index, before, slot);
    u32 present = 0;
    for (u32 at = 0; at < 1000; at++) present += data[at] != 0;
    print("random");
    item("length", queue.device.ring[before % QUEUE_SIZE].length);
    item("beyond", data[lengths[count] - 1]);
    item("enough", present > lengths[count] / 2);
    item("interrupt", REGISTER(slot, INTERRUPT_STATUS));
    complete(slot, claim());
    put('\n');
  }
}

static void console(int slot) {
  print("console");
  begin(slot, 0);
  const char text[] = "<printed by virtio>";
  describe(&second.descriptors[3], (void *)text, 9, NEXT, 5);
  describe(&second.descriptors[5], (void *)(text + 9), sizeof text - 10, 0, 0);
  u16 before = used_index(&second);
  offer(slot, 1, &second, 3);
  await(&second.device.index, before, slot);
  item("id", second.device.ring[0].id);
  item("length", second.device.ring[0].length);
  put('\n');
}

int main(void) {
  for (int slot = 0; slot < SLOTS; slot++) {
    *(volatile u32 *)(PLIC + 4 * (slot + 1)) = 1;
    print("slot");
    item("magic", REGISTER(slot, MAGIC));
    item("version", REGISTER(slot, VERSION));
    item("id", REGISTER(slot, DEVICE_ID));
    item("vendor", REGISTER(slot, VENDOR));
    REGISTER(slot, QUEUE_SEL) = 0;
    item("queue", REGISTER(slot, QUEUE_NUM_MAX));
    REGISTER(slot, QUEUE_SEL) = 1000;
    item("no queue", REGISTER(slot, QUEUE_NUM_MAX));
    put('\n');
  }
  *(volatile u32 *)(PLIC + 0x2000) = 0x1fe;
  for (int slot = SLOTS - 1; slot >= 0; slot--) {
    u32 id = REGISTER(slot, DEVICE_ID);
    if (id == 2) disk(slot);
    if (id == 4) entropy(slot);
    if (id == 3) console(slot);
  }
  line("end");
  power_off(0);
  return 0;
}
