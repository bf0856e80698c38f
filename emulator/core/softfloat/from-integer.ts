/** Conversions from integers (IEEE 754-2019, 5.4.1). */
import { roundPack } from './round.ts';
import { signMask } from './format.ts';

function fromMagnitude<F>(hart: usize, sign: u64, magnitude: u64, rm: i32): u64 {
  if (magnitude == 0) return 0;
  const zeros = clz<u64>(magnitude);
  return roundPack<F>(hart, sign, 63 - (zeros as i32), magnitude << zeros, rm);
}

function fromSigned<F>(hart: usize, value: i64, rm: i32): u64 {
  if (value < 0) return fromMagnitude<F>(hart, signMask<F>(), (0 - value) as u64, rm);
  return fromMagnitude<F>(hart, 0, value as u64, rm);
}

export function f32FromI32(hart: usize, value: i64, rm: i32): u32 {
  return fromSigned<f32>(hart, (value as i32) as i64, rm) as u32;
}

export function f32FromU32(hart: usize, value: i64, rm: i32): u32 {
  return fromMagnitude<f32>(hart, 0, (value as u32) as u64, rm) as u32;
}

export function f32FromI64(hart: usize, value: i64, rm: i32): u32 {
  return fromSigned<f32>(hart, value, rm) as u32;
}

export function f32FromU64(hart: usize, value: i64, rm: i32): u32 {
  return fromMagnitude<f32>(hart, 0, value as u64, rm) as u32;
}

/** Always exact. */
export function f64FromI32(_hart: usize, value: i64, _rm: i32): u64 {
  return reinterpret<u64>((value as i32) as f64);
}

/** Always exact. */
export function f64FromU32(_hart: usize, value: i64, _rm: i32): u64 {
  return reinterpret<u64>((value as u32) as f64);
}

export function f64FromI64(hart: usize, value: i64, rm: i32): u64 {
  return fromSigned<f64>(hart, value, rm);
}

export function f64FromU64(hart: usize, value: i64, rm: i32): u64 {
  return fromMagnitude<f64>(hart, 0, value as u64, rm);
}
