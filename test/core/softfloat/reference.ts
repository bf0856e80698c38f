/**
 * What every routine must return, by definition: exact values as rationals of BigInts, rounded as IEEE 754-2019
 * section 4.3 defines it, flags as section 7 and the RISC-V unprivileged ISA define them. Slow, and free of shortcuts.
 */
import { F32, F64, FLAG, MODES, infinity, signBit } from './formats.ts';
import type { Format, Mode, Outcome, Routine } from './formats.ts';

/** |x|^degree = numerator / denominator * 2^scale; degree 2 makes it a square root. */
interface Exact {
  readonly negative: boolean;
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly scale: number;
  readonly degree: 1 | 2;
}

interface Datum {
  readonly bits: bigint;
  readonly negative: boolean;
  readonly isNaN: boolean;
  readonly isSignaling: boolean;
  readonly isInfinite: boolean;
  readonly isZero: boolean;
  /** |value| = significand * 2^exponent when finite. */
  readonly significand: bigint;
  readonly exponent: number;
}

function decode(format: Format, bits: bigint): Datum {
  const fractionBits = BigInt(format.precision - 1);
  const fraction = bits & ((1n << fractionBits) - 1n);
  const field = Number((bits & (signBit(format) - 1n)) >> fractionBits);
  const special = field === 2 * format.exponentMax + 1;
  const normal = !special && field !== 0;
  return {
    bits,
    negative: (bits & signBit(format)) !== 0n,
    isNaN: special && fraction !== 0n,
    isSignaling: special && fraction !== 0n && fraction >> (fractionBits - 1n) === 0n,
    isInfinite: special && fraction === 0n,
    isZero: !special && field === 0 && fraction === 0n,
    significand: normal ? fraction | (1n << fractionBits) : fraction,
    exponent: Math.max(field, 1) - format.exponentMax - (format.precision - 1),
  };
}

const exact = (negative: boolean, numerator: bigint, denominator = 1n, scale = 0, degree: 1 | 2 = 1): Exact => ({
  negative, numerator, denominator, scale, degree,
});

function integerSquareRoot(value: bigint): bigint {
  let low = 0n;
  let high = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle * middle <= value) low = middle;
    else high = middle - 1n;
  }
  return low;
}

/** The sign of |x| - multiple * 2^exponent. */
function compareWith(x: Exact, multiple: bigint, exponent: number): number {
  const shift = x.scale - exponent * x.degree;
  const left = shift > 0 ? x.numerator << BigInt(shift) : x.numerator;
  const right = multiple ** BigInt(x.degree) * (shift < 0 ? x.denominator << BigInt(-shift) : x.denominator);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** floor(|x| / 2^exponent) */
function floorIn(x: Exact, exponent: number): bigint {
  const shift = x.scale - exponent * x.degree;
  const quotient = shift > 0
    ? (x.numerator << BigInt(shift)) / x.denominator
    : x.numerator / (x.denominator << BigInt(-shift));
  return x.degree === 1 ? quotient : integerSquareRoot(quotient);
}

/** floor(log2 |x|) */
function binaryExponent(x: Exact): number {
  const bitLength = (value: bigint): number => value.toString(2).length;
  let exponent = Math.floor((bitLength(x.numerator) - bitLength(x.denominator) + x.scale) / x.degree);
  while (compareWith(x, 1n, exponent) < 0) exponent -= 1;
  while (compareWith(x, 1n, exponent + 1) >= 0) exponent += 1;
  return exponent;
}

/** |x| rounded to a multiple of 2^quantum. */
function roundToMultiple(x: Exact, quantum: number, mode: Mode): bigint {
  const below = floorIn(x, quantum);
  if (compareWith(x, below, quantum) === 0) return below;
  const half = compareWith(x, 2n * below + 1n, quantum - 1);
  switch (mode) {
    case 'RNE': return half > 0 || (half === 0 && below % 2n === 1n) ? below + 1n : below;
    case 'RMM': return half >= 0 ? below + 1n : below;
    case 'RTZ': return below;
    case 'RDN': return x.negative ? below + 1n : below;
    case 'RUP': return x.negative ? below : below + 1n;
  }
}

function round(format: Format, x: Exact, mode: Mode): Outcome {
  const sign = x.negative ? signBit(format) : 0n;
  const exponent = binaryExponent(x);
  const unboundedQuantum = exponent - format.precision + 1;
  const quantum = Math.max(unboundedQuantum, format.exponentMin - format.precision + 1);
  const multiple = roundToMultiple(x, quantum, mode);
  const inexact = compareWith(x, multiple, quantum) !== 0;
  const largest = (1n << BigInt(format.precision)) - 1n;
  const largestQuantum = format.exponentMax - format.precision + 1;
  if (compareWith(exact(false, multiple, 1n, quantum), largest, largestQuantum) > 0) {
    const stopsAtLargest = mode === 'RTZ' || (mode === 'RDN' && !x.negative) || (mode === 'RUP' && x.negative);
    return { value: sign | (infinity(format) - (stopsAtLargest ? 1n : 0n)), flags: FLAG.OF | FLAG.NX };
  }
  const unbounded = roundToMultiple(x, unboundedQuantum, mode);
  const tiny = compareWith(exact(false, unbounded, 1n, unboundedQuantum), 1n, format.exponentMin) < 0;
  const flags = inexact ? FLAG.NX | (tiny ? FLAG.UF : 0) : 0;
  return { value: sign | encodeFinite(format, multiple, quantum), flags };
}

/** Encodes multiple * 2^quantum, which is representable. */
function encodeFinite(format: Format, multiple: bigint, quantum: number): bigint {
  if (multiple === 0n) return 0n;
  const fractionBits = BigInt(format.precision - 1);
  const carried = multiple >> BigInt(format.precision) !== 0n;
  const significand = carried ? multiple >> 1n : multiple;
  const q = carried ? quantum + 1 : quantum;
  if (significand >> fractionBits === 0n) return significand;
  const field = BigInt(q + format.precision - 1 + format.exponentMax);
  return (field << fractionBits) | (significand - (1n << fractionBits));
}

const quiet = (value: bigint): Outcome => ({ value, flags: 0 });
const invalidOperation = (format: Format): Outcome => ({ value: format.canonicalNaN, flags: FLAG.NV });

function ofNaNs(format: Format, operands: readonly Datum[]): Outcome | undefined {
  if (!operands.some((x) => x.isNaN)) return undefined;
  return operands.some((x) => x.isSignaling) ? invalidOperation(format) : quiet(format.canonicalNaN);
}

const zeroOf = (format: Format, negative: boolean): bigint => (negative ? signBit(format) : 0n);
const infinityOf = (format: Format, negative: boolean): bigint => zeroOf(format, negative) | infinity(format);

/** (negative ? -1 : 1) * significand * 2^exponent */
type Term = Pick<Datum, 'negative' | 'significand' | 'exponent'>;

function sum(format: Format, terms: readonly Term[], mode: Mode): Outcome {
  const scale = Math.min(...terms.map((term) => term.exponent));
  let total = 0n;
  for (const term of terms) {
    const magnitude = term.significand << BigInt(term.exponent - scale);
    total += term.negative ? -magnitude : magnitude;
  }
  if (total !== 0n) return round(format, exact(total < 0n, total < 0n ? -total : total, 1n, scale), mode);
  // Zeros of one sign keep it; otherwise the zero is negative in RDN only (6.3).
  const allNegative = terms.every((term) => term.negative);
  const mixed = terms.some((term) => term.negative) && !allNegative;
  return quiet(zeroOf(format, mixed ? mode === 'RDN' : allNegative));
}

function add(format: Format, a: Datum, b: Datum, mode: Mode): Outcome {
  const nan = ofNaNs(format, [a, b]);
  if (nan !== undefined) return nan;
  if (a.isInfinite && b.isInfinite && a.negative !== b.negative) return invalidOperation(format);
  if (a.isInfinite) return quiet(a.bits);
  if (b.isInfinite) return quiet(b.bits);
  return sum(format, [a, b], mode);
}

function multiply(format: Format, a: Datum, b: Datum, mode: Mode): Outcome {
  const nan = ofNaNs(format, [a, b]);
  if (nan !== undefined) return nan;
  const negative = a.negative !== b.negative;
  if ((a.isInfinite && b.isZero) || (a.isZero && b.isInfinite)) return invalidOperation(format);
  if (a.isInfinite || b.isInfinite) return quiet(infinityOf(format, negative));
  if (a.isZero || b.isZero) return quiet(zeroOf(format, negative));
  return round(format, exact(negative, a.significand * b.significand, 1n, a.exponent + b.exponent), mode);
}

function divide(format: Format, a: Datum, b: Datum, mode: Mode): Outcome {
  const nan = ofNaNs(format, [a, b]);
  if (nan !== undefined) return nan;
  const negative = a.negative !== b.negative;
  if ((a.isInfinite && b.isInfinite) || (a.isZero && b.isZero)) return invalidOperation(format);
  if (a.isInfinite) return quiet(infinityOf(format, negative));
  if (b.isZero) return { value: infinityOf(format, negative), flags: FLAG.DZ };
  if (a.isZero || b.isInfinite) return quiet(zeroOf(format, negative));
  return round(format, exact(negative, a.significand, b.significand, a.exponent - b.exponent), mode);
}

function squareRoot(format: Format, a: Datum, mode: Mode): Outcome {
  const nan = ofNaNs(format, [a]);
  if (nan !== undefined) return nan;
  if (a.isZero) return quiet(a.bits);
  if (a.negative) return invalidOperation(format);
  if (a.isInfinite) return quiet(a.bits);
  return round(format, exact(false, a.significand, 1n, a.exponent, 2), mode);
}

function multiplyAdd(format: Format, a: Datum, b: Datum, c: Datum, mode: Mode): Outcome {
  if ((a.isInfinite && b.isZero) || (a.isZero && b.isInfinite)) return invalidOperation(format);
  const nan = ofNaNs(format, [a, b, c]);
  if (nan !== undefined) return nan;
  const negative = a.negative !== b.negative;
  const infiniteProduct = a.isInfinite || b.isInfinite;
  if (infiniteProduct && c.isInfinite && negative !== c.negative) return invalidOperation(format);
  if (infiniteProduct) return quiet(infinityOf(format, negative));
  if (c.isInfinite) return quiet(c.bits);
  const product = { negative, significand: a.significand * b.significand, exponent: a.exponent + b.exponent };
  return sum(format, [product, c], mode);
}

/** The sign of a - b for numbers; -0 is less than +0 only when `zerosDiffer`. */
function order(a: Datum, b: Datum, zerosDiffer: boolean): number {
  const key = (x: Datum): bigint => {
    const magnitude = x.isInfinite ? 1n << 4000n : x.significand << BigInt(x.exponent + 1100);
    return x.negative ? -magnitude : magnitude;
  };
  const difference = key(a) - key(b);
  if (difference !== 0n) return difference < 0n ? -1 : 1;
  return zerosDiffer ? Number(b.negative) - Number(a.negative) : 0;
}

function compare(a: Datum, b: Datum, operation: string): Outcome {
  const unordered = a.isNaN || b.isNaN;
  const signals = operation === 'Eq' ? a.isSignaling || b.isSignaling : unordered;
  if (unordered) return { value: 0n, flags: signals ? FLAG.NV : 0 };
  const sign = order(a, b, false);
  const holds = operation === 'Eq' ? sign === 0 : operation === 'Lt' ? sign < 0 : sign <= 0;
  return quiet(holds ? 1n : 0n);
}

function extremum(format: Format, a: Datum, b: Datum, wanted: number): Outcome {
  const flags = a.isSignaling || b.isSignaling ? FLAG.NV : 0;
  if (a.isNaN && b.isNaN) return { value: format.canonicalNaN, flags };
  if (a.isNaN) return { value: b.bits, flags };
  if (b.isNaN) return { value: a.bits, flags };
  return quiet(order(a, b, true) === wanted ? a.bits : b.bits);
}

function classify(format: Format, a: Datum): Outcome {
  const isNormal = a.significand >> BigInt(format.precision - 1) !== 0n;
  const row = [a.isInfinite, isNormal, !a.isZero, true].indexOf(true);
  if (a.isNaN) return quiet(a.isSignaling ? 256n : 512n);
  return quiet(1n << BigInt(a.negative ? row : 7 - row));
}

function toInteger(a: Datum, bits: number, signed: boolean, mode: Mode): Outcome {
  const lowest = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const highest = lowest + (1n << BigInt(bits)) - 1n;
  // The register gets 32-bit results sign-extended, the unsigned ones too.
  const register = (value: bigint): bigint => BigInt.asUintN(64, BigInt.asIntN(bits, value));
  if (a.isNaN || (a.isInfinite && !a.negative)) return { value: register(highest), flags: FLAG.NV };
  if (a.isInfinite) return { value: register(lowest), flags: FLAG.NV };
  const x = exact(a.negative, a.significand, 1n, a.exponent);
  const magnitude = roundToMultiple(x, 0, mode);
  const value = a.negative ? -magnitude : magnitude;
  if (value < lowest) return { value: register(lowest), flags: FLAG.NV };
  if (value > highest) return { value: register(highest), flags: FLAG.NV };
  return { value: register(value), flags: compareWith(x, magnitude, 0) === 0 ? 0 : FLAG.NX };
}

function fromInteger(format: Format, value: bigint, mode: Mode): Outcome {
  if (value === 0n) return quiet(0n);
  return round(format, exact(value < 0n, value < 0n ? -value : value), mode);
}

function changeFormat(to: Format, a: Datum, mode: Mode): Outcome {
  const nan = ofNaNs(to, [a]);
  if (nan !== undefined) return nan;
  if (a.isInfinite) return quiet(infinityOf(to, a.negative));
  if (a.isZero) return quiet(zeroOf(to, a.negative));
  return round(to, exact(a.negative, a.significand, 1n, a.exponent), mode);
}

export function reference(routine: Routine, operands: readonly bigint[], rm: number): Outcome {
  const { format, operation } = routine;
  const mode = MODES[rm] ?? 'RNE';
  const conversion = /^(To|From)([IU])(32|64)$/.exec(operation);
  if (conversion !== null) {
    const bits = Number(conversion[3]);
    const signed = conversion[2] === 'I';
    const operand = operands[0] ?? 0n;
    if (conversion[1] === 'To') return toInteger(decode(format, operand), bits, signed, mode);
    return fromInteger(format, signed ? BigInt.asIntN(bits, operand) : BigInt.asUintN(bits, operand), mode);
  }
  const [a, b, c] = [0, 1, 2].map((index) => decode(format, operands[index] ?? 0n)) as [Datum, Datum, Datum];
  switch (operation) {
    case 'Add': return add(format, a, b, mode);
    case 'Sub': return add(format, a, b.isNaN ? b : decode(format, b.bits ^ signBit(format)), mode);
    case 'Mul': return multiply(format, a, b, mode);
    case 'Div': return divide(format, a, b, mode);
    case 'Sqrt': return squareRoot(format, a, mode);
    case 'MulAdd': return multiplyAdd(format, a, b, c, mode);
    case 'Min': return extremum(format, a, b, -1);
    case 'Max': return extremum(format, a, b, 1);
    case 'Class': return classify(format, a);
    case 'ToF32': return changeFormat(F32, a, mode);
    case 'ToF64': return changeFormat(F64, a, mode);
    default: return compare(a, b, operation);
  }
}
