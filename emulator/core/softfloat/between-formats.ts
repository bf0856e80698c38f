/** Conversions between the two formats (IEEE 754-2019, 5.4.2). */
import { isOrdinary, mayUseNative, resultOfNaN } from './environment.ts';
import { exponentOf, infinityBits, isNaNBits, magnitudeOf, signMask, signOf, significandOf } from './format.ts';
import { roundPack } from './round.ts';

/** Exact, except that a NaN becomes the canonical one. */
export function f32ToF64(hart: usize, a: u32): u64 {
  if (isNaNBits<f32>(a)) {
    resultOfNaN<f32>(hart, a, a);
    return 0x7ff8000000000000;
  }
  return reinterpret<u64>(reinterpret<f32>(a) as f64);
}

function narrow(hart: usize, a: u64, rm: i32): u64 {
  const magnitude = magnitudeOf<f64>(a);
  const sign: u64 = signOf<f64>(a) != 0 ? signMask<f32>() : 0;
  if (magnitude == 0) return sign;
  if (magnitude == infinityBits<f64>()) return sign | infinityBits<f32>();
  return roundPack<f32>(hart, sign, exponentOf<f64>(magnitude), significandOf<f64>(magnitude), rm);
}

export function f64ToF32(hart: usize, a: u64, rm: i32): u32 {
  if (isNaNBits<f64>(a)) {
    resultOfNaN<f64>(hart, a, a);
    return 0x7fc00000;
  }
  if (mayUseNative(hart, rm)) {
    const narrowed = reinterpret<u32>(reinterpret<f64>(a) as f32);
    if (isOrdinary<f32>(narrowed)) return narrowed;
  }
  return narrow(hart, a, rm) as u32;
}
