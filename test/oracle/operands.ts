/** Operands at the edges, as fast-check arbitraries. */
import fc from 'fast-check';
import {
  GIGAPAGE_WINDOW, MEGAPAGE, PAGE, PATCH_PAGE, SCRATCH, SCRATCH_DATA_PAGES, WINDOW, WINDOW_PAGES,
} from './memory-plan.ts';

export const unsigned64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const any64 = fc.bigInt(0n, 0xffff_ffff_ffff_ffffn);
const any32 = fc.bigInt(0n, 0xffff_ffffn);
const shift = fc.nat(63);
const nearby = fc.constantFrom(-1n, 0n, 0n, 1n);

const integerEdges = [
  0n, 1n, -1n, 2n, -2n, 0x7fff_ffffn, 0x8000_0000n, -0x8000_0000n, -0x8000_0001n, 0xffff_ffffn, 0x1_0000_0000n,
  0x7fff_ffff_ffff_ffffn, -0x8000_0000_0000_0000n, 0x7fn, 0x80n, -0x80n, 0x7fffn, 0x8000n, -0x8000n,
];

export const integerOperand: fc.Arbitrary<bigint> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...integerEdges) },
  { weight: 3, arbitrary: fc.tuple(shift, nearby, fc.boolean()).map(([by, delta, negative]) => (negative ? -1n : 1n) * ((1n << BigInt(by)) + delta)) },
  { weight: 2, arbitrary: any64 },
  { weight: 1, arbitrary: any32 },
  { weight: 1, arbitrary: fc.bigInt(-70n, 70n) },
).map(unsigned64);

/** Sign, exponent and fraction of a format at its edges. */
function floatBits(exponentBits: number, fractionBits: number): fc.Arbitrary<bigint> {
  const exponentMax = (1n << BigInt(exponentBits)) - 1n;
  const fractionMax = (1n << BigInt(fractionBits)) - 1n;
  const quiet = 1n << BigInt(fractionBits - 1);
  const bias = exponentMax >> 1n;
  const exponent = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(0n, 1n, 2n, exponentMax - 1n, exponentMax, bias) },
    { weight: 4, arbitrary: fc.bigInt(-4n, 4n).map((delta) => bias + delta) },
    // Where integers of 32 and 64 bits end, and where the other format ends.
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom(24n, 30n, 31n, 32n, 53n, 62n, 63n, 64n, 126n, 127n, 128n, -126n, -127n, -149n, -150n), fc.bigInt(-1n, 1n))
      .map(([edge, delta]) => { const at = bias + edge + delta; return at < 0n || at > exponentMax ? bias : at; }) },
    { weight: 2, arbitrary: fc.bigInt(0n, exponentMax) },
  );
  const fraction = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(0n, 1n, quiet, quiet - 1n, quiet | 1n, fractionMax, fractionMax - 1n) },
    { weight: 1, arbitrary: fc.nat(fractionBits - 1).map((bit) => 1n << BigInt(bit)) },
    { weight: 1, arbitrary: fc.nat(fractionBits - 1).map((bit) => fractionMax ^ ((1n << BigInt(bit)) - 1n)) },
    { weight: 3, arbitrary: fc.bigInt(0n, fractionMax) },
  );
  return fc.tuple(fc.bigInt(0n, 1n), exponent, fraction)
    .map(([sign, exp, frac]) => (sign << BigInt(exponentBits + fractionBits)) | (exp << BigInt(fractionBits)) | frac);
}

const single = floatBits(8, 23);
const double = floatBits(11, 52);
const BOX = 0xffff_ffff_0000_0000n;

/** A floating-point register: doubles, boxed singles, boxes with a bit missing, singles with no box at all. */
export const floatOperand: fc.Arbitrary<bigint> = fc.oneof(
  { weight: 8, arbitrary: double },
  { weight: 8, arbitrary: single.map((bits) => BOX | bits) },
  { weight: 1, arbitrary: fc.tuple(single, fc.integer({ min: 32, max: 63 })).map(([bits, hole]) => (BOX | bits) & ~(1n << BigInt(hole))) },
  { weight: 1, arbitrary: single },
  { weight: 1, arbitrary: any64 },
);

/** Offset in a page: near its ends, and anything between. */
const pageOffset = fc.oneof(
  { weight: 3, arbitrary: fc.nat(15).map((back) => 4095 - back) },
  { weight: 2, arbitrary: fc.nat(15) },
  { weight: 3, arbitrary: fc.nat(511).map((index) => 8 * index) },
  { weight: 1, arbitrary: fc.nat(4095) },
).map(BigInt);

/** Without translation: into the data pages, and over the end of the last one into one that holds code. */
export const barePointer: fc.Arbitrary<bigint> = fc.tuple(fc.nat(SCRATCH_DATA_PAGES - 1), pageOffset)
  .map(([page, offset]) => SCRATCH + BigInt(page) * PAGE + offset);

/** With translation: into the windows, seldom to where nothing is mapped or nothing can be. */
export const translatedPointer: fc.Arbitrary<bigint> = fc.tuple(
  fc.oneof(
    { weight: 10, arbitrary: fc.nat(WINDOW_PAGES - 1).map((page) => WINDOW + BigInt(page) * PAGE) },
    { weight: 3, arbitrary: fc.nat(SCRATCH_DATA_PAGES).map((page) => WINDOW + MEGAPAGE + BigInt(page) * PAGE) },
    { weight: 3, arbitrary: fc.nat(SCRATCH_DATA_PAGES).map((page) => GIGAPAGE_WINDOW + (SCRATCH & 0x3fff_ffffn) + BigInt(page) * PAGE) },
    { weight: 1, arbitrary: fc.constantFrom(WINDOW - PAGE, WINDOW + (BigInt(WINDOW_PAGES) * PAGE), 0x40_0000_0000n - PAGE, -0x40_0000_0000n, WINDOW | (1n << 39n), WINDOW | (1n << 63n)) },
  ),
  pageOffset,
).map(([page, offset]) => unsigned64(page + offset));

/** A pointer nearby from which accesses with small offsets stay in the page. */
export const awayFromPageEnds = (pointer: bigint): bigint => (pointer & ~(PAGE - 1n)) + 64n + ((pointer & (PAGE - 1n)) % 428n) * 8n;

/** Physical addresses that answer in a way of their own: nothing there, the end of the address space. */
export const wildPointer: fc.Arbitrary<bigint> = fc.constantFrom(
  0n, 1n, 0x7fff_ffffn, 0x4_0000_0000n, 0xffff_ffff_8000_0000n, 0xffff_ffff_ffff_fff9n, 0xffff_ffff_ffff_fffen, 0xa000_0000n, 1n << 55n, 1n << 56n,
);

/** Code goes there to be executed. */
export const patchAddress = (isTranslated: boolean): bigint => (isTranslated ? WINDOW : SCRATCH) + BigInt(PATCH_PAGE) * PAGE;

/** Contents of the scratch area before each case: 8 bytes at a time, of both kinds of operand. */
export const scratchDoubleword: fc.Arbitrary<bigint> = fc.oneof(integerOperand, floatOperand, fc.tuple(single, single).map(([low, high]) => (high << 32n) | low));
