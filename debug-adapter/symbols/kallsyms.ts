/**
 * The symbols that a Linux kernel carries for its own messages (CONFIG_KALLSYMS), read out of its Image, where nothing says
 * where they are: they are found by their structure, and every part is checked against the others.
 * Layout: scripts/kallsyms.c of the kernel, versions 5.x and 6.x. All tables are aligned to 8 bytes:
 *   num_syms, names, (seqs_of_names,) markers, token_table, token_index, and offsets, relative_base before or behind them.
 */
import { decodeUtf8 } from '../dwarf/utf8.ts';

export interface KernelSymbol {
  readonly name: string;
  /** Virtual address. */
  readonly address: bigint;
  /** As nm prints it: T and t code, W and w weak, D, B, R data, A absolute. */
  readonly type: string;
}

const TOKENS = 256;
const TOKEN_MAX_LENGTH = 512;
const SYMBOLS_PER_MARKER = 256;
const SYMBOLS_MIN = 256;
const SYMBOLS_MAX = 1 << 21;
/** Of one symbol before tokens are expanded: a length byte or two, and that many tokens (KSYM_NAME_LEN). */
const ENTRY_MAX = 514;
const NAME_MAX_LENGTH = 1024;
const ALIGNMENT = 8;
const DIGIT_0 = 0x30;
const DIGITS = Uint8Array.from('0\x001\x002\x003\x004\x005\x006\x007\x008\x009\x00', (character) => character.charCodeAt(0));
/** A relocatable kernel's base is written by its own relocation, at boot: the address that riscv64 kernels are linked at (KERNEL_LINK_ADDR). */
const LINK_ADDRESS = 0xffff_ffff_8000_0000n;
const UPPER_HALF = 1n << 63n;

interface TokenTable {
  readonly tokens: readonly Uint8Array[];
  readonly start: number;
  /** Behind the index. */
  readonly end: number;
}

interface Names {
  readonly count: number;
  /** Of num_syms. */
  readonly start: number;
  readonly namesStart: number;
}

/** The symbols in ascending order of addresses; undefined when the image has none, or in a layout that is not known. */
export function readKallsyms(image: Uint8Array): KernelSymbol[] | undefined {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  for (const table of tokenTables(image, view)) {
    const names = findNames(image, view, table.start);
    if (names === undefined) continue;
    const addresses = findAddresses(view, names, table.end);
    const symbols = addresses && expandAll(image, names, table.tokens, addresses);
    if (symbols !== undefined) return symbols;
  }
  return undefined;
}

/** Characters stand for themselves: the tokens of the digits are found as they follow one another. */
function* tokenTables(image: Uint8Array, view: DataView): Generator<TokenTable, void, undefined> {
  const digits = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  for (let at = digits.indexOf(DIGITS); at >= 0; at = digits.indexOf(DIGITS, at + 1)) {
    const table = tokenTableAround(image, view, at);
    if (table !== undefined) yield table;
  }
}

/** The table whose token of the digit 0 is at `digit`: the tokens behind it lead to the index, which says where it begins. */
function tokenTableAround(image: Uint8Array, view: DataView, digit: number): TokenTable | undefined {
  let at = digit;
  for (let token = DIGIT_0; token < TOKENS; token++) {
    const nul = image.indexOf(0, at);
    if (nul < 0 || nul - at > TOKEN_MAX_LENGTH) return undefined;
    at = nul + 1;
  }
  const index = aligned(at);
  const end = index + 2 * TOKENS;
  if (end > image.length) return undefined;
  const start = digit - view.getUint16(index + 2 * DIGIT_0, true);
  if (start < 0) return undefined;
  const tokens: Uint8Array[] = [];
  for (let token = 0, next = start; token < TOKENS; token++) {
    if (start + view.getUint16(index + 2 * token, true) !== next) return undefined;
    const nul = image.indexOf(0, next);
    if (nul < 0 || nul >= index) return undefined;
    tokens.push(image.subarray(next, nul));
    next = nul + 1;
  }
  return { tokens, start, end: aligned(end) };
}

/** The markers end where the token table begins: offsets of every 256th name, the first one 0. They say where the names can begin. */
function findNames(image: Uint8Array, view: DataView, markersEnd: number): Names | undefined {
  let markers = markersEnd - 4;
  // The last one may be followed by four bytes of padding.
  if (markers >= 4 && view.getUint32(markers, true) === 0) markers -= 4;
  const lastMarker = markers >= 0 ? view.getUint32(markers, true) : 0;
  if (lastMarker === 0 || lastMarker > markers) return undefined;
  let count = 1;
  for (; view.getUint32(markers, true) !== 0; count++) {
    const marker = view.getUint32(markers, true);
    markers -= 4;
    if (markers < 0 || view.getUint32(markers, true) >= marker || count * SYMBOLS_PER_MARKER > SYMBOLS_MAX) return undefined;
  }
  // Between names and markers there may be the order of the names, three bytes each.
  const latest = markers - lastMarker;
  const earliest = Math.max(ALIGNMENT, latest - SYMBOLS_PER_MARKER * ENTRY_MAX - count * SYMBOLS_PER_MARKER * 3 - 2 * ALIGNMENT);
  for (let start = latest - (latest % ALIGNMENT); start >= earliest; start -= ALIGNMENT) {
    const symbols = view.getUint32(start - ALIGNMENT, true);
    if (symbols < SYMBOLS_MIN || Math.ceil(symbols / SYMBOLS_PER_MARKER) !== count || view.getUint32(start - 4, true) !== 0) continue;
    if (markersHold(image, view, start, markers, symbols)) return { count: symbols, start: start - ALIGNMENT, namesStart: start };
  }
  return undefined;
}

/** Each marker is where the names, one after the other, lead to. */
function markersHold(image: Uint8Array, view: DataView, namesStart: number, markers: number, count: number): boolean {
  let at = namesStart;
  for (let symbol = 0; symbol < count; symbol++) {
    if (symbol % SYMBOLS_PER_MARKER === 0 && view.getUint32(markers + (symbol / SYMBOLS_PER_MARKER) * 4, true) !== at - namesStart) return false;
    const { length, start } = entryAt(image, at);
    if (length === 0) return false;
    at = start + length;
    if (at > markers) return false;
  }
  return true;
}

/** A name: its length, in two bytes from 128 on (since 6.1), then tokens. */
function entryAt(image: Uint8Array, at: number): { length: number; start: number } {
  const first = image[at] ?? 0;
  return first < 0x80 ? { length: first, start: at + 1 } : { length: (first & 0x7f) | ((image[at + 1] ?? 0) << 7), start: at + 2 };
}

/** Behind the token index (since 6.4), else before the names. */
function findAddresses(view: DataView, { count, start }: Names, tokensEnd: number): BigUint64Array | undefined {
  const sizeBytes = aligned(4 * count);
  return addressesAt(view, tokensEnd, tokensEnd + sizeBytes, count) ?? addressesAt(view, start - ALIGNMENT - sizeBytes, start - ALIGNMENT, count);
}

function addressesAt(view: DataView, offsets: number, base: number, count: number): BigUint64Array | undefined {
  if (offsets < 0 || base + 8 > view.byteLength) return undefined;
  const written = view.getBigUint64(base, true);
  if (written !== 0n && written < UPPER_HALF) return undefined;
  const origin = written === 0n ? LINK_ADDRESS : written;
  const addresses = new BigUint64Array(count);
  let last = -1;
  for (let symbol = 0; symbol < count; symbol++) {
    const offset = view.getUint32(offsets + 4 * symbol, true);
    if (offset < last) return undefined;
    last = offset;
    addresses[symbol] = origin + BigInt(offset);
  }
  return last > 0 ? addresses : undefined;
}

function expandAll(image: Uint8Array, { count, namesStart }: Names, tokens: readonly Uint8Array[], addresses: BigUint64Array): KernelSymbol[] | undefined {
  const symbols: KernelSymbol[] = [];
  const text = new Uint8Array(NAME_MAX_LENGTH);
  let at = namesStart;
  for (let symbol = 0; symbol < count; symbol++) {
    const { length, start } = entryAt(image, at);
    at = start + length;
    let size = 0;
    for (let byte = start; byte < at; byte++) {
      const token = tokens[image[byte] ?? 0];
      if (token === undefined || size + token.length > NAME_MAX_LENGTH) return undefined;
      text.set(token, size);
      size += token.length;
    }
    const type = String.fromCharCode(text[0] ?? 0);
    if (size < 2 || !/[A-Za-z]/.test(type)) return undefined;
    symbols.push({ type, name: decodeUtf8(text, 1, size), address: addresses[symbol] ?? 0n });
  }
  return symbols;
}

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}
