/** From the internal form (see format.ts) to an encoding: rounding, overflow, underflow. */
import {
  FLAG_INEXACT,
  FLAG_OVERFLOW,
  FLAG_UNDERFLOW,
  ROUND_DOWN,
  ROUND_NEAREST_AWAY,
  ROUND_NEAREST_EVEN,
  ROUND_TOWARD_ZERO,
  ROUND_UP,
  raiseFlags,
} from './environment.ts';
import { bitIf, exponentBias, fractionBits, infinityBits, smallestNormal } from './format.ts';

/** Shifts right by any distance >= 0; bit 0 of the result is sticky. */
export function shiftRightSticky(value: u64, distance: i32): u64 {
  if (distance == 0) return value;
  if (distance > 63) return bitIf(value != 0);
  return (value >> (distance as u64)) | bitIf((value << ((64 - distance) as u64)) != 0);
}

/**
 * Whether the magnitude grows when the bits of `significand` below bit `discard` (1..63) are cut off.
 * Roundings by definition: IEEE 754-2019, 4.3.
 */
function roundsAway(negative: bool, significand: u64, discard: u64, rm: i32): bool {
  const remainder = significand & (((1 as u64) << discard) - 1);
  const half = (1 as u64) << (discard - 1);
  if (rm == ROUND_NEAREST_EVEN) return remainder + ((significand >> discard) & 1) > half;
  if (rm == ROUND_TOWARD_ZERO) return false;
  if (rm == ROUND_NEAREST_AWAY) return remainder >= half;
  return remainder != 0 && negative == (rm == ROUND_DOWN);
}

/** Overflow goes to infinity, or to the largest finite number where rounding leads toward zero (IEEE 754-2019, 7.4). */
function overflowed<F>(hart: usize, sign: u64, rm: i32): u64 {
  raiseFlags(hart, FLAG_OVERFLOW | FLAG_INEXACT);
  const towardZero = rm == ROUND_TOWARD_ZERO || rm == (sign != 0 ? ROUND_UP : ROUND_DOWN);
  return sign | (infinityBits<F>() - bitIf(towardZero));
}

/** Rounds a nonzero value whose significand has bit 63 set; bit 0 may be sticky. */
export function roundPack<F>(hart: usize, sign: u64, exponent: i32, significand: u64, rm: i32): u64 {
  const discard = (63 - fractionBits<F>()) as u64;
  const negative = sign != 0;
  let biased = exponent + exponentBias<F>();
  let flags = FLAG_INEXACT;
  if (biased <= 0) {
    // Tiny after rounding: still below the smallest normal number when rounded as if the exponent were unbounded
    // (IEEE 754-2019, 7.5). Just below it, a carry out of an all-ones significand reaches it.
    const allOnes = (significand >> discard) == 2 * smallestNormal<F>() - 1;
    const reachesNormal = biased == 0 && allOnes && roundsAway(negative, significand, discard, rm);
    if (!reachesNormal) flags |= FLAG_UNDERFLOW;
    significand = shiftRightSticky(significand, 1 - biased);
    biased = 1;
  }
  const exact = (significand & (((1 as u64) << discard) - 1)) == 0;
  // The leading one of a normal number, and a carry out of the kept bits, each add 1 to the exponent field.
  const kept = (significand >> discard) + bitIf(roundsAway(negative, significand, discard, rm));
  const magnitude = ((biased - 1) as u64) * smallestNormal<F>() + kept;
  if (magnitude >= infinityBits<F>()) return overflowed<F>(hart, sign, rm);
  if (!exact) raiseFlags(hart, flags);
  return sign | magnitude;
}

/** `roundPack` for a significand that is not zero but may have leading zeros (one at most if it is sticky). */
export function normalizeRoundPack<F>(hart: usize, sign: u64, exponent: i32, significand: u64, rm: i32): u64 {
  const zeros = clz<u64>(significand);
  return roundPack<F>(hart, sign, exponent - (zeros as i32), significand << zeros, rm);
}
