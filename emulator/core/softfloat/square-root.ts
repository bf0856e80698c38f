/** Square root (IEEE 754-2019, 5.4.1). */
import { invalid, isOrdinary, mayUseNative, resultOfNaN } from './environment.ts';
import { squareRootOfSignificand } from './estimate.ts';
import { exponentOf, infinityBits, isNaNBits, magnitudeOf, signOf, significandOf } from './format.ts';
import { roundPack } from './round.ts';

function squareRoot<F>(hart: usize, a: u64, rm: i32): u64 {
  if (isNaNBits<F>(a)) return resultOfNaN<F>(hart, a, a);
  if (magnitudeOf<F>(a) == 0) return a;
  if (signOf<F>(a) != 0) return invalid<F>(hart);
  if (a == infinityBits<F>()) return a;
  const exponent = exponentOf<F>(a);
  const significand = squareRootOfSignificand(significandOf<F>(a), (exponent & 1) as u64);
  return roundPack<F>(hart, 0, exponent >> 1, significand, rm);
}

export function f32Sqrt(hart: usize, a: u32, rm: i32): u32 {
  if (mayUseNative(hart, rm)) {
    const root = reinterpret<u32>(sqrt<f32>(reinterpret<f32>(a)));
    if (isOrdinary<f32>(root)) return root;
  }
  return squareRoot<f32>(hart, a, rm) as u32;
}

export function f64Sqrt(hart: usize, a: u64, rm: i32): u64 {
  if (mayUseNative(hart, rm)) {
    const root = reinterpret<u64>(sqrt<f64>(reinterpret<f64>(a)));
    if (isOrdinary<f64>(root)) return root;
  }
  return squareRoot<f64>(hart, a, rm);
}
