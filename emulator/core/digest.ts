/** Digests: XXH64 (github.com/Cyan4973/xxHash, doc/xxhash_spec.md) and the cached digest of guest memory. */
import { HART_RESULT, NODE_ENTRIES, NODE_SHIFT, PAGE_SHIFT, PAGE_SIZE, POOL_ZERO_FRAME, VM_ROOT } from './layout.ts';
import { flushWritesOf } from './fast-tlb.ts';
import { frameAddress, frameHash, setFrameHash } from './frame-pool.ts';

const PRIME_1: u64 = 0x9e3779b185ebca87;
const PRIME_2: u64 = 0xc2b2ae3d27d4eb4f;
const PRIME_3: u64 = 0x165667b19e3779f9;
const PRIME_4: u64 = 0x85ebca77c2b2ae63;
const PRIME_5: u64 = 0x27d4eb2f165667c5;
const STRIPE_SIZE: usize = 32;

@inline
function round(accumulator: u64, lane: u64): u64 {
  return rotl<u64>(accumulator + lane * PRIME_2, 31) * PRIME_1;
}

@inline
function merge(accumulator: u64, lane: u64): u64 {
  return (accumulator ^ round(0, lane)) * PRIME_1 + PRIME_4;
}

@inline
function avalanche(value: u64): u64 {
  value = (value ^ (value >> 33)) * PRIME_2;
  value = (value ^ (value >> 29)) * PRIME_3;
  return value ^ (value >> 32);
}

@inline
function mix8(accumulator: u64, lane: u64): u64 {
  return rotl<u64>(accumulator ^ round(0, lane), 27) * PRIME_1 + PRIME_4;
}

/** XXH64 of `size` bytes at `at`. */
export function xxh64(at: usize, size: usize, seed: u64): u64 {
  const end = at + size;
  let hash: u64 = seed + PRIME_5;
  if (size >= STRIPE_SIZE) {
    let a = seed + PRIME_1 + PRIME_2;
    let b = seed + PRIME_2;
    let c = seed;
    let d = seed - PRIME_1;
    for (; at + STRIPE_SIZE <= end; at += STRIPE_SIZE) {
      a = round(a, load<u64>(at));
      b = round(b, load<u64>(at, 8));
      c = round(c, load<u64>(at, 16));
      d = round(d, load<u64>(at, 24));
    }
    hash = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18);
    hash = merge(merge(merge(merge(hash, a), b), c), d);
  }
  hash += <u64>size;
  for (; at + 8 <= end; at += 8) hash = mix8(hash, load<u64>(at));
  if (at + 4 <= end) {
    hash = rotl<u64>(hash ^ (<u64>load<u32>(at) * PRIME_1), 23) * PRIME_2 + PRIME_3;
    at += 4;
  }
  for (; at < end; at++) hash = rotl<u64>(hash ^ (<u64>load<u8>(at) * PRIME_5), 11) * PRIME_1;
  return avalanche(hash);
}

/** XXH64 of the 8 bytes of `value`, little-endian. */
function xxh64Of8(value: u64, seed: u64): u64 {
  return avalanche(mix8(seed + PRIME_5 + 8, value));
}

export function hashBytes(hart: usize, address: usize, size: usize, seed: u32): void {
  store<u64>(hart, xxh64(address, size, <u64>seed), HART_RESULT);
}

/** Content hash of a data frame, cached. */
function contentHash(frame: u32): u64 {
  let hash = frameHash(frame);
  if (hash == 0) {
    hash = xxh64(frameAddress(frame), PAGE_SIZE, 0);
    setFrameHash(frame, hash);
  }
  return hash;
}

/** Sum over the pages of a leaf node whose first page has number `first`, cached. */
function nodeDigest(node: u32, first: u32, zeroHash: u64): u64 {
  let sum = frameHash(node);
  if (sum != 0) return sum;
  const start = frameAddress(node);
  for (let index: u32 = 0; index < <u32>NODE_ENTRIES; index++) {
    const frame = load<u32>(start + (<usize>index << 2)) >>> PAGE_SHIFT;
    if (frame == 0) continue;
    const hash = contentHash(frame);
    if (hash != zeroHash) sum += xxh64Of8(hash, <u64>(first + index));
  }
  setFrameHash(node, sum);
  return sum;
}

/**
 * Digest of guest memory: depends on its bytes alone, whatever was checkpointed, read or shared. Pages that hold only zeros
 * count like untouched ones. Later writes must come through the slow path again to reset the caches, hence the flush.
 */
export function memoryDigest(vm: usize, hart: usize): void {
  flushWritesOf(vm);
  const zeroHash = contentHash(load<u32>(POOL_ZERO_FRAME));
  const root = load<u32>(vm, VM_ROOT);
  let sum = frameHash(root);
  if (sum == 0) {
    const start = frameAddress(root);
    for (let index: u32 = 0; index < <u32>NODE_ENTRIES; index++) {
      const node = load<u32>(start + (<usize>index << 2)) >>> PAGE_SHIFT;
      if (node != 0) sum += nodeDigest(node, index << NODE_SHIFT, zeroHash);
    }
    setFrameHash(root, sum);
  }
  store<u64>(hart, sum, HART_RESULT);
}
