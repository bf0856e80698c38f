/** Facts about the two formats and the routines' signatures that the softfloat tests share. */
import type { SoftfloatRoutine } from '../../../emulator/engine/core-module.ts';

export interface Format {
  /** Bits of an encoding. */
  readonly width: 32 | 64;
  /** Bits of a significand, the leading one included. */
  readonly precision: number;
  readonly exponentMax: number;
  readonly exponentMin: number;
  readonly canonicalNaN: bigint;
}

export const F32: Format = { width: 32, precision: 24, exponentMax: 127, exponentMin: -126, canonicalNaN: 0x7fc00000n };
export const F64: Format = {
  width: 64, precision: 53, exponentMax: 1023, exponentMin: -1022, canonicalNaN: 0x7ff8000000000000n,
};

export const signBit = (format: Format): bigint => 1n << BigInt(format.width - 1);
export const infinity = (format: Format): bigint => BigInt(2 * format.exponentMax + 1) << BigInt(format.precision - 1);

export const FLAG = { NX: 1, UF: 2, OF: 4, DZ: 8, NV: 16 } as const;
/** Rounding modes by their RISC-V encoding. */
export const MODES = ['RNE', 'RTZ', 'RDN', 'RUP', 'RMM'] as const;
export type Mode = (typeof MODES)[number];

export interface Outcome {
  /** Unsigned bits of the result, 64 bits for integers. */
  readonly value: bigint;
  readonly flags: number;
}

export type OperandKind = 'f32' | 'f64' | 'i64';

export interface Routine {
  readonly name: SoftfloatRoutine;
  /** f32 or f64, as in the name's beginning. */
  readonly format: Format;
  /** The name without the format. */
  readonly operation: string;
  readonly operands: readonly OperandKind[];
  readonly rounds: boolean;
  readonly takesHart: boolean;
  readonly result: OperandKind | 'i32';
}

function routine(width: 'f32' | 'f64', operation: string, operandCount: number, rounds: boolean): Routine {
  const fromInteger = operation.startsWith('From');
  const toInteger = /^To[IU]/.test(operation);
  let result: Routine['result'] = width;
  if (/^(Eq|Lt|Le|Class)$/.test(operation)) result = 'i32';
  else if (toInteger) result = 'i64';
  else if (operation === 'ToF32') result = 'f32';
  else if (operation === 'ToF64') result = 'f64';
  return {
    name: `${width}${operation}` as SoftfloatRoutine,
    format: width === 'f32' ? F32 : F64,
    operation,
    operands: Array<OperandKind>(operandCount).fill(fromInteger ? 'i64' : width),
    rounds,
    takesHart: operation !== 'Class',
    result,
  };
}

function routinesOf(width: 'f32' | 'f64'): Routine[] {
  return [
    ...['Add', 'Sub', 'Mul', 'Div'].map((operation) => routine(width, operation, 2, true)),
    routine(width, 'Sqrt', 1, true),
    routine(width, 'MulAdd', 3, true),
    ...['Min', 'Max', 'Eq', 'Lt', 'Le'].map((operation) => routine(width, operation, 2, false)),
    routine(width, 'Class', 1, false),
    ...['ToI32', 'ToU32', 'ToI64', 'ToU64', 'FromI32', 'FromU32', 'FromI64', 'FromU64'].map((operation) =>
      routine(width, operation, 1, true),
    ),
    width === 'f32' ? routine(width, 'ToF64', 1, false) : routine(width, 'ToF32', 1, true),
  ];
}

export const ROUTINES: readonly Routine[] = [...routinesOf('f32'), ...routinesOf('f64')];

export function routineNamed(name: SoftfloatRoutine): Routine {
  const found = ROUTINES.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no softfloat routine ${name}`);
  return found;
}

/** One line about a case, for failure messages. */
export function describeCase(name: string, rm: number, operands: readonly bigint[], flagsBefore: number): string {
  const hex = operands.map((operand) => `0x${BigInt.asUintN(64, operand).toString(16)}`).join(', ');
  return `${name}(${hex}) ${MODES[rm] ?? '?'}, fflags before ${flagsBefore}`;
}

export function describeOutcome(outcome: Outcome): string {
  return `0x${outcome.value.toString(16)} flags 0x${outcome.flags.toString(16)}`;
}
