import { assert } from '../assert.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BITS_PER_DIGIT = 6;

/** Decodes base64 (RFC 4648, section 4, with padding), where neither Node's Buffer nor the browser's atob may be used. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  assert(text.length % 4 === 0, 'base64 comes in groups of four digits');
  const digits = text.replace(/={1,2}$/, '');
  const bytes = new Uint8Array(Math.floor((digits.length * BITS_PER_DIGIT) / 8));
  const valueOf = new Map(Array.from(ALPHABET, (digit, value) => [digit, value]));
  let bits = 0;
  let bitCount = 0;
  let at = 0;
  for (const digit of digits) {
    const value = valueOf.get(digit);
    assert(value !== undefined, 'a base64 digit');
    bits = ((bits << BITS_PER_DIGIT) | value) & 0xffff;
    bitCount += BITS_PER_DIGIT;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes[at++] = (bits >>> bitCount) & 0xff;
  }
  return bytes;
}
