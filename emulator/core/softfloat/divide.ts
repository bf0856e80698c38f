/** Division (IEEE 754-2019, 5.4.1). */
import { FLAG_DIVIDE_BY_ZERO, invalid, isOrdinary, mayUseNative, raiseFlags, resultOfNaN } from './environment.ts';
import { divideSignificands } from './estimate.ts';
import { exponentOf, infinityBits, isNaNBits, magnitudeOf, signOf, significandOf } from './format.ts';
import { roundPack } from './round.ts';

/** A quotient of which at least one operand is infinite or NaN. */
function divideSpecial<F>(hart: usize, a: u64, b: u64): u64 {
  if (isNaNBits<F>(a) || isNaNBits<F>(b)) return resultOfNaN<F>(hart, a, b);
  const sign = signOf<F>(a ^ b);
  if (magnitudeOf<F>(a) != infinityBits<F>()) return sign;
  if (magnitudeOf<F>(b) == infinityBits<F>()) return invalid<F>(hart);
  return sign | infinityBits<F>();
}

function divide<F>(hart: usize, a: u64, b: u64, rm: i32): u64 {
  const magnitudeA = magnitudeOf<F>(a);
  const magnitudeB = magnitudeOf<F>(b);
  if (magnitudeA >= infinityBits<F>() || magnitudeB >= infinityBits<F>()) return divideSpecial<F>(hart, a, b);
  const sign = signOf<F>(a ^ b);
  if (magnitudeB == 0) {
    if (magnitudeA == 0) return invalid<F>(hart);
    raiseFlags(hart, FLAG_DIVIDE_BY_ZERO);
    return sign | infinityBits<F>();
  }
  if (magnitudeA == 0) return sign;
  const significandA = significandOf<F>(magnitudeA);
  const significandB = significandOf<F>(magnitudeB);
  const exponent = exponentOf<F>(magnitudeA) - exponentOf<F>(magnitudeB) - (significandA < significandB ? 1 : 0);
  return roundPack<F>(hart, sign, exponent, divideSignificands(significandA, significandB), rm);
}

export function f32Div(hart: usize, a: u32, b: u32, rm: i32): u32 {
  if (mayUseNative(hart, rm)) {
    const quotient = reinterpret<u32>(reinterpret<f32>(a) / reinterpret<f32>(b));
    if (isOrdinary<f32>(quotient)) return quotient;
  }
  return divide<f32>(hart, a, b, rm) as u32;
}

export function f64Div(hart: usize, a: u64, b: u64, rm: i32): u64 {
  if (mayUseNative(hart, rm)) {
    const quotient = reinterpret<u64>(reinterpret<f64>(a) / reinterpret<f64>(b));
    if (isOrdinary<f64>(quotient)) return quotient;
  }
  return divide<f64>(hart, a, b, rm);
}
