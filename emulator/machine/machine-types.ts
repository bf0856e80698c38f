/** What a run of the machine is asked, and how it ends. */
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
}

export type RunStop =
  /** The position asked for was reached. */
  | { readonly reason: 'until' }
  /** The machine stands at `pc`. */
  | { readonly reason: 'breakpoint'; readonly pc: bigint }
  /** The instruction that just completed accessed a watched range. `address` and `sizeBytes` are of the access. `pc` is of the instruction. */
  | { readonly reason: 'watch'; readonly address: bigint; readonly sizeBytes: number; readonly kind: 'read' | 'write' }
  /** A caught exception was just taken: the present instruction is its handler's first. `pc` is the instruction that trapped. */
  | { readonly reason: 'trap'; readonly cause: number; readonly pc: bigint; readonly value: bigint }
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
  /** Guest-physical load address; for 'raw' required, for 'elf' taken from the file. */
  readonly address?: number;
}

export interface MachineConfiguration {
  /** DRAM size, a multiple of 4 KiB, at most 2 GiB. Default 128 MiB. */
  readonly memorySizeBytes: number;
  readonly images: readonly GuestImage[];
}

export const DEFAULT_MEMORY_SIZE_BYTES = 128 * 1024 * 1024;
export type { Position };
