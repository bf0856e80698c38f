/** Hit conditions: which of the times that a breakpoint is passed are meant. */
import { RequestError } from '../errors.ts';
import { PASSES_MAX } from './passes.ts';

/** Passes are numbered from 1. */
export interface HitCondition {
  /** Only pass `count`, all from there on, all up to there, or each `count`th. */
  readonly which: 'at' | 'from' | 'upTo' | 'every';
  readonly count: number;
  /** Counted from where the breakpoint was set, not from the beginning of the recording. */
  readonly fromHere: boolean;
}

const FORM = /^\s*(==?|>=|>|<=|<|%|\+)?\s*(\d{1,15})\s*$/;

/** `10`, `== 10`, `>= 10`, `> 10`, `<= 10`, `< 10`, `% 10`, and `+10`: the tenth from where it was set. */
export function parseHitCondition(text: string): HitCondition {
  const match = FORM.exec(text);
  if (match === null) throw new RequestError(`'${text}' is no hit condition: write a count such as 10, one with ==, >=, >, <=, < or % before it, or +10 for the tenth from here.`);
  const operator = match[1] ?? '==';
  const given = Number(match[2]);
  const count = operator === '>' ? given + 1 : operator === '<' ? given - 1 : given;
  if (operator === '>=' && count === 0) return { which: 'from', count: 1, fromHere: false };
  if (count < 1) throw new RequestError(`'${text}' is never true: hits are counted from 1.`);
  if (count > PASSES_MAX) throw new RequestError(`'${text}' is more than can be counted: hit conditions reach to ${PASSES_MAX.toLocaleString('en')}.`);
  const which = operator === '%' ? 'every' : operator.startsWith('>') ? 'from' : operator.startsWith('<') ? 'upTo' : 'at';
  return { which, count, fromHere: operator === '+' };
}

/** What is to be said about a breakpoint that counts. */
export function describeCounting({ fromHere }: HitCondition): string {
  return fromHere ? 'Hits are counted from where the breakpoint was set.' : 'Hits are counted from the beginning of the recording.';
}
