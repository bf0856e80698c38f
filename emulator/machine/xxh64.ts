/**
 * XXH64 (github.com/Cyan4973/xxHash, doc/xxhash_spec.md) in 32-bit arithmetic, for what is not in linear memory: images,
 * device states. Pages and registers are hashed by the core (`hashBytes`), which is faster.
 */

const P1_HI = 0x9e3779b1, P1_LO = 0x85ebca87;
const P2_HI = 0xc2b2ae3d, P2_LO = 0x27d4eb4f;
const P3_HI = 0x165667b1, P3_LO = 0x9e3779f9;
const P4_HI = 0x85ebca77, P4_LO = 0xc2b2ae63;
const P5_HI = 0x27d4eb2f, P5_LO = 0x165667c5;

// A function returns the low word and leaves the high word here: JavaScript has no pair of integers that costs nothing.
let high = 0;

function multiply(aHi: number, aLo: number, bHi: number, bLo: number): number {
  const a0 = aLo & 0xffff, a1 = aLo >>> 16, b0 = bLo & 0xffff, b1 = bLo >>> 16;
  const low = a0 * b0;
  const middle = a1 * b0 + (low >>> 16);
  const middle2 = a0 * b1 + (middle & 0xffff);
  const carry = a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(middle2 / 0x10000);
  high = (carry + Math.imul(aHi, bLo) + Math.imul(aLo, bHi)) | 0;
  return Math.imul(aLo, bLo);
}

function add(aHi: number, aLo: number, bHi: number, bLo: number): number {
  const low = (aLo >>> 0) + (bLo >>> 0);
  high = (aHi + bHi + (low > 0xffffffff ? 1 : 0)) | 0;
  return low | 0;
}

/** Rotation left by 1..31. */
function rotate(hi: number, lo: number, by: number): number {
  high = (hi << by) | (lo >>> (32 - by));
  return (lo << by) | (hi >>> (32 - by));
}

/** round(accumulator, lane) of the specification. */
function round(accHi: number, accLo: number, laneHi: number, laneLo: number): number {
  let lo = multiply(laneHi, laneLo, P2_HI, P2_LO);
  lo = add(accHi, accLo, high, lo);
  lo = rotate(high, lo, 31);
  return multiply(high, lo, P1_HI, P1_LO);
}

function merge(accHi: number, accLo: number, laneHi: number, laneLo: number): number {
  const lane = round(0, 0, laneHi, laneLo);
  let lo = multiply(accHi ^ high, accLo ^ lane, P1_HI, P1_LO);
  lo = add(high, lo, P4_HI, P4_LO);
  return lo;
}

function avalanche(hi: number, lo: number): string {
  let l = lo ^ (hi >>> 1), h = hi; // >> 33
  l = multiply(h, l, P2_HI, P2_LO);
  h = high;
  const l29 = (l >>> 29) | (h << 3), h29 = h >>> 29;
  l = multiply(h ^ h29, l ^ l29, P3_HI, P3_LO);
  h = high;
  l ^= h; // >> 32
  return hex(h) + hex(l);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

/** Digest of `bytes` with seed 0 as 16 hexadecimal digits. */
export function xxh64(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytes.length;
  let at = 0;
  let hi = P5_HI, lo = P5_LO;
  if (size >= 32) {
    let lo1 = add(P1_HI, P1_LO, P2_HI, P2_LO), hi1 = high;
    let lo2 = P2_LO, hi2 = P2_HI;
    let lo3 = 0, hi3 = 0;
    let lo4 = add(0, 0, ~P1_HI, -P1_LO), hi4 = high;
    for (; at + 32 <= size; at += 32) {
      lo1 = round(hi1, lo1, view.getInt32(at + 4, true), view.getInt32(at, true));
      hi1 = high;
      lo2 = round(hi2, lo2, view.getInt32(at + 12, true), view.getInt32(at + 8, true));
      hi2 = high;
      lo3 = round(hi3, lo3, view.getInt32(at + 20, true), view.getInt32(at + 16, true));
      hi3 = high;
      lo4 = round(hi4, lo4, view.getInt32(at + 28, true), view.getInt32(at + 24, true));
      hi4 = high;
    }
    lo = rotate(hi1, lo1, 1);
    hi = high;
    lo = add(hi, lo, 0, 0);
    for (const [laneHi, laneLo, by] of [[hi2, lo2, 7], [hi3, lo3, 12], [hi4, lo4, 18]] as const) {
      const turned = rotate(laneHi, laneLo, by);
      lo = add(hi, lo, high, turned);
      hi = high;
    }
    for (const [laneHi, laneLo] of [[hi1, lo1], [hi2, lo2], [hi3, lo3], [hi4, lo4]] as const) {
      lo = merge(hi, lo, laneHi, laneLo);
      hi = high;
    }
  }
  lo = add(hi, lo, Math.floor(size / 0x1_0000_0000), size | 0);
  hi = high;
  return finish(view, at, hi, lo);
}

/** The tail of fewer than 32 bytes, and the final mix. */
function finish(view: DataView, from: number, accHi: number, accLo: number): string {
  let at = from, hi = accHi, lo = accLo;
  for (; at + 8 <= view.byteLength; at += 8) {
    const lane = round(0, 0, view.getInt32(at + 4, true), view.getInt32(at, true));
    lo = rotate(hi ^ high, lo ^ lane, 27);
    lo = multiply(high, lo, P1_HI, P1_LO);
    lo = add(high, lo, P4_HI, P4_LO);
    hi = high;
  }
  if (at + 4 <= view.byteLength) {
    const lane = multiply(0, view.getInt32(at, true), P1_HI, P1_LO);
    lo = rotate(hi ^ high, lo ^ lane, 23);
    lo = multiply(high, lo, P2_HI, P2_LO);
    lo = add(high, lo, P3_HI, P3_LO);
    hi = high;
    at += 4;
  }
  for (; at < view.byteLength; at++) {
    const lane = multiply(0, view.getUint8(at), P5_HI, P5_LO);
    lo = rotate(hi ^ high, lo ^ lane, 11);
    lo = multiply(high, lo, P1_HI, P1_LO);
    hi = high;
  }
  return avalanche(hi, lo);
}
