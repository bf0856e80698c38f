/**
 * Conversions to integers (RISC-V unprivileged ISA 20191213, 11.7 and table 11.4). A single converts to f64 exactly and
 * then goes the same way. WebAssembly's rounding operators are exact, and flags follow from their result.
 */
import {
  FLAG_INEXACT,
  FLAG_INVALID,
  ROUND_DOWN,
  ROUND_NEAREST_EVEN,
  ROUND_TOWARD_ZERO,
  ROUND_UP,
  raiseFlags,
} from './environment.ts';

/** The integral value that `value` rounds to; a NaN stays one. */
function roundToIntegral(value: f64, rm: i32): f64 {
  if (rm == ROUND_TOWARD_ZERO) return trunc<f64>(value);
  if (rm == ROUND_NEAREST_EVEN) return nearest<f64>(value);
  if (rm == ROUND_DOWN) return floor<f64>(value);
  if (rm == ROUND_UP) return ceil<f64>(value);
  const truncated = trunc<f64>(value);
  // Both steps are exact: a value with a fraction is below 2^52.
  return abs<f64>(value - truncated) >= 0.5 ? truncated + copysign<f64>(1.0, value) : truncated;
}

/**
 * The rounded value, or NaN with the invalid flag raised if it is not in [lowest, limit). Invalid excludes inexact
 * (IEEE 754-2019, 7.1).
 */
function roundInto(hart: usize, value: f64, lowest: f64, limit: f64, rm: i32): f64 {
  const rounded = roundToIntegral(value, rm);
  if (!(rounded >= lowest && rounded < limit)) {
    raiseFlags(hart, FLAG_INVALID);
    return NaN;
  }
  if (rounded != value) raiseFlags(hart, FLAG_INEXACT);
  return rounded;
}

/** What an invalid conversion gives: the lowest integer below the range, else (NaN included) the highest. */
function saturate(value: f64, lowest: i64, highest: i64): i64 {
  return value < 0.0 ? lowest : highest;
}

export function f64ToI32(hart: usize, a: u64, rm: i32): i64 {
  return toI32(hart, reinterpret<f64>(a), rm);
}

export function f64ToU32(hart: usize, a: u64, rm: i32): i64 {
  return toU32(hart, reinterpret<f64>(a), rm);
}

export function f64ToI64(hart: usize, a: u64, rm: i32): i64 {
  return toI64(hart, reinterpret<f64>(a), rm);
}

export function f64ToU64(hart: usize, a: u64, rm: i32): i64 {
  return toU64(hart, reinterpret<f64>(a), rm);
}

export function f32ToI32(hart: usize, a: u32, rm: i32): i64 {
  return toI32(hart, reinterpret<f32>(a) as f64, rm);
}

export function f32ToU32(hart: usize, a: u32, rm: i32): i64 {
  return toU32(hart, reinterpret<f32>(a) as f64, rm);
}

export function f32ToI64(hart: usize, a: u32, rm: i32): i64 {
  return toI64(hart, reinterpret<f32>(a) as f64, rm);
}

export function f32ToU64(hart: usize, a: u32, rm: i32): i64 {
  return toU64(hart, reinterpret<f32>(a) as f64, rm);
}

function toI32(hart: usize, value: f64, rm: i32): i64 {
  const rounded = roundInto(hart, value, -2147483648.0, 2147483648.0, rm);
  return rounded == rounded ? (rounded as i64) : saturate(value, -0x80000000, 0x7fffffff);
}

/** The 32-bit result is sign-extended, although unsigned. */
function toU32(hart: usize, value: f64, rm: i32): i64 {
  const rounded = roundInto(hart, value, 0.0, 4294967296.0, rm);
  return rounded == rounded ? ((rounded as u32) as i32) as i64 : saturate(value, 0, -1);
}

function toI64(hart: usize, value: f64, rm: i32): i64 {
  const rounded = roundInto(hart, value, -9223372036854775808.0, 9223372036854775808.0, rm);
  return rounded == rounded ? (rounded as i64) : saturate(value, i64.MIN_VALUE, i64.MAX_VALUE);
}

function toU64(hart: usize, value: f64, rm: i32): i64 {
  const rounded = roundInto(hart, value, 0.0, 18446744073709551616.0, rm);
  return rounded == rounded ? ((rounded as u64) as i64) : saturate(value, 0, -1);
}
