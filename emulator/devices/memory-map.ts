/**
 * Guest-physical memory map and interrupt numbers of QEMU's `virt` board (hw/riscv/virt.c, virt_memmap; include/hw/riscv/virt.h).
 *
 * `*_SIZE` is the size of the region that answers. QEMU 7.2 reserves more than that for some devices; the device tree
 * gives those reserved windows (`*_WINDOW_SIZE`), an access past the region is an access fault.
 */
export { DRAM_BASE } from '../core/layout.ts';

export const TEST_FINISHER_BASE = 0x10_0000;
export const TEST_FINISHER_SIZE = 0x1000;

export const RTC_BASE = 0x10_1000;
export const RTC_SIZE = 0x24;
export const RTC_WINDOW_SIZE = 0x1000;

export const CLINT_BASE = 0x200_0000;
export const CLINT_SIZE = 0xc000;
export const CLINT_WINDOW_SIZE = 0x1_0000;

export const PLIC_BASE = 0xc00_0000;
/** Room for the two contexts of as many harts as the board can have; a machine with fewer harts has the same window. */
export const PLIC_SIZE = 0x60_0000;

export const UART_BASE = 0x1000_0000;
export const UART_SIZE = 8;
export const UART_WINDOW_SIZE = 0x100;

/** The virtio transports, one in each window. */
export const VIRTIO_BASE = 0x1000_1000;
export const VIRTIO_SIZE = 0x200;
export const VIRTIO_WINDOW_SIZE = 0x1000;
export const VIRTIO_COUNT = 8;

/** The device tree is placed below 3 GiB, where 32-bit firmware finds it (QEMU hw/riscv/boot.c). */
export const DEVICE_TREE_CEILING = 0xc000_0000;

/** Interrupt sources of the PLIC. */
/** Of the first virtio transport; the others follow. */
export const VIRTIO_INTERRUPT = 1;
export const UART_INTERRUPT = 10;
export const RTC_INTERRUPT = 11;

/** mtime counts at this rate. */
export const TIMEBASE_HZ = 10_000_000;
export const NS_PER_TICK = 100;
/** Input clock of the UART as the device tree gives it. */
export const UART_CLOCK_HZ = 3_686_400;
/** `riscv,ndev` of the device tree. */
export const PLIC_SOURCE_COUNT = 96;
