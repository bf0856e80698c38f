/* What the virtio guests share: startup, output, and a driver with one request under way (VIRTIO 1.2, sections 2.7 and 4.2.2). */
/* At the beginning of memory, where QEMU starts whatever the entry of the file is. */
__asm__(".globl _start\n_start:\n la sp, stack_top\n j main\n");

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

#define UART ((volatile u8 *)0x10000000)
#define FINISHER ((volatile u32 *)0x100000)
#define PLIC 0xc000000ul
#define QUEUE_SIZE 8
#define SLOTS 8

struct descriptor { u64 address; u32 length; u16 flags, next; };
enum { NEXT = 1, WRITE = 2, INDIRECT = 4 };

struct queue {
  struct descriptor descriptors[QUEUE_SIZE];
  struct { u16 flags, index, ring[QUEUE_SIZE], used_event; } driver;
  struct { u16 flags, index; struct { u32 id, length; } ring[QUEUE_SIZE]; u16 available_event; } device __attribute__((aligned(4)));
} __attribute__((aligned(16)));

enum {
  MAGIC = 0x00, VERSION = 0x04, DEVICE_ID = 0x08, VENDOR = 0x0c, FEATURES = 0x10, FEATURES_SEL = 0x14, DRIVER_FEATURES = 0x20, DRIVER_FEATURES_SEL = 0x24,
  QUEUE_SEL = 0x30, QUEUE_NUM_MAX = 0x34, QUEUE_NUM = 0x38, QUEUE_READY = 0x44, QUEUE_NOTIFY = 0x50, INTERRUPT_STATUS = 0x60, INTERRUPT_ACK = 0x64,
  STATUS = 0x70, QUEUE_DESCRIPTORS = 0x80, QUEUE_DRIVER = 0x90, QUEUE_DEVICE = 0xa0, GENERATION = 0xfc, CONFIG = 0x100
};
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, NEEDS_RESET = 64 };

#define REGISTER(slot, offset) (*(volatile u32 *)(0x10001000ul + 0x1000 * (slot) + (offset)))
#define FENCE() __asm__ volatile("fence" ::: "memory")

static void put(char letter) { UART[0] = letter; }

static void set_address(int slot, int offset, void *area) {
  REGISTER(slot, offset) = (u32)(u64)area;
  REGISTER(slot, offset + 4) = (u32)((u64)area >> 32);
}

static void set_queue(int slot, int number, struct queue *queue) {
  REGISTER(slot, QUEUE_SEL) = number;
  REGISTER(slot, QUEUE_NUM) = QUEUE_SIZE;
  set_address(slot, QUEUE_DESCRIPTORS, queue->descriptors);
  set_address(slot, QUEUE_DRIVER, &queue->driver);
  set_address(slot, QUEUE_DEVICE, &queue->device);
  REGISTER(slot, QUEUE_READY) = 1;
}

/* Up to FEATURES_OK; returns the status. */
static u32 negotiate(int slot, u32 low) {
  REGISTER(slot, STATUS) = 0;
  REGISTER(slot, STATUS) = ACKNOWLEDGE;
  REGISTER(slot, STATUS) = ACKNOWLEDGE | DRIVER;
  REGISTER(slot, DRIVER_FEATURES_SEL) = 0;
  REGISTER(slot, DRIVER_FEATURES) = low;
  REGISTER(slot, DRIVER_FEATURES_SEL) = 1;
  REGISTER(slot, DRIVER_FEATURES) = 1;
  REGISTER(slot, STATUS) = ACKNOWLEDGE | DRIVER | FEATURES_OK;
  return REGISTER(slot, STATUS);
}

static void go(int slot) { REGISTER(slot, STATUS) = ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK; }

static void describe(struct descriptor *descriptor, volatile void *at, u32 length, u16 flags, u16 next) {
  descriptor->address = (u64)at;
  descriptor->length = length;
  descriptor->flags = flags;
  descriptor->next = next;
}

/* Offers the chain that begins at descriptor `head`. */
static void offer(int slot, int number, struct queue *queue, u16 head) {
  queue->driver.ring[queue->driver.index % QUEUE_SIZE] = head;
  FENCE();
  queue->driver.index++;
  FENCE();
  REGISTER(slot, QUEUE_NOTIFY) = number;
}

static u16 used_index(struct queue *queue) { return *(volatile u16 *)&queue->device.index; }

static inline void power_off(u32 code) {
  *FINISHER = code == 0 ? 0x5555 : 0x3333 | code << 16;
  for (;;) {}
}
