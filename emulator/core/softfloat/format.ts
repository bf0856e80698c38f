/**
 * Encodings of the two formats (IEEE 754-2019, 3.4). Functions are generic in `F`, which is f32 or f64.
 *
 * Encodings travel as u64 in both formats (a single in the low 32 bits). A sign is a u64 with nothing but the sign bit
 * of the encoding, so it can be ORed in; a magnitude is an encoding without its sign.
 *
 * Arithmetic works on one internal form for both formats: a nonzero finite value is
 * significand / 2^63 * 2^exponent with bit 63 of the u64 significand set. Bit 0 may be "sticky": set when any lower
 * bits of the exact value are not zero.
 */

export function fractionBits<F>(): i32 {
  return sizeof<F>() == 8 ? 52 : 23;
}

export function exponentBias<F>(): i32 {
  return sizeof<F>() == 8 ? 1023 : 127;
}

export function signMask<F>(): u64 {
  return sizeof<F>() == 8 ? 0x8000000000000000 : 0x80000000;
}

export function infinityBits<F>(): u64 {
  return sizeof<F>() == 8 ? 0x7ff0000000000000 : 0x7f800000;
}

/** Magnitude of the smallest normal number. */
export function smallestNormal<F>(): u64 {
  return sizeof<F>() == 8 ? 0x0010000000000000 : 0x00800000;
}

/** The NaN that every operation returns (RISC-V unprivileged ISA 20191213, 11.3). */
export function canonicalNaN<F>(): u64 {
  return sizeof<F>() == 8 ? 0x7ff8000000000000 : 0x7fc00000;
}

export function signOf<F>(bits: u64): u64 {
  return bits & signMask<F>();
}

export function magnitudeOf<F>(bits: u64): u64 {
  return bits & (signMask<F>() - 1);
}

export function isNaNBits<F>(bits: u64): bool {
  return magnitudeOf<F>(bits) > infinityBits<F>();
}

/** 1 if the condition holds, else 0. */
export function bitIf(condition: bool): u64 {
  return condition ? 1 : 0;
}

/** A NaN is signaling when the top bit of its fraction is clear (IEEE 754-2019, 6.2.1). */
export function isSignalingNaN<F>(bits: u64): bool {
  const magnitude = magnitudeOf<F>(bits);
  return magnitude > infinityBits<F>() && magnitude < canonicalNaN<F>();
}

/** The exponent of a nonzero finite magnitude in the internal form. */
export function exponentOf<F>(magnitude: u64): i32 {
  const field = (magnitude >> (fractionBits<F>() as u64)) as i32;
  if (field != 0) return field - exponentBias<F>();
  return 64 - (clz<u64>(magnitude) as i32) - exponentBias<F>() - fractionBits<F>();
}

/** The significand of a nonzero finite magnitude in the internal form; bits below its precision are zero. */
export function significandOf<F>(magnitude: u64): u64 {
  if (magnitude < smallestNormal<F>()) return magnitude << clz<u64>(magnitude);
  return (magnitude << ((63 - fractionBits<F>()) as u64)) | 0x8000000000000000;
}
