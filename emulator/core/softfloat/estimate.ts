/**
 * Division and square root of significands: WebAssembly's f64 operators give the 53-bit result that is nearest, integer
 * arithmetic its exact residual, and the sign of the residual is all that rounding still needs to know.
 */
import { bitIf } from './format.ts';

const ONE: u64 = 0x3ff0000000000000;
const FRACTION: u64 = 0x000fffffffffffff;
const HIDDEN_BIT: u64 = 0x0010000000000000;

/** A significand of 53 bits at most (top-aligned in 64 bits), as f64 in [1, 2). */
function toUnitRange(significand: u64): f64 {
  return reinterpret<f64>(ONE | ((significand >> 11) & FRACTION));
}

/** The 53-bit integer significand of an f64. */
function integerSignificand(value: f64): u64 {
  return (reinterpret<u64>(value) & FRACTION) | HIDDEN_BIT;
}

/** An estimate of 53 bits, top-aligned, moved off by one unit of bit 0 toward the exact value: bit 0 acts as sticky. */
function withResidual(estimate: u64, residual: i64): u64 {
  return (estimate << 11) + bitIf(residual > 0) - bitIf(residual < 0);
}

/**
 * a / b for significands with bit 63 set and 53 bits at most: the top-aligned quotient of a / b, or of 2a / b if a < b.
 * Bit 0 is sticky.
 */
export function divideSignificands(a: u64, b: u64): u64 {
  const doubled = bitIf(a < b);
  const quotient = integerSignificand((toUnitRange(a) / toUnitRange(b)) * (doubled ? 2.0 : 1.0));
  // |a * 2^52 - quotient * b| <= b / 2 < 2^52, so arithmetic modulo 2^64 gives it exactly.
  const residual = ((a >> 11) << (52 + doubled)) - quotient * (b >> 11);
  return withResidual(quotient, residual as i64);
}

/**
 * The top-aligned root of a significand with bit 63 set and 53 bits at most, or of its double if `doubled` is 1.
 * Bit 0 is sticky.
 */
export function squareRootOfSignificand(a: u64, doubled: u64): u64 {
  const root = integerSignificand(sqrt<f64>(toUnitRange(a) * (doubled ? 2.0 : 1.0)));
  // |a * 2^52 - root^2| <= root < 2^53, so arithmetic modulo 2^64 gives it exactly.
  const residual = ((a >> 11) << (52 + doubled)) - root * root;
  return withResidual(root, residual as i64);
}
