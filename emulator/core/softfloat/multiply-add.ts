/** Fused multiply-add: a * b + c, rounded once (IEEE 754-2019, 5.4.1), on 128-bit significands: high and low half. */
import { addWithZero, signOfCancellation } from './add.ts';
import { invalid, isOrdinary, mayUseNative, raiseFlags, FLAG_INVALID } from './environment.ts';
import {
  bitIf,
  canonicalNaN,
  exponentOf,
  infinityBits,
  isNaNBits,
  isSignalingNaN,
  magnitudeOf,
  signOf,
  significandOf,
} from './format.ts';
import { multiplyHigh } from './multiply.ts';
import { normalizeRoundPack, roundPack, shiftRightSticky } from './round.ts';

/** At least one operand is infinite or NaN. */
function multiplyAddSpecial<F>(hart: usize, a: u64, b: u64, c: u64): u64 {
  const infinity = infinityBits<F>();
  const magnitudeA = magnitudeOf<F>(a);
  const magnitudeB = magnitudeOf<F>(b);
  // RISC-V: infinity times zero is invalid even if c is a quiet NaN (unprivileged ISA 20191213, 11.6).
  const invalidProduct = (magnitudeA == infinity && magnitudeB == 0) || (magnitudeA == 0 && magnitudeB == infinity);
  if (invalidProduct || isSignalingNaN<F>(a) || isSignalingNaN<F>(b) || isSignalingNaN<F>(c)) {
    raiseFlags(hart, FLAG_INVALID);
    return canonicalNaN<F>();
  }
  if (isNaNBits<F>(a) || isNaNBits<F>(b) || isNaNBits<F>(c)) return canonicalNaN<F>();
  if (magnitudeA != infinity && magnitudeB != infinity) return c;
  const product = signOf<F>(a ^ b) | infinity;
  return magnitudeOf<F>(c) == infinity && c != product ? invalid<F>(hart) : product;
}

/** The high half of (high, low) >> distance, 0 <= distance. */
function shiftRightHigh(high: u64, distance: i32): u64 {
  return distance > 63 ? 0 : high >> (distance as u64);
}

/** The low half of (high, low) >> distance, 0 <= distance; bit 0 is sticky. */
function shiftRightLow(high: u64, low: u64, distance: i32): u64 {
  if (distance == 0) return low;
  if (distance > 63) return shiftRightSticky(high, distance - 64) | bitIf(low != 0);
  return (high << ((64 - distance) as u64)) | shiftRightSticky(low, distance);
}

/** Rounds a nonzero 128-bit significand; bit 127 stands for 2^exponent. */
function roundPackWide<F>(hart: usize, sign: u64, exponent: i32, high: u64, low: u64, rm: i32): u64 {
  if (high == 0) return normalizeRoundPack<F>(hart, sign, exponent - 64, low, rm);
  const zeros = clz<u64>(high);
  const shifted = zeros == 0 ? high : (high << zeros) | (low >> (64 - zeros));
  return roundPack<F>(hart, sign, exponent - (zeros as i32), shifted | bitIf((low << zeros) != 0), rm);
}

/**
 * The sum of a product and c, nonzero values of which bit 127 of the significand is set and stands for 2^exponent.
 * The product has 106 bits at most and c has 53: a sticky bit appears only at distances where cancellation removes one
 * leading bit at most.
 */
function addWide<F>(
  hart: usize, signP: u64, exponentP: i32, highP: u64, lowP: u64, signC: u64, exponentC: i32, highC: u64, rm: i32,
): u64 {
  const productIsLarger =
    exponentP != exponentC ? exponentP > exponentC : highP != highC ? highP > highC : true;
  const sign = productIsLarger ? signP : signC;
  const exponent = (productIsLarger ? exponentP : exponentC) + 1;
  const high = productIsLarger ? highP : highC;
  const low: u64 = productIsLarger ? lowP : 0;
  const otherHigh = productIsLarger ? highC : highP;
  const otherLow: u64 = productIsLarger ? 0 : lowP;
  // One bit of room for the carry.
  const topHigh = high >> 1;
  const topLow = (high << 63) | (low >> 1);
  const distance = (productIsLarger ? exponentP - exponentC : exponentC - exponentP) + 1;
  const alignedHigh = shiftRightHigh(otherHigh, distance);
  const alignedLow = shiftRightLow(otherHigh, otherLow, distance);
  if (signP == signC) {
    const sumLow = topLow + alignedLow;
    const carry = bitIf(sumLow < topLow);
    return roundPackWide<F>(hart, sign, exponent, topHigh + alignedHigh + carry, sumLow, rm);
  }
  const borrow = bitIf(topLow < alignedLow);
  const differenceHigh = topHigh - alignedHigh - borrow;
  const differenceLow = topLow - alignedLow;
  if ((differenceHigh | differenceLow) == 0) return signOfCancellation<F>(rm);
  return roundPackWide<F>(hart, sign, exponent, differenceHigh, differenceLow, rm);
}

function multiplyAdd<F>(hart: usize, a: u64, b: u64, c: u64, rm: i32): u64 {
  const magnitudeA = magnitudeOf<F>(a);
  const magnitudeB = magnitudeOf<F>(b);
  const magnitudeC = magnitudeOf<F>(c);
  const infinity = infinityBits<F>();
  if (magnitudeA >= infinity || magnitudeB >= infinity || magnitudeC >= infinity) {
    return multiplyAddSpecial<F>(hart, a, b, c);
  }
  const sign = signOf<F>(a ^ b);
  if (magnitudeA == 0 || magnitudeB == 0) return addWithZero<F>(sign, c, rm);
  const significandA = significandOf<F>(magnitudeA);
  const significandB = significandOf<F>(magnitudeB);
  let exponent = exponentOf<F>(magnitudeA) + exponentOf<F>(magnitudeB) + 1;
  let high = multiplyHigh(significandA, significandB);
  let low = significandA * significandB;
  if ((high >> 63) == 0) {
    high = (high << 1) | (low >> 63);
    low <<= 1;
    exponent -= 1;
  }
  if (magnitudeC == 0) return roundPack<F>(hart, sign, exponent, high | bitIf(low != 0), rm);
  return addWide<F>(
    hart, sign, exponent, high, low, signOf<F>(c), exponentOf<F>(magnitudeC), significandOf<F>(magnitudeC), rm,
  );
}

/**
 * In f64 the product of two singles is exact, and rounding the sum to f64 first does no harm unless the sum then looks
 * like a tie between two singles.
 */
export function f32MulAdd(hart: usize, a: u32, b: u32, c: u32, rm: i32): u32 {
  if (mayUseNative(hart, rm)) {
    const sum = (reinterpret<f32>(a) as f64) * (reinterpret<f32>(b) as f64) + (reinterpret<f32>(c) as f64);
    const result = reinterpret<u32>(sum as f32);
    const looksLikeTie = (reinterpret<u64>(sum) & 0x1fffffff) == 0x10000000;
    if (!looksLikeTie && isOrdinary<f32>(result)) return result;
  }
  return multiplyAdd<f32>(hart, a, b, c, rm) as u32;
}

/** 2^27 + 1 splits a significand of 53 bits into two of 26 (T. J. Dekker, "A floating-point technique", 1971). */
const SPLITTER: f64 = 134217729;
/** Between these magnitudes products and their errors are neither too large nor too small to be represented. */
const FACTOR_MIN: f64 = 3.872591914849318e-121; // 2^-400
const FACTOR_MAX: f64 = 2.582249878086909e120; // 2^400
const ADDEND_MAX: f64 = 8.452712498170644e270; // 2^900
/** More than the relative error of the sum that it is applied to: 2^-51. */
const MARGIN: f64 = 4.440892098500626e-16;

@inline
function isFactor(value: f64): bool {
  const magnitude = abs<f64>(value);
  return magnitude > FACTOR_MIN && magnitude < FACTOR_MAX;
}

/** The error of `product` = a * b rounded to nearest, which is a double (Dekker). */
@inline
function errorOfProduct(a: f64, b: f64, product: f64): f64 {
  const scaledA = SPLITTER * a;
  const highA = scaledA - (scaledA - a);
  const lowA = a - highA;
  const scaledB = SPLITTER * b;
  const highB = scaledB - (scaledB - b);
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

/**
 * a * b + c = sum + what rounding took from the product and from the sum, exactly. Those two are added with a relative error of
 * 2^-53; where the result is the same a little below and a little above, it is right (rounding is monotonic). Ties and what comes close
 * to them are left to the general way.
 */
export function f64MulAdd(hart: usize, a: u64, b: u64, c: u64, rm: i32): u64 {
  if (mayUseNative(hart, rm)) {
    const factorA = reinterpret<f64>(a);
    const factorB = reinterpret<f64>(b);
    const addend = reinterpret<f64>(c);
    if (isFactor(factorA) && isFactor(factorB) && abs<f64>(addend) < ADDEND_MAX) {
      const product = factorA * factorB;
      const sum = product + addend;
      // Dekker: exact because the larger comes first.
      const productIsLarger = abs<f64>(product) >= abs<f64>(addend);
      const larger = productIsLarger ? product : addend;
      const smaller = productIsLarger ? addend : product;
      const rest = smaller - (sum - larger) + errorOfProduct(factorA, factorB, product);
      const margin = rest * MARGIN;
      const result = sum + (rest - margin);
      if (result == sum + (rest + margin) && isOrdinary<f64>(reinterpret<u64>(result))) return reinterpret<u64>(result);
    }
  }
  return multiplyAdd<f64>(hart, a, b, c, rm);
}
