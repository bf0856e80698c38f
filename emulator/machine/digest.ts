/** Digests of a whole machine state, in parts so that a mismatch can say what differs. */
import { ARCH_DTLB, HART_REGISTERS_SIZE, HART_SAVED_SIZE, HART_X_SINK } from '../core/layout.ts';
import type { DeviceState } from '../devices/device.ts';
import type { CoreExports } from '../engine/core-module.ts';
import type { HartView } from './hart-view.ts';
import type { Position } from './input.ts';
import { xxh64 } from './xxh64.ts';

/** Each part is an XXH64 as 16 hexadecimal digits. */
export interface StateDigest {
  /** Integer and floating-point registers, CSRs, guest time. */
  readonly registers: string;
  /** The architectural TLB. */
  readonly translation: string;
  readonly devices: string;
  readonly memory: string;
  /** XXH64 of the parts: what `Session.digest` shows. */
  readonly all: string;
}

export const DIGEST_PARTS = ['registers', 'translation', 'devices', 'memory'] as const;
export type DigestPart = (typeof DIGEST_PARTS)[number];

export interface DigestMark {
  readonly at: Position;
  readonly digest: StateDigest;
}

/** Names of the parts in which two digests differ; empty when the states are equal. */
export function differingParts(one: StateDigest, other: StateDigest): readonly DigestPart[] {
  return DIGEST_PARTS.filter((part) => one[part] !== other[part]);
}

/** Digest of what linear memory holds of the hart and of guest memory, and of the given device states. */
export function stateDigest(core: CoreExports, vm: number, hart: HartView, devices: readonly DeviceState[]): StateDigest {
  const hash = (offset: number, sizeBytes: number): string => {
    core.hashBytes(hart.address, hart.address + offset, sizeBytes, 0);
    return hex(hart.result);
  };
  hart.setU64(HART_X_SINK, 0n);
  const registers = hash(0, HART_REGISTERS_SIZE);
  const translation = hash(ARCH_DTLB, HART_SAVED_SIZE - ARCH_DTLB);
  core.memoryDigest(vm, hart.address);
  const memory = hex(hart.result);
  const encoder = new TextEncoder();
  const deviceHash = xxh64(encoder.encode(JSON.stringify(devices)));
  return { registers, translation, devices: deviceHash, memory, all: xxh64(encoder.encode(registers + translation + deviceHash + memory)) };
}

function hex(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}
