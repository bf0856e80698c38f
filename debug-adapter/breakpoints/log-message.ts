/** Messages of logpoints: text with expressions in braces. */
import { RequestError } from '../errors.ts';

/** Text and expressions by turns. */
export type LogMessage = readonly ({ readonly text: string } | { readonly expression: string })[];

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '{': '{', '}': '}', '\\': '\\' };

/** `{x}` is an expression, with a format suffix if it has one (`{x,x}`); `\{`, `\}`, `\\`, `\n` and `\t` stand for characters. Text as it is otherwise. */
export function parseLogMessage(source: string): LogMessage {
  const parts: ({ text: string } | { expression: string })[] = [];
  let text = '';
  for (let at = 0; at < source.length; at++) {
    const character = source.charAt(at);
    const escaped = character === '\\' ? ESCAPES[source.charAt(at + 1)] : undefined;
    if (escaped !== undefined) {
      text += escaped;
      at++;
    } else if (character === '{') {
      const end = endOfExpression(source, at + 1);
      const expression = source.slice(at + 1, end).trim();
      if (expression === '') throw new RequestError(`The log message '${source}' has empty braces: write an expression inside, or \\{ for a brace.`);
      if (text !== '') parts.push({ text });
      parts.push({ expression });
      text = '';
      at = end;
    } else {
      text += character;
    }
  }
  return text === '' ? parts : [...parts, { text }];
}

/** Index of the brace that closes an expression: not one in quotes, or of a pair of its own. */
function endOfExpression(source: string, from: number): number {
  let depth = 0;
  for (let at = from; at < source.length; at++) {
    const character = source.charAt(at);
    if (character === '"' || character === "'") at = endOfQuotes(source, at);
    else if (character === '{') depth++;
    else if (character === '}' && depth-- === 0) return at;
  }
  throw new RequestError(`The log message '${source}' has a brace that nothing closes: close it, or write \\{ for a brace.`);
}

function endOfQuotes(source: string, from: number): number {
  for (let at = from + 1; at < source.length; at++) {
    if (source.charAt(at) === '\\') at++;
    else if (source.charAt(at) === source.charAt(from)) return at;
  }
  // An apostrophe.
  return from;
}

const LINES_PER_SECOND = 1000;

export interface LogLine {
  readonly text: string;
  readonly source?: { readonly source: object; readonly line: number; readonly column?: number };
}

/** Prints what logpoints say, up to as many lines a second as a debug console takes, and then says how many were left out. */
export class LogFlow {
  private readonly emit: (event: string, body: object) => void;
  private windowMs = 0;
  private lines = 0;
  private leftOut = 0;

  constructor(emit: (event: string, body: object) => void) {
    this.emit = emit;
  }

  /** `line` is asked only if it will be printed: evaluating takes time. */
  print(line: () => LogLine): void {
    const nowMs = performance.now();
    if (nowMs - this.windowMs >= 1000) {
      this.tellLeftOut();
      this.windowMs = nowMs;
      this.lines = 0;
    }
    if (this.lines >= LINES_PER_SECOND) {
      this.leftOut++;
      return;
    }
    this.lines++;
    const { text, source } = line();
    this.emit('output', { category: 'console', output: `${text}\n`, ...source });
  }

  /** Before a stop is told, so that nothing seems to be missing silently. */
  tellLeftOut(): void {
    if (this.leftOut === 0) return;
    this.emit('output', { category: 'console', output: `(${this.leftOut.toLocaleString('en')} lines of logpoints were left out: more than ${LINES_PER_SECOND} came in a second)\n` });
    this.leftOut = 0;
  }
}
