/** Random things that happen to the board: accesses, time, input. */
import fc from 'fast-check';
import { CLINT_BASE, PLIC_BASE, RTC_BASE, TEST_FINISHER_BASE, UART_BASE } from '../../emulator/devices/memory-map.ts';
import type { Board } from './board.ts';

export type Operation =
  | { readonly kind: 'read'; readonly gpa: number; readonly size: number }
  | { readonly kind: 'write'; readonly gpa: number; readonly size: number; readonly value: bigint }
  | { readonly kind: 'advance'; readonly ns: number }
  | { readonly kind: 'receive'; readonly bytes: Uint8Array };

const uartOffset = fc.integer({ min: 0, max: 7 });
const byte = fc.integer({ min: 0, max: 255 }).map(BigInt);
/** Values that set up something useful more often than chance would. */
const uartWrite = fc.oneof(
  fc.record({ offset: fc.constant(0), value: byte }),
  fc.record({ offset: fc.constant(1), value: fc.constantFrom(0n, 1n, 2n, 3n, 5n, 7n, 15n) }),
  fc.record({ offset: fc.constant(2), value: fc.constantFrom(0n, 1n, 3n, 7n, 0x41n, 0x81n, 0xc1n, 0xc7n, 5n) }),
  fc.record({ offset: fc.constant(3), value: fc.constantFrom(3n, 0x83n, 0n, 0x1fn) }),
  fc.record({ offset: fc.constant(4), value: fc.constantFrom(0n, 8n, 0x10n, 0x13n, 0x1fn) }),
  fc.record({ offset: uartOffset, value: byte }),
);

const clintRegister = fc.constantFrom([0, 4], [4, 4], [0x4000, 8], [0x4000, 4], [0x4004, 4], [0x4008, 8], [0xbff8, 8], [0xbff8, 4], [0xbffc, 4], [0x3ffc, 4]);
const clintValue = fc.oneof(fc.constantFrom(0n, 1n, 0xffff_ffff_ffff_ffffn), fc.bigInt(0n, 3000n), fc.bigInt(0n, 0xffff_ffff_ffff_ffffn));

const plicOffset = fc.oneof(
  fc.constantFrom(0, 4, 0x28, 0x2c, 0x17c, 0x180, 0x184, 0x1000, 0x1004, 0x100c, 0x200000, 0x200004, 0x201000, 0x201004, 0x202000, 0x202004, 0x200008),
  fc.constantFrom(0x28, 0x2c, 0x200004, 0x201004, 0x1000),
);
const plicValue = fc.oneof(fc.constantFrom(0n, 1n, 2n, 10n, 11n, 96n, 0xffff_ffffn), fc.bigInt(0n, 0xffff_ffffn));

const PLIC_THRESHOLD = PLIC_BASE + 0x200000;

/** An access to an enable register; see `access`. */
export function isEnableWrite(step: Operation): boolean {
  return step.kind === 'write' && step.gpa >= PLIC_BASE + 0x2000 && step.gpa < PLIC_THRESHOLD;
}

const rtcOffset = fc.constantFrom(0, 4, 8, 0xc, 0x10, 0x14, 0x18, 0x1c, 0x20);
const rtcValue = fc.oneof(fc.constantFrom(0n, 1n), fc.bigInt(0n, 20_000n), fc.bigInt(0n, 0xffff_ffffn));

function write(gpa: number, size: number, value: bigint): Operation {
  return { kind: 'write', gpa, size, value: BigInt.asUintN(size * 8, value) };
}

/** Accesses to the registers of all devices but the test finisher. */
export const access: fc.Arbitrary<readonly Operation[]> = fc.oneof(
  uartOffset.map((offset): Operation[] => [{ kind: 'read', gpa: UART_BASE + offset, size: 1 }]),
  uartWrite.map(({ offset, value }) => [write(UART_BASE + offset, 1, value)]),
  clintRegister.map(([offset = 0, size = 4]): Operation[] => [{ kind: 'read', gpa: CLINT_BASE + offset, size }]),
  fc.tuple(clintRegister, clintValue).map(([[offset = 0, size = 4], value]) => [write(CLINT_BASE + offset, size, value)]),
  plicOffset.map((offset): Operation[] => [{ kind: 'read', gpa: PLIC_BASE + offset, size: 4 }]),
  fc.tuple(plicOffset, plicValue).map(([offset, value]) => [write(PLIC_BASE + offset, 4, value)]),
  // QEMU 7.2 looks at enable bits only at the next other event: a threshold is written around them.
  fc.tuple(fc.constantFrom(0x2000, 0x2004, 0x2008, 0x200c, 0x2080, 0x2100), plicValue)
    .map(([offset, value]) => [write(PLIC_THRESHOLD, 4, 0n), write(PLIC_BASE + offset, 4, value), write(PLIC_THRESHOLD, 4, 0n)]),
  rtcOffset.map((offset): Operation[] => [{ kind: 'read', gpa: RTC_BASE + offset, size: 4 }]),
  fc.tuple(rtcOffset, rtcValue).map(([offset, value]) => [write(RTC_BASE + offset, 4, value)]),
);

/** Everything, time and input included. */
export const operation: fc.Arbitrary<readonly Operation[]> = fc.oneof(
  { weight: 6, arbitrary: access },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3_000_000 }).map((ns): Operation[] => [{ kind: 'advance', ns }]) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes): Operation[] => [{ kind: 'receive', bytes }]) },
  { weight: 1, arbitrary: fc.constantFrom(0x2a3333n, 0x5555n, 0x7777n, 0n).map((value) => [write(TEST_FINISHER_BASE, 4, value)]) },
);

export function perform(board: Board, operations: readonly Operation[]): void {
  for (const step of operations) {
    switch (step.kind) {
      case 'read':
        board.log.push(`${step.gpa.toString(16)} ${board.read(step.gpa, step.size)}`);
        break;
      case 'write':
        board.log.push(`${step.gpa.toString(16)} = ${step.value} ${board.write(step.gpa, step.size, step.value)}`);
        break;
      case 'advance':
        board.advance(step.ns);
        break;
      case 'receive':
        board.log.push(`received ${board.uart.receive(step.bytes)}`);
        break;
    }
  }
}
