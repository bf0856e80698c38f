/** How a value is to be shown: GDB's `/x expression`, and the suffixes of other debuggers, `expression,x`. */
import { arrayOf, pointerTo, sizeOfType, stripType } from '../dwarf/type-model.ts';
import type { Type } from '../dwarf/type-model.ts';
import { quoteCharacter } from '../dwarf/characters.ts';
import { floatText } from '../dwarf/float-text.ts';
import { pointerText } from '../dwarf/value-text.ts';
import type { NumberFormat } from '../dwarf/value-text.ts';
import type { ValueContext } from '../dwarf/value.ts';
import { CHAR } from './arithmetic.ts';

type FormatLetter = 'x' | 'd' | 'u' | 'o' | 't' | 'c' | 's' | 'a' | 'f' | 'z';

export interface FormattedText {
  readonly expression: string;
  readonly letter: FormatLetter | undefined;
  /** Elements of an array that begins where a pointer points. */
  readonly count: number | undefined;
}

const LETTERS: Readonly<Record<string, FormatLetter>> = { x: 'x', h: 'x', d: 'd', u: 'u', o: 'o', b: 't', t: 't', c: 'c', s: 's', a: 'a', f: 'f', z: 'z' };
const PREFIX = /^\s*\/([xduotacfsz])\s+/;
const SUFFIX = /,\s*(\d{1,8})?([xhduobcs])?\s*$/;

/** Takes the format off an expression. In parentheses a comma is C's operator. */
export function splitFormat(text: string): FormattedText {
  const prefix = PREFIX.exec(text);
  if (prefix !== null) return { expression: text.slice(prefix[0].length).trim(), letter: LETTERS[prefix[1] ?? ''], count: undefined };
  const suffix = SUFFIX.exec(text);
  const [, digits, letter] = suffix ?? [];
  if (suffix === null || (digits === undefined && letter === undefined)) return { expression: text.trim(), letter: undefined, count: undefined };
  return { expression: text.slice(0, suffix.index).trim(), letter: letter === undefined ? undefined : LETTERS[letter], count: digits === undefined ? undefined : Number(digits) };
}

/** How numbers are written in a format. */
export function numberFormat(letter: FormatLetter, context: ValueContext): NumberFormat | undefined {
  switch (letter) {
    case 'x': return (raw) => `0x${raw.toString(16)}`;
    case 'z': return (raw, sizeBits) => `0x${raw.toString(16).padStart(Math.ceil(sizeBits / 4), '0')}`;
    case 'd': return (raw, sizeBits) => BigInt.asIntN(sizeBits, raw).toString();
    case 'u': return (raw) => raw.toString();
    case 'o': return (raw) => (raw === 0n ? '0' : `0${raw.toString(8)}`);
    case 't': return (raw) => raw.toString(2);
    case 'c': return (raw, sizeBits, type) => {
      const isSigned = type.kind === 'base' && (type.encoding === 0x05 || type.encoding === 0x06);
      return `${isSigned ? BigInt.asIntN(sizeBits, raw) : raw} ${quoteCharacter(raw & 0xffn, '')}`;
    };
    case 'a': return (raw) => pointerText(raw, context);
    case 'f': return (raw, sizeBits, type) => ([32, 64].includes(sizeBits) && type.kind === 'base' ? floatText(raw, sizeBits) : undefined);
    case 's': return undefined;
  }
}

/** For `,s`: bytes as text. Undefined: it is shown as it is. */
export function textType(type: Type): Type | undefined {
  const bare = stripType(type);
  const part = bare.kind === 'pointer' ? bare.target() : bare.kind === 'array' && bare.dimensions.length === 1 ? bare.element() : undefined;
  const kind = part === undefined ? undefined : stripType(part).kind;
  if (part === undefined || sizeOfType(part) !== 1 || kind !== 'base') return undefined;
  return bare.kind === 'array' ? arrayOf(CHAR, bare.dimensions[0]?.count) : pointerTo(CHAR);
}
