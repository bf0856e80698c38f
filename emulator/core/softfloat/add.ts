/** Addition and subtraction (IEEE 754-2019, 5.4.1 and 6.3). */
import { ROUND_DOWN, invalid, isFiniteBits, mayUseNative, resultOfNaN } from './environment.ts';
import { exponentOf, infinityBits, isNaNBits, magnitudeOf, signMask, signOf, significandOf } from './format.ts';
import { normalizeRoundPack, shiftRightSticky } from './round.ts';

/** The sign of a sum that is exactly zero of operands with different signs (IEEE 754-2019, 6.3). */
export function signOfCancellation<F>(rm: i32): u64 {
  return rm == ROUND_DOWN ? signMask<F>() : 0;
}

/** A sum of which at least one operand is zero, and none infinite or NaN: always exact. */
export function addWithZero<F>(a: u64, b: u64, rm: i32): u64 {
  if (magnitudeOf<F>(a) != 0) return a;
  if (magnitudeOf<F>(b) != 0 || a == b) return b;
  return signOfCancellation<F>(rm);
}

/** A sum of which at least one operand is infinite or NaN. */
function addSpecial<F>(hart: usize, a: u64, b: u64): u64 {
  if (isNaNBits<F>(a) || isNaNBits<F>(b)) return resultOfNaN<F>(hart, a, b);
  if (magnitudeOf<F>(a) != infinityBits<F>()) return b;
  if (magnitudeOf<F>(b) == infinityBits<F>() && a != b) return invalid<F>(hart);
  return a;
}

function add<F>(hart: usize, a: u64, b: u64, rm: i32): u64 {
  const magnitudeA = magnitudeOf<F>(a);
  const magnitudeB = magnitudeOf<F>(b);
  if (magnitudeA >= infinityBits<F>() || magnitudeB >= infinityBits<F>()) return addSpecial<F>(hart, a, b);
  if (magnitudeA == 0 || magnitudeB == 0) return addWithZero<F>(a, b, rm);
  const opposite = signOf<F>(a) != signOf<F>(b);
  if (opposite && magnitudeA == magnitudeB) return signOfCancellation<F>(rm);

  const aIsLarger = magnitudeA >= magnitudeB;
  const larger = aIsLarger ? magnitudeA : magnitudeB;
  const smaller = aIsLarger ? magnitudeB : magnitudeA;
  const sign = signOf<F>(aIsLarger ? a : b);
  const exponent = exponentOf<F>(larger);
  // One bit of room for the carry. The significands have at least 11 zero bits at the end, so a sticky bit appears only
  // with a distance of 11 or more, and then cancellation removes one leading bit at most.
  const top = significandOf<F>(larger) >> 1;
  const aligned = shiftRightSticky(significandOf<F>(smaller) >> 1, exponent - exponentOf<F>(smaller));
  return normalizeRoundPack<F>(hart, sign, exponent + 1, opposite ? top - aligned : top + aligned, rm);
}

// A subnormal sum is exact, so a finite native sum needs no look at underflow.

export function f32Add(hart: usize, a: u32, b: u32, rm: i32): u32 {
  if (mayUseNative(hart, rm)) {
    const sum = reinterpret<u32>(reinterpret<f32>(a) + reinterpret<f32>(b));
    if (isFiniteBits<f32>(sum)) return sum;
  }
  return add<f32>(hart, a, b, rm) as u32;
}

export function f64Add(hart: usize, a: u64, b: u64, rm: i32): u64 {
  if (mayUseNative(hart, rm)) {
    const sum = reinterpret<u64>(reinterpret<f64>(a) + reinterpret<f64>(b));
    if (isFiniteBits<f64>(sum)) return sum;
  }
  return add<f64>(hart, a, b, rm);
}

/** a - b = a + (-b); for a NaN the sign does not matter. */
export function f32Sub(hart: usize, a: u32, b: u32, rm: i32): u32 {
  return f32Add(hart, a, b ^ (signMask<f32>() as u32), rm);
}

export function f64Sub(hart: usize, a: u64, b: u64, rm: i32): u64 {
  return f64Add(hart, a, b ^ signMask<f64>(), rm);
}
