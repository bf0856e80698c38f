/** Operands that hit what random bits miss: subnormals, ties, cancellation, borders of the range, NaN payloads. */
import { F32, F64, infinity, signBit } from './formats.ts';
import type { Format, OperandKind, Routine } from './formats.ts';

/** A source of choices: an integer in 0 .. count - 1, count at most 2^31. */
export type Pick = (count: number) => number;

/** Marsaglia's xorshift128 (Journal of Statistical Software 8:14, 2003). */
export function pickFromSeed(seed: number): Pick {
  let x = seed | 1;
  let y = 362436069;
  let z = 521288629;
  let w = 88675123 ^ seed;
  return (count) => {
    const t = x ^ (x << 11);
    x = y;
    y = z;
    z = w;
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8);
    return Math.floor(((w >>> 0) / 0x100000000) * count);
  };
}

function randomBits(pick: Pick, count: number): bigint {
  const high = BigInt(pick(0x40000000)) << 30n;
  return (high | BigInt(pick(0x40000000)) | (BigInt(pick(16)) << 60n)) & ((1n << BigInt(count)) - 1n);
}

/** Bits with structure: few at either end, runs, all, none, or random. */
function patternedBits(pick: Pick, count: number): bigint {
  const all = (1n << BigInt(count)) - 1n;
  switch (pick(8)) {
    case 0: return 0n;
    case 1: return all;
    case 2: return 1n << BigInt(pick(count));
    case 3: return all ^ (1n << BigInt(pick(count)));
    case 4: return (all << BigInt(pick(count))) & all;
    case 5: return all >> BigInt(pick(count));
    default: return randomBits(pick, count);
  }
}

/** A biased exponent: subnormal, smallest, largest, special, near the square root of the smallest, near 1, or any. */
function exponentField(pick: Pick, format: Format): number {
  const top = 2 * format.exponentMax + 1;
  switch (pick(10)) {
    case 0: return 0;
    case 1: return 1 + pick(3);
    case 2: return top - 1 - pick(3);
    case 3: return pick(4) === 0 ? top : pick(top);
    case 4: return pick(format.precision + 2);
    case 5: return top - 1 - pick(format.precision + 2);
    case 6: return Math.max(0, Math.floor(format.exponentMax / 2) + pick(80) - 40);
    case 7: return pick(top);
    default: return format.exponentMax + pick(75) - 5;
  }
}

export function encoding(pick: Pick, format: Format): bigint {
  const sign = pick(2) === 0 ? 0n : signBit(format);
  const fractionBits = format.precision - 1;
  const exponent = BigInt(exponentField(pick, format)) << BigInt(fractionBits);
  return sign | exponent | patternedBits(pick, fractionBits);
}

function integer(pick: Pick): bigint {
  const bits = patternedBits(pick, 1 + pick(64));
  return BigInt.asIntN(64, pick(2) === 0 ? bits : -bits);
}

/** An encoding a few units in the last place from `bits`, of either sign. */
function near(pick: Pick, format: Format, bits: bigint): bigint {
  const moved = (bits & (signBit(format) - 1n)) + BigInt(pick(5) - 2);
  const magnitude = moved < 0n ? 0n : moved;
  return (pick(2) === 0 ? 0n : signBit(format)) | (magnitude > infinity(format) ? infinity(format) : magnitude);
}

const scratch = new DataView(new ArrayBuffer(8));

export function toDouble(format: Format, bits: bigint): number {
  if (format === F32) {
    scratch.setUint32(0, Number(bits));
    return scratch.getFloat32(0);
  }
  scratch.setBigUint64(0, bits);
  return scratch.getFloat64(0);
}

export function fromDouble(format: Format, value: number): bigint {
  if (format === F32) {
    scratch.setFloat32(0, value);
    return BigInt(scratch.getUint32(0));
  }
  scratch.setFloat64(0, value);
  return scratch.getBigUint64(0);
}

function operandOf(pick: Pick, kind: OperandKind): bigint {
  if (kind === 'i64') return integer(pick);
  return encoding(pick, kind === 'f32' ? F32 : F64);
}

/** Values at and between the borders of conversions: integers with a small fraction, or one unit beside. */
function nearInteger(pick: Pick, format: Format): bigint {
  const value = Number(integer(pick)) / 2 ** pick(4);
  return pick(2) === 0 ? fromDouble(format, value) : near(pick, format, fromDouble(format, value));
}

/** a * b is just beside half a unit in the last place of c, by less than twice the precision can tell. */
function nearlyTied(pick: Pick, format: Format): bigint[] {
  const fractionBits = BigInt(format.precision - 1);
  const signOrNone = (): bigint => (pick(2) === 0 ? 0n : signBit(format));
  const one = BigInt(format.exponentMax) << fractionBits;
  const large = BigInt(format.exponentMax + format.precision) << fractionBits;
  return [
    signOrNone() | (one + BigInt(pick(4))),
    signOrNone() | (one - BigInt(pick(8))),
    signOrNone() | large | patternedBits(pick, format.precision - 1),
  ];
}

/** Operands for a routine; some of the later ones are chosen close to the first, or so that a sum cancels. */
export function operandsFor(pick: Pick, routine: Routine): bigint[] {
  const operands = routine.operands.map((kind) => operandOf(pick, kind));
  const [a, b] = operands;
  if (routine.operands[0] === 'i64' || a === undefined) return operands;
  const format = routine.operands[0] === 'f32' ? F32 : F64;
  if (routine.operation.startsWith('To') && pick(2) === 0) return [nearInteger(pick, format)];
  if (operands.length === 2 && pick(4) === 0) operands[1] = near(pick, format, a);
  if (operands.length === 3 && pick(8) === 0) return nearlyTied(pick, format);
  if (operands.length === 3 && b !== undefined && pick(3) === 0) {
    operands[2] = near(pick, format, fromDouble(format, -toDouble(format, a) * toDouble(format, b)));
  }
  return operands;
}
