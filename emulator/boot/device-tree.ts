/**
 * The device tree that the machine hands its guest, as QEMU's `virt` board writes it (hw/riscv/virt.c), less what the
 * machine does not have: flash, fw-cfg, PCI, platform bus, performance counters.
 */
import {
  CLINT_BASE, CLINT_WINDOW_SIZE, DEVICE_TREE_CEILING, DRAM_BASE, PLIC_BASE, PLIC_SIZE, PLIC_SOURCE_COUNT,
  RTC_BASE, RTC_INTERRUPT, RTC_WINDOW_SIZE, TEST_FINISHER_BASE, TEST_FINISHER_SIZE, TIMEBASE_HZ,
  UART_BASE, UART_CLOCK_HZ, UART_INTERRUPT, UART_WINDOW_SIZE, VIRTIO_BASE, VIRTIO_COUNT, VIRTIO_INTERRUPT, VIRTIO_WINDOW_SIZE,
} from '../devices/memory-map.ts';
import { UserError } from '../user-error.ts';
import { cells, flag, strings, writeDeviceTree, type DeviceTreeNode, type DeviceTreeProperty } from './flattened-device-tree.ts';

const ISA = 'rv64imafdc';
const MMU_TYPE = 'riscv,sv39';

// mcause numbers of the interrupts that the controllers drive.
const MACHINE_SOFTWARE = 3;
const MACHINE_TIMER = 7;
const SUPERVISOR_EXTERNAL = 9;
const MACHINE_EXTERNAL = 11;

const CPU_PHANDLE = 1;
const CPU_INTERRUPTS_PHANDLE = 2;
const PLIC_PHANDLE = 3;
const TEST_PHANDLE = 4;

const FINISHER_PASS = 0x5555;
const FINISHER_RESET = 0x7777;

const MIB = 1024 * 1024;

export interface DeviceTreeOptions {
  readonly memorySizeBytes: number;
  /** Kernel command line. */
  readonly bootArguments?: string;
  /** Guest-physical range of the initial RAM disk. */
  readonly initrd?: { readonly start: number; readonly end: number };
  /** Random bytes for the kernel's generator; none are handed over without. */
  readonly randomSeed?: Uint8Array;
  /** The board has virtio transports. */
  readonly virtioTransports?: boolean;
}

/** The flattened device tree of a machine with one hart. */
export function buildDeviceTree(options: DeviceTreeOptions): Uint8Array {
  return writeDeviceTree({
    name: '',
    properties: [
      cells('#address-cells', 2),
      cells('#size-cells', 2),
      strings('compatible', 'riscv-virtio'),
      strings('model', 'riscv-virtio,qemu'),
    ],
    children: [
      chosenNode(options),
      systemControlNode('poweroff', FINISHER_PASS),
      systemControlNode('reboot', FINISHER_RESET),
      leaf(`memory@${DRAM_BASE.toString(16)}`, [
        strings('device_type', 'memory'),
        region(DRAM_BASE, options.memorySizeBytes),
      ]),
      cpusNode(),
      socNode(options.virtioTransports ?? false),
    ],
  });
}

/**
 * Guest-physical address for a device tree of `sizeBytes`: at the end of DRAM but below 3 GiB, down to a multiple of
 * 2 MiB (QEMU hw/riscv/boot.c). DRAM of 2 MiB and less has no such place beside the guest: there, a multiple of 4 KiB.
 */
export function deviceTreeAddress(memorySizeBytes: number, sizeBytes: number): number {
  const end = Math.min(DRAM_BASE + memorySizeBytes, DEVICE_TREE_CEILING);
  const alignment = memorySizeBytes > 2 * MIB ? 2 * MIB : 4096;
  const address = Math.floor((end - sizeBytes) / alignment) * alignment;
  if (address < DRAM_BASE) {
    throw new UserError(
      `The device tree (${sizeBytes} bytes) does not fit the guest's memory of ${memorySizeBytes} bytes; give the machine more memory.`,
    );
  }
  return address;
}

function chosenNode({ bootArguments, initrd, randomSeed }: DeviceTreeOptions): DeviceTreeNode {
  const properties = [strings('stdout-path', `/soc/serial@${UART_BASE.toString(16)}`)];
  if (bootArguments !== undefined) properties.push(strings('bootargs', bootArguments));
  if (initrd !== undefined) properties.push(cells('linux,initrd-start', initrd.start), cells('linux,initrd-end', initrd.end));
  if (randomSeed !== undefined) properties.push({ name: 'rng-seed', value: randomSeed });
  return leaf('chosen', properties);
}

/** Tells the guest which word to write to the test finisher. */
function systemControlNode(name: 'poweroff' | 'reboot', value: number): DeviceTreeNode {
  return leaf(name, [
    strings('compatible', `syscon-${name}`),
    cells('regmap', TEST_PHANDLE),
    cells('offset', 0),
    cells('value', value),
  ]);
}

function cpusNode(): DeviceTreeNode {
  const interruptController = leaf('interrupt-controller', [
    cells('#interrupt-cells', 1),
    flag('interrupt-controller'),
    strings('compatible', 'riscv,cpu-intc'),
    cells('phandle', CPU_INTERRUPTS_PHANDLE),
  ]);
  const cpu: DeviceTreeNode = {
    name: 'cpu@0',
    properties: [
      cells('phandle', CPU_PHANDLE),
      strings('device_type', 'cpu'),
      cells('reg', 0),
      strings('status', 'okay'),
      strings('compatible', 'riscv'),
      strings('riscv,isa', ISA),
      strings('mmu-type', MMU_TYPE),
    ],
    children: [interruptController],
  };
  const cluster = { name: 'cluster0', properties: [], children: [leaf('core0', [cells('cpu', CPU_PHANDLE)])] };
  return {
    name: 'cpus',
    properties: [cells('#address-cells', 1), cells('#size-cells', 0), cells('timebase-frequency', TIMEBASE_HZ)],
    children: [cpu, { name: 'cpu-map', properties: [], children: [cluster] }],
  };
}

function socNode(hasVirtio: boolean): DeviceTreeNode {
  return {
    name: 'soc',
    properties: [cells('#address-cells', 2), cells('#size-cells', 2), strings('compatible', 'simple-bus'), flag('ranges')],
    children: [
      leaf(`test@${TEST_FINISHER_BASE.toString(16)}`, [
        strings('compatible', 'sifive,test1', 'sifive,test0', 'syscon'),
        region(TEST_FINISHER_BASE, TEST_FINISHER_SIZE),
        cells('phandle', TEST_PHANDLE),
      ]),
      leaf(`rtc@${RTC_BASE.toString(16)}`, [
        strings('compatible', 'google,goldfish-rtc'),
        region(RTC_BASE, RTC_WINDOW_SIZE),
        cells('interrupt-parent', PLIC_PHANDLE),
        cells('interrupts', RTC_INTERRUPT),
      ]),
      leaf(`clint@${CLINT_BASE.toString(16)}`, [
        strings('compatible', 'sifive,clint0', 'riscv,clint0'),
        region(CLINT_BASE, CLINT_WINDOW_SIZE),
        cells('interrupts-extended', CPU_INTERRUPTS_PHANDLE, MACHINE_SOFTWARE, CPU_INTERRUPTS_PHANDLE, MACHINE_TIMER),
      ]),
      leaf(`plic@${PLIC_BASE.toString(16)}`, [
        strings('compatible', 'sifive,plic-1.0.0', 'riscv,plic0'),
        region(PLIC_BASE, PLIC_SIZE),
        cells('interrupts-extended', CPU_INTERRUPTS_PHANDLE, MACHINE_EXTERNAL, CPU_INTERRUPTS_PHANDLE, SUPERVISOR_EXTERNAL),
        flag('interrupt-controller'),
        cells('#interrupt-cells', 1),
        cells('#address-cells', 0),
        cells('riscv,ndev', PLIC_SOURCE_COUNT),
        cells('phandle', PLIC_PHANDLE),
      ]),
      leaf(`serial@${UART_BASE.toString(16)}`, [
        strings('compatible', 'ns16550a'),
        region(UART_BASE, UART_WINDOW_SIZE),
        cells('clock-frequency', UART_CLOCK_HZ),
        cells('interrupt-parent', PLIC_PHANDLE),
        cells('interrupts', UART_INTERRUPT),
      ]),
      // The last one first, as QEMU has them: Linux names disks in this order.
      ...(hasVirtio ? Array.from({ length: VIRTIO_COUNT }, (_, index) => virtioNode(VIRTIO_COUNT - 1 - index)) : []),
    ],
  };
}

/** A transport is there whether a device is plugged in or not. */
function virtioNode(slot: number): DeviceTreeNode {
  const base = VIRTIO_BASE + slot * VIRTIO_WINDOW_SIZE;
  return leaf(`virtio_mmio@${base.toString(16)}`, [
    strings('compatible', 'virtio,mmio'),
    region(base, VIRTIO_WINDOW_SIZE),
    cells('interrupt-parent', PLIC_PHANDLE),
    cells('interrupts', VIRTIO_INTERRUPT + slot),
  ]);
}

/** `reg` with 2 address cells and 2 size cells; both numbers are below 4 GiB here. */
function region(base: number, sizeBytes: number): DeviceTreeProperty {
  return cells('reg', 0, base, 0, sizeBytes);
}

function leaf(name: string, properties: readonly DeviceTreeProperty[]): DeviceTreeNode {
  return { name, properties, children: [] };
}
