import { Problem } from './problem.ts';
import type { IsType, TokenCursor } from './parser.ts';
import type { TypeModifier, TypeSyntax } from './syntax.ts';

const KEYWORDS = ['struct', 'union', 'class', 'enum'] as const;
const QUALIFIERS: ReadonlyMap<string, string> = new Map([
  ['const', 'const'], ['volatile', 'volatile'], ['restrict', 'restrict'], ['__restrict', 'restrict'], ['_Atomic', '_Atomic'],
]);
/** What base types are put together of. */
const BASE_WORDS: ReadonlySet<string> = new Set([
  'void', 'char', 'short', 'int', 'long', 'signed', 'unsigned', 'float', 'double', '_Bool', 'bool', '_Complex', '__int128', '_Float16',
]);
/** Words that begin a type and nothing else. */
export const TYPE_WORDS: ReadonlySet<string> = new Set([...BASE_WORDS, ...KEYWORDS, ...QUALIFIERS.keys(), 'typename']);

const MAX_ARRAY = 1 << 24;

/** Parses type names: `unsigned char`, `struct node *`, `int (*)[3]`, `Box<int, 3> const &`. */
export class TypeNameParser {
  readonly #cursor: TokenCursor;
  readonly #isType: IsType;

  constructor(cursor: TokenCursor, isType: IsType) {
    this.#cursor = cursor;
    this.#isType = isType;
  }

  /** Whether a type name begins so many tokens from here. */
  startsAt(ahead: number): boolean {
    const cursor = this.#cursor;
    const token = cursor.tokens[cursor.at + ahead];
    if (token?.kind !== 'word' && !cursor.isMark('::', ahead)) return false;
    if (token?.kind === 'word' && TYPE_WORDS.has(token.text)) return true;
    const before = cursor.at;
    cursor.at += ahead;
    const name = this.name();
    cursor.at = before;
    return name !== undefined && this.#isType(name);
  }

  /** `a`, `A::b`, `::b`, `Box<int, 3>::size`; undefined, at the same place, when there is none. Parameters of templates belong to a name if that is a type then. */
  name(): string | undefined {
    const cursor = this.#cursor;
    const before = cursor.at;
    let name = cursor.take('::') ? '::' : '';
    for (;;) {
      const isDestructor = name.endsWith('::') && cursor.take('~');
      const token = cursor.next;
      const isAnonymous = cursor.isMark('(') && this.#takeAnonymous();
      if (token?.kind !== 'word' && !isAnonymous) {
        cursor.at = before;
        return undefined;
      }
      if (!isAnonymous) cursor.at++;
      name += `${isDestructor ? '~' : ''}${isAnonymous || token?.kind !== 'word' ? '(anonymous namespace)' : token.text}`;
      name += this.#templateParameters(name);
      if (!cursor.isMark('::')) return name;
      cursor.at++;
      name += '::';
    }
  }

  /** `(anonymous namespace)`, as GDB writes it. */
  #takeAnonymous(): boolean {
    const cursor = this.#cursor;
    const words = [cursor.tokens[cursor.at + 1], cursor.tokens[cursor.at + 2]].map((token) => (token?.kind === 'word' ? token.text : ''));
    if (words.join(' ') !== 'anonymous namespace' || !cursor.isMark(')', 3)) return false;
    cursor.at += 4;
    return true;
  }

  #templateParameters(name: string): string {
    const cursor = this.#cursor;
    if (!cursor.isMark('<')) return '';
    let depth = 0;
    let text = '';
    for (let at = cursor.at; at < cursor.tokens.length; at++) {
      const token = cursor.tokens[at];
      if (token === undefined) break;
      const part = token.kind === 'mark' || token.kind === 'word' ? token.text : token.kind === 'integer' ? `${token.value}${token.suffix}` : '';
      depth += part === '<' ? 1 : part === '>' ? -1 : part === '>>' ? -2 : 0;
      text += /\w$/.test(text) && /^\w/.test(part) ? ` ${part}` : part;
      if (depth > 0) continue;
      const next = cursor.tokens[at + 1];
      const isScope = next?.kind === 'mark' && next.text === '::';
      if (depth < 0 || (!isScope && !this.#isType(name + text))) return '';
      cursor.at = at + 1;
      return text;
    }
    return '';
  }

  parse(): TypeSyntax {
    return this.#cursor.nested(() => {
      const { base, qualifiers } = this.#specifiers();
      return { base, qualifiers, modifiers: this.#declarator() };
    });
  }

  #specifiers(): Pick<TypeSyntax, 'base' | 'qualifiers'> {
    const cursor = this.#cursor;
    const qualifiers: string[] = [];
    const words: string[] = [];
    let base: TypeSyntax['base'] | undefined;
    for (;;) {
      const token = cursor.next;
      const word = token?.kind === 'word' ? token.text : undefined;
      const qualifier = word === undefined ? undefined : QUALIFIERS.get(word);
      const keyword = KEYWORDS.find((each) => each === word);
      if (qualifier !== undefined) {
        qualifiers.push(qualifier);
        cursor.at++;
      } else if (word === 'typename') cursor.at++;
      else if (word !== undefined && BASE_WORDS.has(word) && base === undefined) {
        words.push(word);
        cursor.at++;
      } else if (keyword !== undefined && base === undefined && words.length === 0) {
        cursor.at++;
        const name = this.name();
        if (name === undefined) throw new Problem(`a name is missing after «${keyword}»`);
        base = { keyword, name };
      } else if (base === undefined && words.length === 0) {
        const name = this.name();
        if (name === undefined) throw new Problem('the name of a type is missing');
        base = { keyword: undefined, name };
      } else break;
    }
    return { base: base ?? { keyword: undefined, name: canonicalName(words) }, qualifiers };
  }

  /** An abstract declarator: what applies first to the base comes first. */
  #declarator(): TypeModifier[] {
    return this.#cursor.nested(() => {
      const cursor = this.#cursor;
      const modifiers: TypeModifier[] = [];
      for (;;) {
        const symbol = cursor.isMark('*') ? '*' : cursor.isMark('&&') ? '&&' : cursor.isMark('&') ? '&' : undefined;
        if (symbol === undefined) break;
        cursor.at++;
        modifiers.push({ kind: 'pointer', symbol, qualifiers: this.#qualifiers() });
      }
      let inner: TypeModifier[] = [];
      if (cursor.isMark('(') && (cursor.isMark('*', 1) || cursor.isMark('&', 1) || cursor.isMark('(', 1) || cursor.isMark('[', 1))) {
        cursor.expect('(');
        inner = this.#declarator();
        cursor.expect(')');
      }
      const suffixes: TypeModifier[] = [];
      while (cursor.isMark('[') || cursor.isMark('(')) suffixes.push(cursor.isMark('[') ? this.#arraySuffix() : this.#functionSuffix());
      return [...modifiers, ...suffixes.reverse(), ...inner];
    });
  }

  #qualifiers(): string[] {
    const found: string[] = [];
    for (;;) {
      const token = this.#cursor.next;
      const qualifier = token?.kind === 'word' ? QUALIFIERS.get(token.text) : undefined;
      if (qualifier === undefined) return found;
      found.push(qualifier);
      this.#cursor.at++;
    }
  }

  #arraySuffix(): TypeModifier {
    const cursor = this.#cursor;
    cursor.expect('[');
    const token = cursor.next;
    let count: number | undefined;
    if (token?.kind === 'integer') {
      if (token.value > BigInt(MAX_ARRAY)) throw new Problem(`an array of ${token.value} elements is too large`);
      count = Number(token.value);
      cursor.at++;
    }
    cursor.expect(']');
    return { kind: 'array', count };
  }

  #functionSuffix(): TypeModifier {
    const cursor = this.#cursor;
    cursor.expect('(');
    const parameters: TypeSyntax[] = [];
    while (!cursor.isMark(')')) {
      if (parameters.length > 0) cursor.expect(',');
      parameters.push(this.parse());
    }
    cursor.expect(')');
    const [only] = parameters;
    const isVoid = parameters.length === 1 && only?.base.name === 'void' && only.modifiers.length === 0;
    return { kind: 'function', parameters: isVoid ? [] : parameters };
  }
}

/** `long unsigned int` and `unsigned long` are one type: the shortest spelling. Throws a Problem for what is none. */
function canonicalName(words: readonly string[]): string {
  const count = (word: string): number => words.filter((each) => each === word).length;
  const [only] = words;
  if (words.length === 1 && only !== undefined && only !== 'signed' && only !== 'unsigned') return only === 'bool' ? 'bool' : only;
  const others = words.filter((word) => !['signed', 'unsigned', 'short', 'long', 'int'].includes(word));
  const sign = count('unsigned') > 0 ? 'unsigned ' : '';
  const isWrong = count('signed') + count('unsigned') > 1 || count('short') > 1 || count('long') > 2 || (count('short') > 0 && count('long') > 0) || count('int') > 1;
  const wrong = new Problem(`«${words.join(' ')}» is not a type`);
  if (isWrong) throw wrong;
  const [other] = others;
  if (other === undefined) return sign + (count('short') > 0 ? 'short' : count('long') === 2 ? 'long long' : count('long') === 1 ? 'long' : 'int');
  if (others.includes('_Complex')) return complexName(words, wrong);
  if (others.length > 1) throw wrong;
  if (other === 'char' && count('short') + count('long') + count('int') === 0) return count('signed') > 0 ? 'signed char' : `${sign}char`;
  if (other === '__int128' && count('short') + count('long') + count('int') === 0) return `${sign}__int128`;
  if (other === 'double' && count('long') === 1 && words.length === 2) return 'long double';
  throw wrong;
}

/** As GCC names them. */
function complexName(words: readonly string[], wrong: Problem): string {
  const rest = words.filter((word) => word !== '_Complex').join(' ');
  if (rest === 'float' || rest === 'double' || rest === 'long double') return `complex ${rest}`;
  throw wrong;
}
