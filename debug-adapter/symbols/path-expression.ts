import { UserError } from '../../emulator/user-error.ts';

/** What can be asked for: names with members, elements, targets and addresses, as in C. */
export type PathExpression =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'register'; readonly name: string }
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'member'; readonly of: PathExpression; readonly name: string }
  | { readonly kind: 'element'; readonly of: PathExpression; readonly index: PathExpression }
  | { readonly kind: 'target'; readonly of: PathExpression }
  | { readonly kind: 'address'; readonly of: PathExpression };

const MAX_TEXT = 1_000;
const MAX_DEPTH = 64;
const TOKEN = /\s*(?:(\$?[A-Za-z_]\w*(?:::\w+)*)|(0[xX][0-9a-fA-F]+|\d+)|(->|[.[\]()*&-]))/y;

interface Token { readonly kind: 'word' | 'number' | 'mark'; readonly text: string }

function tokens(text: string): Token[] {
  const found: Token[] = [];
  const pattern = new RegExp(TOKEN);
  const trimmed = text.trim();
  while (pattern.lastIndex < trimmed.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(trimmed);
    if (match === null) throw failed(text, `«${trimmed.slice(at, at + 10)}» is not part of a name, member, element, * or &`);
    const [, word, number, mark] = match;
    found.push(word !== undefined ? { kind: 'word', text: word } : number !== undefined ? { kind: 'number', text: number } : { kind: 'mark', text: mark ?? '' });
  }
  return found;
}

function failed(text: string, what: string): UserError {
  return new UserError(`Cannot evaluate «${text}»: ${what}.`);
}

/** Parses `a.b[3]->c`, `*p`, `&x`, `$a0`; anything else is a UserError. */
export function parsePath(text: string): PathExpression {
  if (text.length > MAX_TEXT) throw failed(`${text.slice(0, 20)}...`, 'it is too long');
  const parser = new PathParser(text, tokens(text));
  return parser.whole();
}

class PathParser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string, list: readonly Token[]) {
    this.#text = text;
    this.#tokens = list;
  }

  whole(): PathExpression {
    const expression = this.#unary();
    if (this.#at < this.#tokens.length) throw failed(this.#text, `«${this.#tokens[this.#at]?.text ?? ''}» is not expected there`);
    return expression;
  }

  #takeMark(...marks: string[]): string | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'mark' || !marks.includes(token.text)) return undefined;
    this.#at++;
    return token.text;
  }

  #expectMark(mark: string): void {
    if (this.#takeMark(mark) === undefined) throw failed(this.#text, `«${mark}» is missing`);
  }

  #unary(): PathExpression {
    if (++this.#depth > MAX_DEPTH) throw failed(this.#text, 'it is nested too deeply');
    const mark = this.#takeMark('*', '&', '-');
    let expression: PathExpression;
    if (mark === '*') expression = { kind: 'target', of: this.#unary() };
    else if (mark === '&') expression = { kind: 'address', of: this.#unary() };
    else if (mark === '-') {
      const of = this.#unary();
      if (of.kind !== 'number') throw failed(this.#text, '- may only precede a number');
      expression = { kind: 'number', value: -of.value };
    } else expression = this.#postfix(this.#primary());
    this.#depth--;
    return expression;
  }

  #postfix(whole: PathExpression): PathExpression {
    let expression = whole;
    for (let count = 0; ; count++) {
      if (count > MAX_DEPTH) throw failed(this.#text, 'it is nested too deeply');
      const mark = this.#takeMark('.', '->', '[');
      if (mark === undefined) return expression;
      if (mark === '[') {
        expression = { kind: 'element', of: expression, index: this.#unary() };
        this.#expectMark(']');
      } else expression = { kind: 'member', of: expression, name: this.#word() };
    }
  }

  #word(): string {
    const token = this.#tokens[this.#at++];
    if (token?.kind !== 'word' || token.text.startsWith('$')) throw failed(this.#text, 'a member name is missing');
    return token.text;
  }

  #primary(): PathExpression {
    if (this.#takeMark('(') !== undefined) {
      const inner = this.#unary();
      this.#expectMark(')');
      return inner;
    }
    const token = this.#tokens[this.#at++];
    if (token?.kind === 'number') return { kind: 'number', value: BigInt(token.text) };
    if (token?.kind !== 'word') throw failed(this.#text, token === undefined ? 'a name is missing' : `«${token.text}» is not expected there`);
    return token.text.startsWith('$') ? { kind: 'register', name: token.text.slice(1) } : { kind: 'name', name: token.text };
  }
}
