/** Characters and strings as C writes them. */
import { ENCODING } from './constants.ts';
import { MAX_TYPE_DEPTH } from './type-model.ts';
import type { Type } from './type-model.ts';
import { decodeUtf8 } from './utf8.ts';

/** How a type of characters is written: `L'a'`. */
export interface CharacterKind {
  readonly prefix: '' | 'u' | 'U' | 'L';
  readonly sizeBytes: number;
  /** `char` and wider ones; arrays of `signed char` and `unsigned char` may hold anything. */
  readonly isText: boolean;
}

const WIDE: ReadonlyMap<string, CharacterKind['prefix']> = new Map<string, CharacterKind['prefix']>([
  ['wchar_t', 'L'], ['char8_t', ''], ['char16_t', 'u'], ['char32_t', 'U'],
]);
export const MAX_STRING_CHARACTERS = 200;

/** Undefined for what is no character type. `wchar_t` and its like are also recognised as typedefs, as in C. */
export function characterKind(type: Type): CharacterKind | undefined {
  let inner = type;
  let prefix: CharacterKind['prefix'] | undefined;
  for (let depth = 0; (inner.kind === 'typedef' || inner.kind === 'qualifier') && depth < MAX_TYPE_DEPTH; depth++) {
    if (inner.kind === 'typedef') prefix ??= WIDE.get(inner.name);
    inner = inner.target();
  }
  if (inner.kind !== 'base' || inner.language === 'rust') return undefined;
  prefix ??= WIDE.get(inner.name);
  const { sizeBytes, encoding } = inner;
  if (prefix !== undefined) return { prefix, sizeBytes, isText: true };
  const isNarrow = sizeBytes === 1 && (encoding === ENCODING.signedChar || encoding === ENCODING.unsignedChar || encoding === ENCODING.utf);
  return isNarrow ? { prefix: '', sizeBytes, isText: inner.name === 'char' } : undefined;
}

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x07, '\\a'], [0x08, '\\b'], [0x09, '\\t'], [0x0a, '\\n'], [0x0b, '\\v'], [0x0c, '\\f'], [0x0d, '\\r'], [0x1b, '\\033'], [0x22, '\\"'], [0x5c, '\\\\'],
]);

function isControl(code: number): boolean {
  return code < 0x20 || code === 0x7f;
}

function octal(code: number): string {
  return `\\${code.toString(8).padStart(3, '0')}`;
}

/** Text in quotes; at most 200 characters. `characters` are code units of the kind. */
export function quoteString(bytes: Uint8Array, kind: CharacterKind): string {
  const count = Math.floor(bytes.length / kind.sizeBytes);
  const shown = bytes.subarray(0, Math.min(count, MAX_STRING_CHARACTERS) * kind.sizeBytes);
  const text = kind.sizeBytes === 1 ? narrowText(shown) : wideText(shown, kind.sizeBytes);
  return `${kind.prefix}"${text}"${count > MAX_STRING_CHARACTERS ? '...' : ''}`;
}

function narrowText(bytes: Uint8Array): string {
  const decoded = decodeUtf8(bytes);
  // Bytes that are no text, or text that was cut inside a character, are shown byte by byte.
  const characters = decoded.includes('\ufffd') ? Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\${byte.toString(8)}`)) : Array.from(decoded);
  return characters.map((character) => (character.length > 2 ? character : escaped(character.codePointAt(0) ?? 0))).join('');
}

function escaped(code: number): string {
  return ESCAPES.get(code) ?? (isControl(code) ? octal(code) : String.fromCodePoint(code));
}

function wideText(bytes: Uint8Array, sizeBytes: number): string {
  let text = '';
  for (let at = 0; at + sizeBytes <= bytes.length; at += sizeBytes) {
    let code = unit(bytes, at, sizeBytes);
    const low = sizeBytes === 2 && code >= 0xd800 && code < 0xdc00 && at + 4 <= bytes.length ? unit(bytes, at + 2, 2) : 0;
    if (low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      at += 2;
    }
    text += code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? octal(code) : escaped(code);
  }
  return text;
}

function unit(bytes: Uint8Array, at: number, sizeBytes: number): number {
  let value = 0;
  for (let index = sizeBytes - 1; index >= 0; index--) value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}

/** Code units before a NUL. */
export function untilNul(bytes: Uint8Array, { sizeBytes }: CharacterKind): Uint8Array {
  for (let at = 0; at + sizeBytes <= bytes.length; at += sizeBytes) {
    if (bytes.subarray(at, at + sizeBytes).every((byte) => byte === 0)) return bytes.subarray(0, at);
  }
  return bytes.subarray(0, bytes.length - (bytes.length % sizeBytes));
}

/** `'a'` with its prefix. */
export function quoteCharacter(raw: bigint, prefix: CharacterKind['prefix']): string {
  const code = Number(raw & 0xffff_ffffn);
  return `${prefix}'${characterInside(code, prefix !== '')}'`;
}

function characterInside(code: number, isWide: boolean): string {
  if (code === 0x27) return "\\'";
  if (code === 0x22) return '"';
  if (code === 0) return '\\000';
  if (!isWide && code >= 0x80 && code < 0x100) return `\\${code.toString(8)}`;
  return code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? '\ufffd' : escaped(code);
}
