/** Multiplication (IEEE 754-2019, 5.4.1). */
import { invalid, isOrdinary, mayUseNative, resultOfNaN } from './environment.ts';
import { bitIf, exponentOf, infinityBits, isNaNBits, magnitudeOf, signOf, significandOf } from './format.ts';
import { normalizeRoundPack } from './round.ts';

/** The upper 64 bits of the 128-bit product; the lower ones are `a * b`. */
export function multiplyHigh(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const cross = aHigh * bLow + ((aLow * bLow) >> 32);
  const middle = aLow * bHigh + (cross & 0xffffffff);
  return aHigh * bHigh + (cross >> 32) + (middle >> 32);
}

/** A product of which at least one operand is infinite or NaN. */
function multiplySpecial<F>(hart: usize, a: u64, b: u64): u64 {
  if (isNaNBits<F>(a) || isNaNBits<F>(b)) return resultOfNaN<F>(hart, a, b);
  if (magnitudeOf<F>(a) == 0 || magnitudeOf<F>(b) == 0) return invalid<F>(hart);
  return signOf<F>(a ^ b) | infinityBits<F>();
}

function multiply<F>(hart: usize, a: u64, b: u64, rm: i32): u64 {
  const magnitudeA = magnitudeOf<F>(a);
  const magnitudeB = magnitudeOf<F>(b);
  if (magnitudeA >= infinityBits<F>() || magnitudeB >= infinityBits<F>()) return multiplySpecial<F>(hart, a, b);
  const sign = signOf<F>(a ^ b);
  if (magnitudeA == 0 || magnitudeB == 0) return sign;
  const significandA = significandOf<F>(magnitudeA);
  const significandB = significandOf<F>(magnitudeB);
  const sticky = bitIf(significandA * significandB != 0);
  const significand = multiplyHigh(significandA, significandB) | sticky;
  return normalizeRoundPack<F>(hart, sign, exponentOf<F>(magnitudeA) + exponentOf<F>(magnitudeB) + 1, significand, rm);
}

export function f32Mul(hart: usize, a: u32, b: u32, rm: i32): u32 {
  if (mayUseNative(hart, rm)) {
    const product = reinterpret<u32>(reinterpret<f32>(a) * reinterpret<f32>(b));
    if (isOrdinary<f32>(product)) return product;
  }
  return multiply<f32>(hart, a, b, rm) as u32;
}

export function f64Mul(hart: usize, a: u64, b: u64, rm: i32): u64 {
  if (mayUseNative(hart, rm)) {
    const product = reinterpret<u64>(reinterpret<f64>(a) * reinterpret<f64>(b));
    if (isOrdinary<f64>(product)) return product;
  }
  return multiply<f64>(hart, a, b, rm);
}
