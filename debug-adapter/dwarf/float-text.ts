/** Binary floating-point numbers as text: the fewest digits that name the number. */

/** Exponent and fraction widths of IEEE 754 formats by size in bits. */
const FORMATS: ReadonlyMap<number, { readonly exponentBits: number; readonly fractionBits: number }> = new Map([
  [16, { exponentBits: 5, fractionBits: 10 }], [32, { exponentBits: 8, fractionBits: 23 }],
  [64, { exponentBits: 11, fractionBits: 52 }], [128, { exponentBits: 15, fractionBits: 112 }],
]);

/** A finite number is `significand` * 2 ** `exponent`. */
interface Parts { readonly isNegative: boolean; readonly significand: bigint; readonly exponent: number; readonly special: 'nan' | 'inf' | undefined; readonly isPower: boolean }

function partsOfFloat(raw: bigint, sizeBits: number): Parts | undefined {
  const format = FORMATS.get(sizeBits);
  if (format === undefined) return undefined;
  const { exponentBits, fractionBits } = format;
  const isNegative = raw >> BigInt(sizeBits - 1) === 1n;
  const field = Number((raw >> BigInt(fractionBits)) & ((1n << BigInt(exponentBits)) - 1n));
  const fraction = raw & ((1n << BigInt(fractionBits)) - 1n);
  const bias = 2 ** (exponentBits - 1) - 1;
  if (field === 2 ** exponentBits - 1) return { isNegative, significand: 0n, exponent: 0, special: fraction === 0n ? 'inf' : 'nan', isPower: false };
  const isNormal = field > 0;
  const significand = isNormal ? fraction | (1n << BigInt(fractionBits)) : fraction;
  return { isNegative, significand, exponent: (isNormal ? field : 1) - bias - fractionBits, special: undefined, isPower: isNormal && fraction === 0n && field > 1 };
}

/** The text of a number by its bits. */
export function floatText(raw: bigint, sizeBits: number): string {
  const parts = partsOfFloat(raw, sizeBits);
  if (parts === undefined) return `0x${raw.toString(16)}`;
  const sign = parts.isNegative && parts.special !== 'nan' ? '-' : '';
  if (parts.special !== undefined) return sign + parts.special;
  if (parts.significand === 0n) return `${sign}0`;
  const { digits, exponent } = shortestDigits(parts);
  return sign + layOut(digits, exponent);
}

/**
 * The fewest decimal digits d1d2... such that 0.d1d2... * 10 ** exponent is nearer to the number than to its neighbours
 * (Steele and White, "How to print floating-point numbers accurately", with whole numbers).
 */
function shortestDigits({ significand, exponent, isPower }: Parts): { digits: string; exponent: number } {
  const up = BigInt(Math.max(exponent, 0));
  const down = BigInt(Math.max(-exponent, 0));
  // Twice the number is numerator / denominator; a half of the gap to a neighbour is low or high.
  let numerator = significand << (up + 2n);
  let denominator = 1n << (down + 2n);
  let high = 1n << (up + 1n);
  let low = isPower ? 1n << up : high;
  let scale = Math.ceil(((significand.toString(2).length + exponent) * Math.LN2) / Math.LN10) - 1;
  if (scale >= 0) denominator *= 10n ** BigInt(scale);
  else [numerator, high, low] = [numerator, high, low].map((value) => value * 10n ** BigInt(-scale)) as [bigint, bigint, bigint];
  const isEven = (significand & 1n) === 0n;
  while (isEven ? numerator + high >= denominator : numerator + high > denominator) {
    denominator *= 10n;
    scale++;
  }
  let digits = '';
  for (;;) {
    numerator *= 10n;
    high *= 10n;
    low *= 10n;
    let digit = numerator / denominator;
    numerator %= denominator;
    const isLow = isEven ? numerator <= low : numerator < low;
    const isHigh = isEven ? numerator + high >= denominator : numerator + high > denominator;
    const isNearer = numerator * 2n < denominator || (numerator * 2n === denominator && (digit & 1n) === 0n);
    if (isLow && (!isHigh || isNearer)) return { digits: digits + digit.toString(), exponent: scale };
    if (isHigh) {
      digit++;
      return { digits: digits + digit.toString(), exponent: scale };
    }
    digits += digit.toString();
  }
}

/** As JavaScript writes numbers: plain up to 21 digits, else with an exponent. */
function layOut(digits: string, exponent: number): string {
  if (digits.length <= exponent && exponent <= 21) return digits + '0'.repeat(exponent - digits.length);
  if (exponent > 0 && exponent <= 21) return `${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
  if (exponent > -6 && exponent <= 0) return `0.${'0'.repeat(-exponent)}${digits}`;
  const power = exponent - 1;
  return `${digits.slice(0, 1)}${digits.length > 1 ? `.${digits.slice(1)}` : ''}e${power < 0 ? '-' : '+'}${Math.abs(power)}`;
}

const view = new DataView(new ArrayBuffer(8));

/** The number by its bits, rounded to a double where it has more. Undefined for other sizes. */
export function numberOfFloat(raw: bigint, sizeBits: number): number | undefined {
  if (sizeBits === 32) {
    view.setUint32(0, Number(raw));
    return view.getFloat32(0);
  }
  if (sizeBits === 64) {
    view.setBigUint64(0, raw);
    return view.getFloat64(0);
  }
  const parts = partsOfFloat(raw, sizeBits);
  if (parts === undefined) return undefined;
  const { isNegative, significand, exponent, special } = parts;
  const sign = isNegative ? -1 : 1;
  if (special !== undefined) return special === 'nan' ? NaN : sign * Infinity;
  if (significand === 0n) return sign * 0;
  // Beyond 64 bits only whether anything is there matters for rounding.
  const extra = Math.max(significand.toString(2).length - 64, 0);
  const kept = significand >> BigInt(extra);
  const sticky = kept << BigInt(extra) === significand ? 0n : 1n;
  return sign * scaled(Number(kept | sticky), exponent + extra);
}

/** value * 2 ** exponent, without overflow on the way. */
function scaled(value: number, exponent: number): number {
  let result = value;
  let rest = exponent;
  while (rest > 1000) {
    if (!Number.isFinite(result)) return result;
    result *= 2 ** 1000;
    rest -= 1000;
  }
  while (rest < -1000) {
    if (result === 0) return result;
    result *= 2 ** -1000;
    rest += 1000;
  }
  return result * 2 ** rest;
}

/** The bits of a number in a format of 16, 32, 64 or 128 bits, rounded to nearest even. */
export function bitsOfNumber(value: number, sizeBits: number): bigint {
  if (sizeBits === 32) {
    view.setFloat32(0, value);
    return BigInt(view.getUint32(0));
  }
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  if (sizeBits === 64) return bits;
  return sizeBits === 128 ? widen(bits) : narrow(value, bits);
}

/** binary64 to binary128: exact. */
function widen(bits: bigint): bigint {
  const sign = (bits >> 63n) << 127n;
  const field = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  if (field === 0x7ff) return sign | (0x7fffn << 112n) | (fraction << 60n);
  if (field === 0 && fraction === 0n) return sign;
  if (field > 0) return sign | (BigInt(field - 1023 + 16383) << 112n) | (fraction << 60n);
  const length = fraction.toString(2).length;
  return sign | (BigInt(length - 1075 + 16383) << 112n) | ((fraction << BigInt(113 - length)) & ((1n << 112n) - 1n));
}

/** To binary16. */
function narrow(value: number, bits: bigint): bigint {
  const sign = (bits >> 63n) << 15n;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00n;
  if (size >= 65520) return sign | 0x7c00n;
  const exponent = Math.max(Math.floor(Math.log2(size === 0 ? 2 ** -14 : size)), -14);
  const units = size / 2 ** (exponent - 10);
  const floor = Math.floor(units);
  const rest = units - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  // A carry out of the fraction goes into the exponent by itself.
  return sign | (rounded < 1024 ? BigInt(rounded) : BigInt((exponent + 15) * 1024 + rounded - 1024));
}
