import { tokenize } from './lexer.ts';
import type { Token } from './lexer.ts';
import { Problem } from './problem.ts';
import type { BinaryOperator, Syntax, UnaryOperator } from './syntax.ts';
import { TypeNameParser, TYPE_WORDS } from './type-name-parser.ts';

/** Tells whether a name is that of a type: `(name) - 1` is a cast then. */
export type IsType = (name: string) => boolean;

const MAX_DEPTH = 64;

/** From the weakest to the strongest, as GDB has them (c-exp.y). */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ['||'], ['&&'], ['|'], ['^'], ['&'], ['==', '!='], ['<', '>', '<=', '>='], ['<<', '>>'], ['@'], ['+', '-'], ['*', '/', '%'],
];
const STRENGTH: ReadonlyMap<string, { level: number; operator: BinaryOperator }> = new Map(
  LEVELS.flatMap((operators, level) => operators.map((operator): [string, { level: number; operator: BinaryOperator }] => [operator, { level, operator }])),
);
const UNARY: ReadonlySet<string> = new Set<UnaryOperator>(['*', '&', '+', '-', '!', '~']);

function isUnary(text: string): text is UnaryOperator {
  return UNARY.has(text);
}

/** Parses a whole expression. Throws a Problem. */
export function parseExpression(text: string, isType: IsType): Syntax {
  const parser = new Parser(tokenize(text), isType);
  return parser.whole();
}

/** Tokens with a place in them, for the two parsers. */
export class TokenCursor {
  readonly tokens: readonly Token[];
  at = 0;
  depth = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  get next(): Token | undefined {
    return this.tokens[this.at];
  }

  isMark(text: string, ahead = 0): boolean {
    const token = this.tokens[this.at + ahead];
    return token?.kind === 'mark' && token.text === text;
  }

  /** Goes past a mark if it is next. */
  take(text: string): boolean {
    if (!this.isMark(text)) return false;
    this.at++;
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) throw new Problem(this.next === undefined ? `«${text}» is missing at the end` : `«${text}» is expected before «${tokenText(this.next)}»`);
  }

  unexpected(): Problem {
    const { next } = this;
    if (next === undefined) return new Problem(this.tokens.length === 0 ? 'it is empty' : 'something is missing at the end');
    return new Problem(`«${tokenText(next)}» is not expected there`);
  }

  /** Bounds how deep things nest. */
  nested<T>(work: () => T): T {
    if (++this.depth > MAX_DEPTH) throw new Problem('it is nested too deeply');
    const result = work();
    this.depth--;
    return result;
  }
}

function tokenText(token: Token): string {
  switch (token.kind) {
    case 'integer':
    case 'float': return String(token.value);
    case 'character': return `'${token.text}'`;
    case 'string': return `"${token.text}"`;
    case 'register': return `$${token.text}`;
    default: return token.text;
  }
}

class Parser {
  readonly #cursor: TokenCursor;
  readonly #types: TypeNameParser;

  constructor(tokens: readonly Token[], isType: IsType) {
    this.#cursor = new TokenCursor(tokens);
    this.#types = new TypeNameParser(this.#cursor, isType);
  }

  whole(): Syntax {
    const syntax = this.#comma();
    if (this.#cursor.next !== undefined) throw this.#wrongEnd();
    return syntax;
  }

  #wrongEnd(): Problem {
    if (this.#cursor.isMark('=')) return new Problem('an expression cannot assign');
    if (this.#cursor.isMark('(')) return new Problem('an expression cannot call functions of the guest');
    return this.#cursor.unexpected();
  }

  #comma(): Syntax {
    let left = this.#conditional();
    while (this.#cursor.take(',')) left = { kind: 'binary', operator: ',', left, right: this.#conditional() };
    return left;
  }

  #conditional(): Syntax {
    return this.#cursor.nested(() => {
      const condition = this.#binary(0);
      if (!this.#cursor.take('?')) return condition;
      const yes = this.#comma();
      this.#cursor.expect(':');
      return { kind: 'conditional', condition, yes, no: this.#conditional() };
    });
  }

  /** Precedence climbing: operators of `minimum` and stronger. All of them group to the left. */
  #binary(minimum: number): Syntax {
    let left = this.#unary();
    for (;;) {
      const { next } = this.#cursor;
      const found = next?.kind === 'mark' ? STRENGTH.get(next.text) : undefined;
      if (found === undefined || found.level < minimum) return left;
      this.#cursor.at++;
      left = { kind: 'binary', operator: found.operator, left, right: this.#binary(found.level + 1) };
    }
  }

  #unary(): Syntax {
    return this.#cursor.nested(() => {
      const { next } = this.#cursor;
      if (next?.kind === 'mark' && next.text === '&&') throw new Problem('«&&» is not expected there');
      if (next?.kind === 'mark' && isUnary(next.text)) {
        this.#cursor.at++;
        return { kind: 'unary', operator: next.text, operand: this.#unary() };
      }
      if (next?.kind === 'word' && (next.text === 'sizeof' || next.text === 'alignof' || next.text === '_Alignof')) return this.#sizeof(next.text !== 'sizeof');
      if (this.#cursor.isMark('{')) return this.#at();
      if (this.#cursor.isMark('(') && this.#types.startsAt(1)) return this.#cast();
      return this.#postfix(this.#primary());
    });
  }

  #sizeof(isAlignment: boolean): Syntax {
    this.#cursor.at++;
    if (this.#cursor.isMark('(') && this.#types.startsAt(1)) {
      this.#cursor.at++;
      const type = this.#types.parse();
      this.#cursor.expect(')');
      return { kind: 'sizeof-type', type, isAlignment };
    }
    if (isAlignment) throw new Problem('the operand of alignof is a type in parentheses');
    return { kind: 'unary', operator: 'sizeof', operand: this.#unary() };
  }

  #at(): Syntax {
    this.#cursor.expect('{');
    const type = this.#types.parse();
    this.#cursor.expect('}');
    return { kind: 'at', type, address: this.#unary() };
  }

  #cast(): Syntax {
    this.#cursor.expect('(');
    const type = this.#types.parse();
    this.#cursor.expect(')');
    return { kind: 'cast', type, operand: this.#unary() };
  }

  #postfix(operand: Syntax): Syntax {
    let of = operand;
    for (;;) {
      if (this.#cursor.take('.') || this.#cursor.take('->')) of = { kind: 'member', of, name: this.#memberName() };
      else if (this.#cursor.take('[')) {
        const index = this.#comma();
        this.#cursor.expect(']');
        of = { kind: 'element', of, index };
      } else return of;
    }
  }

  /** A name, or that of a base: `Base`, `ns::Base`, `Box<int>`. */
  #memberName(): string {
    const name = this.#types.name();
    if (name === undefined) throw this.#cursor.next === undefined ? new Problem('the name of a member is missing at the end') : this.#cursor.unexpected();
    return name;
  }

  #primary(): Syntax {
    const cursor = this.#cursor;
    if (cursor.take('(')) {
      this.#refuseUnknownCast();
      const inner = this.#comma();
      cursor.expect(')');
      return inner;
    }
    const token = cursor.next;
    switch (token?.kind) {
      case 'integer':
      case 'float':
      case 'register':
        cursor.at++;
        return token.kind === 'register' ? { kind: 'register', name: token.text } : token;
      case 'string': return this.#string();
      case 'character': return this.#character();
      case 'file': {
        cursor.at++;
        return this.#name(token.text);
      }
      default: return this.#name(undefined);
    }
  }

  /** `(name *)` can only be a cast. */
  #refuseUnknownCast(): void {
    const cursor = this.#cursor;
    const before = cursor.at;
    const name = this.#types.name();
    const isPointer = name !== undefined && cursor.isMark('*');
    while (cursor.take('*'));
    if (isPointer && cursor.isMark(')')) throw new Problem(`there is no type «${name}» here`);
    cursor.at = before;
  }

  /** Neighbouring strings are one. */
  #string(): Syntax {
    const codes: number[] = [];
    let prefix = '';
    for (let { next } = this.#cursor; next?.kind === 'string'; { next } = this.#cursor) {
      codes.push(...next.codes);
      if (next.prefix !== '') ({ prefix } = next);
      this.#cursor.at++;
    }
    return { kind: 'string', codes, prefix };
  }

  #character(): Syntax {
    const cursor = this.#cursor;
    const token = cursor.next;
    if (token?.kind !== 'character') throw cursor.unexpected();
    cursor.at++;
    // GDB's 'file.c'::name and 'A::b'.
    if (cursor.take('::')) return token.text.includes('.') ? this.#name(token.text) : this.#scoped(token.text);
    const [code, more] = token.codes;
    if (code === undefined || (more !== undefined && !/^[\w:]+$/.test(token.text))) throw new Problem(`'${token.text}' is not one character`);
    return more === undefined ? { kind: 'character', code, prefix: token.prefix } : { kind: 'name', name: token.text, file: undefined };
  }

  /** GDB's 'function'::name. */
  #scoped(scope: string): Syntax {
    const inner = this.#name(undefined);
    return inner.kind === 'name' ? { ...inner, name: `${scope}::${inner.name}` } : inner;
  }

  #name(file: string | undefined): Syntax {
    const { next } = this.#cursor;
    if (next?.kind === 'word' && TYPE_WORDS.has(next.text)) throw new Problem(`«${next.text}» is a type, where a value is expected`);
    const name = this.#types.name();
    if (name === undefined) throw this.#cursor.unexpected();
    return { kind: 'name', name, file };
  }
}

