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

export function f64MulAdd(hart: usize, a: u64, b: u64, c: u64, rm: i32): u64 {
  return multiplyAdd<f64>(hart, a, b, c, rm);
}
