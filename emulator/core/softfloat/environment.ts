/** Rounding modes, accrued exception flags, and when native arithmetic may stand in for ours. */
import { HART_FFLAGS } from '../layout.ts';
import { canonicalNaN, infinityBits, isSignalingNaN, magnitudeOf, smallestNormal } from './format.ts';

// Rounding modes (RISC-V unprivileged ISA 20191213, table 11.1).
export const ROUND_NEAREST_EVEN = 0;
export const ROUND_TOWARD_ZERO = 1;
export const ROUND_DOWN = 2;
export const ROUND_UP = 3;
export const ROUND_NEAREST_AWAY = 4;

// Bits of fflags (RISC-V unprivileged ISA 20191213, table 11.2).
export const FLAG_INEXACT = 1;
export const FLAG_UNDERFLOW = 2;
export const FLAG_OVERFLOW = 4;
export const FLAG_DIVIDE_BY_ZERO = 8;
export const FLAG_INVALID = 16;

export function raiseFlags(hart: usize, flags: i32): void {
  store<i32>(hart, load<i32>(hart, HART_FFLAGS) | flags, HART_FFLAGS);
}

/** The result of an invalid operation. */
export function invalid<F>(hart: usize): u64 {
  raiseFlags(hart, FLAG_INVALID);
  return canonicalNaN<F>();
}

/** The result of a quiet operation with at least one NaN operand: canonical, invalid only if one signals. */
export function resultOfNaN<F>(hart: usize, a: u64, b: u64): u64 {
  if (isSignalingNaN<F>(a) || isSignalingNaN<F>(b)) raiseFlags(hart, FLAG_INVALID);
  return canonicalNaN<F>();
}

/**
 * Whether WebAssembly's own operators may be tried: they round to nearest even and report no flags, so inexact must be
 * raised already. The result shows whether another flag is due, see `isOrdinary` and `isFiniteBits`.
 */
export function mayUseNative(hart: usize, rm: i32): bool {
  return (rm | (~load<i32>(hart, HART_FFLAGS) & FLAG_INEXACT)) == ROUND_NEAREST_EVEN;
}

/** A finite result rules out overflow, division by zero and invalid. */
export function isFiniteBits<F>(bits: u64): bool {
  return magnitudeOf<F>(bits) < infinityBits<F>();
}

/** A finite result above the smallest normal number rules out underflow too, wherever tininess is detected. */
export function isOrdinary<F>(bits: u64): bool {
  const lowest = smallestNormal<F>() + 1;
  return magnitudeOf<F>(bits) - lowest < infinityBits<F>() - lowest;
}
