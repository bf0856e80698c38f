/**
 * A 64-bit hash of 32-bit words for digests of disk contents: two lanes of MurmurHash3 (x86, 32 bits; public domain, Austin
 * Appleby, github.com/aappleby/smhasher) that differ in seed and multipliers, mixed at the end. Not for adversaries.
 */

/** High and low word, both unsigned. */
export type Hash = readonly [number, number];

export function hashWords(words: Uint32Array): Hash {
  let a = 0x9747b28c;
  let b = 0x3c6ef372;
  for (const word of words) {
    let one = Math.imul(word, 0xcc9e2d51);
    one = Math.imul((one << 15) | (one >>> 17), 0x1b873593);
    a ^= one;
    a = (Math.imul((a << 13) | (a >>> 19), 5) + 0xe6546b64) | 0;
    let other = Math.imul(word, 0x239b961b);
    other = Math.imul((other << 16) | (other >>> 16), 0xab0e9789);
    b ^= other;
    b = (Math.imul((b << 17) | (b >>> 15), 5) + 0x561ccd1b) | 0;
  }
  a = finish(a ^ words.length);
  b = finish((b ^ words.length) + a);
  return [b >>> 0, (a + b) >>> 0];
}

function finish(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
