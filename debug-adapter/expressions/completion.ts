/** What can be written next in an expression. */
import { stripType } from '../dwarf/type-model.ts';
import type { Type } from '../dwarf/type-model.ts';
import { typeText } from '../dwarf/type-text.ts';
import { compileText } from './compile.ts';
import type { Names } from './code.ts';
import { namedMembers } from './members.ts';
import { Problem } from './problem.ts';
import { TYPE_WORDS } from './type-name-parser.ts';

export interface Completion {
  readonly label: string;
  readonly type: 'variable' | 'field' | 'function' | 'keyword' | 'property';
  /** What it replaces: [start, start + length) of the text. */
  readonly start: number;
  readonly length: number;
  readonly detail?: string;
}

/** A name that can be offered. */
export interface OfferedName {
  readonly name: string;
  readonly type: Completion['type'];
  readonly detail?: string | undefined;
}

/** What can be offered beside what the expression says itself. */
export interface NameSource {
  /** Names in scope that begin with a prefix, the nearest first. */
  readonly values: (prefix: string) => Iterable<OfferedName>;
  readonly types: (prefix: string, keyword: string | undefined) => Iterable<OfferedName>;
  readonly registers: Iterable<string>;
}

const MAX_COMPLETIONS = 300;
const MAX_LENGTH = 1_000;

/** `column`: where the cursor is, from 0. */
export function completionsAt(text: string, column: number, names: Names, source: NameSource): Completion[] {
  const before = text.slice(Math.max(0, column - MAX_LENGTH), column);
  const word = /(?:\$|[A-Za-z_\u0080-\uffff])?[\w\u0080-\uffff]*$/.exec(before)?.[0] ?? '';
  if (/^\d/.test(word)) return [];
  const start = column - word.length;
  const rest = before.slice(0, before.length - word.length);
  const replaced = { start, length: word.length + (/^\w*/.exec(text.slice(column))?.[0].length ?? 0) };
  const offered: OfferedName[] = [];
  for (const each of offers(rest, word, names, source)) {
    if (!each.name.startsWith(word) || offered.some(({ name }) => name === each.name)) continue;
    offered.push(each);
    if (offered.length >= MAX_COMPLETIONS) break;
  }
  return offered.map(({ name, type, detail }) => ({ label: name, type, ...replaced, ...(detail === undefined ? {} : { detail }) }));
}

function* offers(rest: string, word: string, names: Names, source: NameSource): Generator<OfferedName, void, undefined> {
  if (word.startsWith('$')) {
    for (const name of source.registers) yield { name: `$${name}`, type: 'property' };
    return;
  }
  const join = /(\.|->)\s*$/.exec(rest);
  if (join !== null) {
    yield* members(rest.slice(0, join.index), names);
    return;
  }
  const scope = /((?:[A-Za-z_]\w*(?:<[^()]*>)?::)+)$/.exec(rest)?.[1];
  if (scope !== undefined) {
    for (const each of source.values(scope + word)) if (each.name.startsWith(scope)) yield { ...each, name: each.name.slice(scope.length) };
    return;
  }
  const keyword = /\b(struct|union|class|enum)\s+$/.exec(rest)?.[1];
  if (keyword === undefined) yield* source.values(word);
  // A cast or the operand of sizeof may begin after a parenthesis or a brace.
  const isType = /[({]\s*(?:(?:const|volatile|unsigned|signed|long|short)\s+)*$/.test(rest);
  if (!isType && keyword === undefined) {
    if (word !== '') yield { name: 'sizeof', type: 'keyword' };
    return;
  }
  yield* source.types(word, keyword);
  if (keyword === undefined) for (const name of TYPE_WORDS) yield { name, type: 'keyword' };
}

function* members(before: string, names: Names): Generator<OfferedName, void, undefined> {
  const type = typeBefore(before, names);
  const bare = type === undefined ? undefined : stripType(type);
  const whole = bare?.kind === 'pointer' ? stripType(bare.target()) : bare;
  if (whole?.kind !== 'structure') return;
  for (const member of namedMembers(whole)) if (member.name !== undefined) yield { name: member.name, type: 'field', detail: typeText(member.type) };
  for (const member of whole.statics()) yield { name: member.name, type: 'field', detail: typeText(member.type) };
}

/** The type of the expression that ends there: the longest ending of the text that is one, and one that postfix operators can follow. */
function typeBefore(text: string, names: Names): Type | undefined {
  const start = postfixStart(text);
  for (const from of [start, ...keywordStarts(text, start)]) {
    try {
      return compileText(text.slice(from), names).type;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }
  return undefined;
}

/** A sizeof before it is no part of it. */
function keywordStarts(text: string, start: number): number[] {
  const word = /^\s*\w+\s+/.exec(text.slice(start))?.[0];
  return word === undefined ? [] : [start + word.length];
}

/** Where the operand begins that `.` or `->` would follow: names, members and brackets, from the end backwards. */
function postfixStart(text: string): number {
  let at = text.length;
  for (;;) {
    const before = text.slice(0, at).replace(/\s+$/, '');
    const tail = /(?:\$?[\w\u0080-\uffff]+|"|')$/.exec(before)?.[0];
    const last = before[before.length - 1];
    if (last === ')' || last === ']') {
      const open = openingOf(before, before.length - 1);
      if (open === undefined) return before.length;
      at = open;
      // `(type) name.`: a cast binds weaker than a member.
      if (last === ')' && !/(?:[\w\])]|\.|->)\s*$/.test(before.slice(0, open))) return at;
      continue;
    }
    if (tail === undefined || tail === '"' || tail === "'") return at;
    at = before.length - tail.length;
    const join = /(?:\.|->|::)\s*$/.exec(before.slice(0, at))?.[0];
    if (join === undefined) return at;
    at -= join.length;
  }
}

function openingOf(text: string, closing: number): number | undefined {
  let depth = 0;
  for (let at = closing; at >= 0; at--) {
    const character = text[at];
    if (character === ')' || character === ']') depth++;
    if (character === '(' || character === '[') depth--;
    if (depth === 0) return at;
  }
  return undefined;
}
