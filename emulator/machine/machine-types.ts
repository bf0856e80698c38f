/** What a run of the machine is asked, and how it ends. */
import type { BlockImage } from '../devices/block-image.ts';
import type { Position } from './input.ts';

export type AccessKind = 'read' | 'write' | 'access';

/** A watched range of virtual addresses (data breakpoint). */
export interface Watch {
  readonly address: bigint;
  readonly sizeBytes: number;
  readonly kind: AccessKind;
}

/** What may stop a run beside its end. Virtual addresses. */
export interface StopConditions {
  readonly breakpoints: ReadonlySet<bigint>;
  readonly watches: readonly Watch[];
  /** Exception causes (mcause codes) that stop. */
  readonly caughtCauses: ReadonlySet<number>;
  /** Interrupt causes (mcause codes without the interrupt bit) that stop when the interrupt is taken. */
  readonly caughtInterrupts?: ReadonlySet<number>;
  /**
   * Asked whenever one of the above is met, with the machine standing there; false: it goes on as if there was nothing. Only
   * looks. A motion forward asks exactly once for each time that it passes the place, a search backward may ask more often.
   */
  readonly accept?: (met: Met) => boolean;
}

/** A stop condition that is met. */
export type Met = { readonly position: Position } & (
  /** Before the instruction at `pc`. */
  | { readonly kind: 'breakpoint'; readonly pc: bigint }
  /** The instruction before `position` has accessed a watched range. `address` and `sizeBytes` are of the access. */
  | { readonly kind: 'watch'; readonly address: bigint; readonly sizeBytes: number; readonly access: 'read' | 'write' }
  /** The instruction before `position`, at `pc`, has trapped; the hart stands in its handler. */
  | { readonly kind: 'trap'; readonly cause: number; readonly pc: bigint; readonly value: bigint }
  /** The hart was at `pc`, and stands in the interrupt's handler. */
  | { readonly kind: 'interrupt'; readonly cause: number; readonly pc: bigint }
);

/** What a person changes in the machine's state. It goes into the recording as an input, and replays. */
export type StateEdit =
  /** Guest-virtual address, translated where the machine stands. */
  | { readonly kind: 'memory'; readonly address: bigint; readonly bytes: Uint8Array }
  /** By DWARF number: x1..x31 are 1..31, f0..f31 are 32..63. */
  | { readonly kind: 'register'; readonly register: number; readonly value: bigint }
  | { readonly kind: 'pc'; readonly value: bigint };

export type RunStop =
  /** The position asked for was reached. */
  | { readonly reason: 'until' }
  /** The machine stands at `pc`. */
  | { readonly reason: 'breakpoint'; readonly pc: bigint }
  /** The instruction that just completed accessed a watched range. `address` and `sizeBytes` are of the access. `pc` is of the instruction. */
  | { readonly reason: 'watch'; readonly address: bigint; readonly sizeBytes: number; readonly kind: 'read' | 'write' }
  /** A caught exception was just taken: the present instruction is its handler's first. `pc` is the instruction that trapped. */
  | { readonly reason: 'trap'; readonly cause: number; readonly pc: bigint; readonly value: bigint }
  /** A caught interrupt was just taken: the present instruction is its handler's first. `pc` is the instruction before which it came. */
  | { readonly reason: 'interrupt'; readonly cause: number; readonly pc: bigint }
  /** The hart waits in wfi and the door does not know what comes next. */
  | { readonly reason: 'idle'; readonly untilTimerNs: number }
  /** The guest powered the machine off through the test finisher. */
  | { readonly reason: 'power-off'; readonly exitCode: number }
  /** The guest asked the test finisher for a reset. This machine does not reset: it ends here. */
  | { readonly reason: 'reset' };

/** How the guest ended the run: with an exit code, or asking for a reset. */
export type Ending = number | 'reset';
/** Stands for a reset where only an exit code fits. */
export const RESET_EXIT_CODE = 3;

export interface GuestImage {
  /** For messages: the file name. */
  readonly name: string;
  readonly kind: 'elf' | 'raw';
  readonly bytes: Uint8Array;
  /** Guest-physical load address of a raw program, which needs one; an ELF file says it itself, the other roles have their places. */
  readonly address?: number;
  /** Default: 'program'. */
  readonly role?: ImageRole;
}

/**
 * What an image is to the machine. Programs are loaded where they want to be, and the first one is started. The others are
 * what QEMU's -bios, -kernel and -initrd give: at most one of each, and no program beside them.
 */
export type ImageRole = 'program' | 'firmware' | 'kernel' | 'initrd';

/** The contents of a disk as the host knows them. */
export interface DriveImage {
  /** For messages: the file name. */
  readonly name: string;
  readonly image: BlockImage;
  /** Hash of the contents as the host computes it: a recording replays on that very image only. */
  readonly hash: string;
}

/** A disk. Its image is only read: what the guest writes is kept in an overlay that belongs to the machine's state. */
export interface Drive extends DriveImage {
  readonly readOnly?: boolean;
  /** What the guest reads as the disk's name, at most 20 ASCII characters. */
  readonly serial?: string;
  /** Number of its virtio transport, 0..7 (QEMU: bus=virtio-mmio-bus.N); the highest free one by default, as in QEMU. */
  readonly slot?: number;
}

/** In characters, each below 65,536. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What is plugged into the board's virtio-mmio transports, in this order. Without it there are no transports. */
export interface VirtioOptions {
  /** Disks, in the order in which they are plugged in. */
  readonly drives?: readonly Drive[];
  /** A source of random bytes. */
  readonly entropy?: boolean;
  /** A second console beside the UART. Its output goes where the UART's goes. */
  readonly console?: boolean;
  /** Where keys go; to the UART by default. */
  readonly consoleInput?: 'uart' | 'virtio';
  /** Size of the user's terminal at power-on. With it, the second console tells the guest the size, and when it changes. */
  readonly terminalSize?: TerminalSize;
}

export interface MachineConfiguration {
  /** DRAM size, a multiple of 4 KiB, at most 2 GiB. Default 128 MiB. */
  readonly memorySizeBytes: number;
  readonly images: readonly GuestImage[];
  /** Kernel command line (`bootargs` of the device tree). */
  readonly bootArguments?: string;
  /** Random bytes that the device tree hands a kernel (`rng-seed`): an input, so part of the recording. */
  readonly randomSeed?: Uint8Array;
  readonly devices?: VirtioOptions;
}

export const DEFAULT_MEMORY_SIZE_BYTES = 128 * 1024 * 1024;
export type { Position };
