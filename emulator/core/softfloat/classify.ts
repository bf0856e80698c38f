/** fclass: one bit of ten (RISC-V unprivileged ISA 20191213, table 11.5). */
import { infinityBits, isNaNBits, isSignalingNaN, magnitudeOf, signOf, smallestNormal } from './format.ts';

const SIGNALING_NAN = 1 << 8;
const QUIET_NAN = 1 << 9;

function classify<F>(bits: u64): i32 {
  if (isNaNBits<F>(bits)) return isSignalingNaN<F>(bits) ? SIGNALING_NAN : QUIET_NAN;
  const magnitude = magnitudeOf<F>(bits);
  let distance = 3;
  if (magnitude == 0) distance = 0;
  else if (magnitude < smallestNormal<F>()) distance = 1;
  else if (magnitude < infinityBits<F>()) distance = 2;
  // Bits 3..0 are -0, negative subnormal, negative normal, -infinity; bits 4..7 the same with a positive sign.
  const bit = signOf<F>(bits) != 0 ? 3 - distance : 4 + distance;
  return 1 << bit;
}

export function f32Class(a: u32): i32 {
  return classify<f32>(a);
}

export function f64Class(a: u64): i32 {
  return classify<f64>(a);
}
