/** Comparisons, minimum and maximum (RISC-V unprivileged ISA 20191213, 11.6 and 11.8). */
import { FLAG_INVALID, raiseFlags } from './environment.ts';
import { canonicalNaN, isNaNBits, isSignalingNaN } from './format.ts';

function raiseIfSignaling<F>(hart: usize, a: u64, b: u64): void {
  if (isSignalingNaN<F>(a) || isSignalingNaN<F>(b)) raiseFlags(hart, FLAG_INVALID);
}

function raiseIfNaN<F>(hart: usize, a: u64, b: u64): void {
  if (isNaNBits<F>(a) || isNaNBits<F>(b)) raiseFlags(hart, FLAG_INVALID);
}

/** minimumNumber or maximumNumber (IEEE 754-2019, 9.6) of operands of which at least one is a NaN. */
function extremumWithNaN<F>(hart: usize, a: u64, b: u64): u64 {
  raiseIfSignaling<F>(hart, a, b);
  if (!isNaNBits<F>(a)) return a;
  return isNaNBits<F>(b) ? canonicalNaN<F>() : b;
}

// WebAssembly's min and max order -0 below +0, as RISC-V does.

export function f32Min(hart: usize, a: u32, b: u32): u32 {
  if (isNaNBits<f32>(a) || isNaNBits<f32>(b)) return extremumWithNaN<f32>(hart, a, b) as u32;
  return reinterpret<u32>(min<f32>(reinterpret<f32>(a), reinterpret<f32>(b)));
}

export function f32Max(hart: usize, a: u32, b: u32): u32 {
  if (isNaNBits<f32>(a) || isNaNBits<f32>(b)) return extremumWithNaN<f32>(hart, a, b) as u32;
  return reinterpret<u32>(max<f32>(reinterpret<f32>(a), reinterpret<f32>(b)));
}

export function f64Min(hart: usize, a: u64, b: u64): u64 {
  if (isNaNBits<f64>(a) || isNaNBits<f64>(b)) return extremumWithNaN<f64>(hart, a, b);
  return reinterpret<u64>(min<f64>(reinterpret<f64>(a), reinterpret<f64>(b)));
}

export function f64Max(hart: usize, a: u64, b: u64): u64 {
  if (isNaNBits<f64>(a) || isNaNBits<f64>(b)) return extremumWithNaN<f64>(hart, a, b);
  return reinterpret<u64>(max<f64>(reinterpret<f64>(a), reinterpret<f64>(b)));
}

export function f32Eq(hart: usize, a: u32, b: u32): i32 {
  raiseIfSignaling<f32>(hart, a, b);
  return reinterpret<f32>(a) == reinterpret<f32>(b) ? 1 : 0;
}

export function f32Lt(hart: usize, a: u32, b: u32): i32 {
  raiseIfNaN<f32>(hart, a, b);
  return reinterpret<f32>(a) < reinterpret<f32>(b) ? 1 : 0;
}

export function f32Le(hart: usize, a: u32, b: u32): i32 {
  raiseIfNaN<f32>(hart, a, b);
  return reinterpret<f32>(a) <= reinterpret<f32>(b) ? 1 : 0;
}

export function f64Eq(hart: usize, a: u64, b: u64): i32 {
  raiseIfSignaling<f64>(hart, a, b);
  return reinterpret<f64>(a) == reinterpret<f64>(b) ? 1 : 0;
}

export function f64Lt(hart: usize, a: u64, b: u64): i32 {
  raiseIfNaN<f64>(hart, a, b);
  return reinterpret<f64>(a) < reinterpret<f64>(b) ? 1 : 0;
}

export function f64Le(hart: usize, a: u64, b: u64): i32 {
  raiseIfNaN<f64>(hart, a, b);
  return reinterpret<f64>(a) <= reinterpret<f64>(b) ? 1 : 0;
}
