/** The kernel's own symbols, from made-up images in every layout, from damaged ones, and from Debian's kernel, whose vmlinux is the oracle. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ElfFile } from '../../debug-adapter/symbols/elf-file.ts';
import { readKallsyms } from '../../debug-adapter/symbols/kallsyms.ts';
import type { KernelSymbol } from '../../debug-adapter/symbols/kallsyms.ts';
import { kernelSymbolFile } from '../../debug-adapter/symbols/kernel-symbols.ts';
import { SymbolTable } from '../../debug-adapter/symbols/symbol-table.ts';
import { GUEST_FILES, GUEST_SYMBOLS, guestFolder } from '../../emulator/host/known-guests.ts';
import { missingLinuxGuest } from '../tools.ts';

interface Layout {
  readonly name: string;
  /** Where offsets and base are. */
  readonly offsets: 'before' | 'behind';
  /** The order of the names between names and markers. */
  readonly order: boolean;
  /** As written into the image: 0 in a relocatable kernel. */
  readonly base: bigint;
}

const LAYOUTS: readonly Layout[] = [
  { name: '6.4 and later', offsets: 'behind', order: false, base: 0xffff_ffff_8000_0000n },
  { name: '6.2', offsets: 'before', order: true, base: 0xffff_ffff_8000_2000n },
  { name: '6.1 and before', offsets: 'before', order: false, base: 0xffff_ffff_8000_0000n },
  { name: 'relocatable', offsets: 'behind', order: false, base: 0n },
];
const LINK_ADDRESS = 0xffff_ffff_8000_0000n;
const COUNT = 1000;

function bytesOf(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

function little(value: bigint, sizeBytes: number): number[] {
  return Array.from({ length: sizeBytes }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));
}

const numbers = (values: readonly number[], sizeBytes: number): number[] => values.flatMap((value) => little(BigInt(value), sizeBytes));

/** `TABCDEF` in the tokens of the table below: pairs of letters have tokens of their own. */
function compress(text: string): number[] {
  const codes = bytesOf(text.replaceAll('do_', '\x80').replaceAll('init', '\x81'));
  return codes.length < 0x80 ? [codes.length, ...codes] : [(codes.length & 0x7f) | 0x80, codes.length >> 7, ...codes];
}

function symbolsOf({ base }: Layout): KernelSymbol[] {
  return Array.from({ length: COUNT }, (_, index) => ({
    type: index === COUNT - 1 ? 'D' : 'tTW'.charAt(index % 3), address: (base || LINK_ADDRESS) + BigInt(index * 24),
    name: index === 500 ? `do_${'x'.repeat(200)}` : `do_init_${String(index)}`,
  }));
}

/** What scripts/kallsyms.c of the kernel writes, with other bytes around it. */
function makeImage(layout: Layout): Uint8Array {
  const symbols = symbolsOf(layout);
  const image = [...bytesOf('something else 0'), 0, ...bytesOf('1'), 0, 7, 7];
  const align = (): void => { while (image.length % 8 !== 0) image.push(0); };
  const put = (bytes: readonly number[]): void => {
    align();
    for (const byte of bytes) image.push(byte);
  };
  const putAddresses = (): void => {
    put(numbers(symbols.map(({ address }) => Number(address - (layout.base || LINK_ADDRESS))), 4));
    put(little(layout.base, 8));
  };
  if (layout.offsets === 'before') putAddresses();
  put(numbers([symbols.length], 4));
  const names = symbols.map(({ type, name }) => compress(type + name));
  const markers: number[] = [];
  let at = 0;
  for (const [index, name] of names.entries()) {
    if (index % 256 === 0) markers.push(at);
    at += name.length;
  }
  put(names.flat());
  if (layout.order) put(symbols.flatMap((_, index) => [0, index >> 8, index & 255]));
  put(numbers(markers, 4));
  const tokens = Array.from({ length: 256 }, (_, code) => (code === 0x80 ? 'do_' : code === 0x81 ? 'init' : code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : ''));
  const index: number[] = [];
  const table: number[] = [];
  for (const token of tokens) {
    index.push(table.length);
    table.push(...bytesOf(token), 0);
  }
  put(table);
  put(numbers(index, 2));
  if (layout.offsets === 'behind') putAddresses();
  put(bytesOf('and so on'));
  return Uint8Array.from(image);
}

describe('made-up images', () => {
  for (const layout of LAYOUTS) {
    test(layout.name, () => { assert.deepEqual(readKallsyms(makeImage(layout)), symbolsOf(layout)); });
  }

  const rows: [name: string, image: Uint8Array][] = [
    ['nothing', new Uint8Array(0)], ['zeros', new Uint8Array(100_000)], ['the digits alone', Uint8Array.from(bytesOf('0\0' + '1\0' + '2\0' + '3\0' + '4\0' + '5\0' + '6\0' + '7\0' + '8\0' + '9\0'))],
    ['text', Uint8Array.from(bytesOf('hello '.repeat(10_000)))],
  ];
  for (const [name, image] of rows) test(`${name}: no symbols`, () => { assert.equal(readKallsyms(image), undefined); });

  test('damaged: all of the symbols with other letters, or none, and soon', () => {
    const layout = LAYOUTS[0] ?? assert.fail();
    const image = makeImage(layout);
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(image.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 6 }), fc.nat(image.length), fc.boolean(), (flips, end, isCut) => {
      const copy = isCut ? image.slice(0, end) : image.slice();
      for (const [at, mask] of flips) copy[at] = (copy[at] ?? 0) ^ mask;
      const found = readKallsyms(copy);
      assert.ok(found === undefined || found.length === COUNT);
    }), { numRuns: 300 });
  });
});

describe("Debian's kernel", { skip: missingLinuxGuest() }, () => {
  const image = (): Uint8Array => new Uint8Array(readFileSync(path.join(guestFolder('linux'), GUEST_FILES.kernel)));

  test('functions have their names', () => {
    const file = kernelSymbolFile(image()) ?? assert.fail('no symbols');
    const table = new SymbolTable(file.symbols());
    assert.ok(table.symbols.length > 50_000);
    const ranges = file.codeRanges();
    for (const name of ['start_kernel', 'panic', 'rest_init', 'handle_exception', 'do_sys_openat2', 'schedule']) {
      const symbol = table.named(name) ?? assert.fail(name);
      assert.equal(table.at(symbol.address)?.symbol.name, name);
      assert.ok(ranges.some(({ low, high }) => symbol.address >= low && symbol.address < high), name);
    }
  });

  const vmlinux = path.join(guestFolder('linux'), GUEST_SYMBOLS);
  test('every function as its debug information names it', { skip: existsSync(vmlinux) ? false : `${vmlinux} is not there; npm run guest:linux -- --symbols brings it (1.0 GB)` }, () => {
    const own = new SymbolTable((kernelSymbolFile(image()) ?? assert.fail('no symbols')).symbols());
    const full = new ElfFile(new Uint8Array(readFileSync(vmlinux)), 'vmlinux').symbols();
    const named = new Map<bigint, Set<string>>();
    for (const { address, name } of full) named.set(address, (named.get(address) ?? new Set()).add(name));
    let compared = 0;
    for (const { name, address, sizeBytes, type } of full) {
      // What the kernel leaves out of its own table: the EFI stub, early code, and what its message would not name.
      if (type !== 2 || sizeBytes < 2 || /^(__efistub_|__pi_|\$|\.L)/.test(name)) continue;
      const hit = own.at(address)?.symbol;
      assert.ok(hit?.address === address && named.get(address)?.has(hit.name) === true, `${name} at ${address.toString(16)}: ${String(hit?.name)}`);
      compared++;
    }
    assert.ok(compared > 40_000);
  });
});
