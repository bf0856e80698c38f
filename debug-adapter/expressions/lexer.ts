import { Problem } from './problem.ts';

/** Where a token is in the text: [start, end). */
interface Place { readonly start: number; readonly end: number }

export type Token = Place & (
  | { readonly kind: 'integer'; readonly value: bigint; readonly isDecimal: boolean; readonly suffix: string }
  | { readonly kind: 'float'; readonly value: number; readonly suffix: string }
  | { readonly kind: 'character' | 'string'; readonly codes: readonly number[]; readonly prefix: string; readonly text: string }
  /** An identifier or keyword. */
  | { readonly kind: 'word'; readonly text: string }
  /** `$a0`, without the dollar. */
  | { readonly kind: 'register'; readonly text: string }
  /** `file.c::`, without the colons. */
  | { readonly kind: 'file'; readonly text: string }
  | { readonly kind: 'mark'; readonly text: string }
);

const MAX_LENGTH = 1_000;

const SPACE = /\s*/y;
const FILE = /[\w./+-]*\w\.(?:c|cc|cpp|cxx|C|h|hh|hpp|rs|S|s)(?=::)/y;
const FLOAT = /(?:\d+\.\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)([fFlL]?)(?!\w)/y;
const INTEGER = /(0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)([uUlLzZ]*)(?!\w)/y;
const QUOTED = /(u8|u|U|L)?(['"])/y;
const WORD = /[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*/y;
const REGISTER = /\$([A-Za-z_]\w*)/y;
const MARK = /->\*?|<<|>>|<=|>=|==|!=|&&|\|\||::|[-+*/%&|^~!<>=?:.,()[\]{}@]/y;

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Splits an expression of at most 1000 characters. Throws a Problem. */
export function tokenize(text: string): Token[] {
  if (text.length > MAX_LENGTH) throw new Problem(`it is longer than ${MAX_LENGTH} characters`);
  const tokens: Token[] = [];
  let at = skipSpace(text, 0);
  while (at < text.length) {
    const token = next(text, at);
    tokens.push(token);
    at = skipSpace(text, token.end);
  }
  return tokens;
}

function skipSpace(text: string, at: number): number {
  return at + (match(SPACE, text, at)?.[0].length ?? 0);
}

function next(text: string, start: number): Token {
  const place = (found: RegExpExecArray): Place => ({ start, end: start + found[0].length });
  const file = match(FILE, text, start);
  if (file !== null) return { kind: 'file', text: file[0], ...place(file), end: start + file[0].length + 2 };
  const float = match(FLOAT, text, start);
  if (float !== null) return { kind: 'float', value: Number(float[0].replace(/[fFlL]$/, '')), suffix: (float[1] ?? '').toLowerCase(), ...place(float) };
  const integer = match(INTEGER, text, start);
  if (integer !== null) return integerToken(integer, place(integer));
  const quoted = match(QUOTED, text, start);
  if (quoted !== null) return quotedToken(text, start, quoted);
  const word = match(WORD, text, start);
  if (word !== null) return { kind: 'word', text: word[0], ...place(word) };
  const register = match(REGISTER, text, start);
  if (register !== null) return { kind: 'register', text: register[1] ?? '', ...place(register) };
  const mark = match(MARK, text, start);
  if (mark !== null) return { kind: 'mark', text: mark[0], ...place(mark) };
  const wrong = /^\w+/.exec(text.slice(start))?.[0] ?? String.fromCodePoint(text.codePointAt(start) ?? 0);
  throw new Problem(/^\d/.test(wrong) ? `«${wrong}» is not a number` : `«${wrong}» is not expected there`);
}

function integerToken(found: RegExpExecArray, place: Place): Token {
  const [, digits = '', suffix = ''] = found;
  const isOctal = /^0\d/.test(digits);
  if (isOctal && /[89]/.test(digits)) throw new Problem(`«${digits}» is not an octal number`);
  const value = isOctal ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits.toLowerCase());
  if (value >= 1n << 128n) throw new Problem(`the number ${digits} is too large`);
  return { kind: 'integer', value, isDecimal: /^[1-9]/.test(digits), suffix: suffix.toLowerCase(), ...place };
}

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, e: 27, '\\': 92, "'": 39, '"': 34, '?': 63,
};

function quotedToken(text: string, start: number, found: RegExpExecArray): Token {
  const [whole, prefix = '', quote = ''] = found;
  const codes: number[] = [];
  let at = start + whole.length;
  while (text[at] !== quote) {
    if (at >= text.length) throw new Problem(`a closing ${quote} is missing`);
    const escape = text[at] === '\\' ? escapeAt(text, at + 1) : undefined;
    const code = escape?.code ?? text.codePointAt(at) ?? 0;
    codes.push(code);
    at = escape?.end ?? at + String.fromCodePoint(code).length;
  }
  return { kind: quote === '"' ? 'string' : 'character', codes, prefix, text: text.slice(start + whole.length, at), start, end: at + 1 };
}

function escapeAt(text: string, at: number): { code: number; end: number } {
  const octal = match(/[0-7]{1,3}/y, text, at)?.[0];
  if (octal !== undefined) return { code: parseInt(octal, 8), end: at + octal.length };
  const hexadecimal = match(/x[0-9a-fA-F]{1,8}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}/y, text, at)?.[0];
  if (hexadecimal !== undefined) return { code: Math.min(parseInt(hexadecimal.slice(1), 16), 0x10ffff), end: at + hexadecimal.length };
  const code = SIMPLE_ESCAPES[text[at] ?? ''];
  if (code === undefined) throw new Problem(`the escape \\${text[at] ?? ''} is not known`);
  return { code, end: at + 1 };
}
