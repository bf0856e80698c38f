/** Names of functions as debuggers of their languages show them. */
import { AT, TAG } from './constants.ts';
import { languageOf, scopePrefix } from './scope-names.ts';
import { canonicalTemplate, canonicalTypes } from './type-names.ts';
import { typeText } from './type-text.ts';
import type { TypeReader } from './types.ts';
import type { Die } from './units.ts';

const PARAMETERS_MAX = 64;

/** `origins`: the function's entry and what it completes, in this order. Undefined without a name. */
export function functionName(origins: readonly Die[], types: TypeReader): string | undefined {
  const named = origins.find((die) => die.has(AT.name));
  const name = named?.string(AT.name);
  if (named === undefined || name === undefined) return undefined;
  const language = languageOf(named.unit);
  if (language === 'c') return name;
  const prefix = origins.map((die) => scopePrefix(die)).findLast((each) => each !== '') ?? '';
  if (language === 'rust') return prefix + name;
  // Of a class in a type unit, GCC leaves methods without their parameters in the unit at hand.
  const described = named.hasChildren ? named : origins.findLast((die) => die.hasChildren) ?? named;
  return `${prefix}${canonicalTemplate(name)}${parameterList(described, types)}`;
}

function parameterList(die: Die, types: TypeReader): string {
  const texts: string[] = [];
  let isConstant = false;
  for (const child of die.children()) {
    if (texts.length >= PARAMETERS_MAX) break;
    if (child.tag === TAG.unspecifiedParameters) texts.push('...');
    if (child.tag !== TAG.formalParameter) continue;
    const type = typeText(types.typeOf(child));
    if (child.flag(AT.artificial)) isConstant ||= type.startsWith('const ');
    else texts.push(type.replace(/ (?=[*&])/g, ''));
  }
  return `(${texts.join(', ')})${isConstant ? ' const' : ''}`;
}

const CALL_OPERATOR = /operator ?\(\)$/;

function hasParameters(name: string): boolean {
  return /\)( const)?$/.test(name) && !CALL_OPERATOR.test(name);
}

/** A name without parameters. */
export function withoutParameters(name: string): string {
  if (!hasParameters(name)) return name;
  let depth = 0;
  for (let at = name.lastIndexOf(')'); at >= 0; at--) {
    if (name[at] === ')') depth++;
    if (name[at] === '(' && --depth === 0) return name.slice(0, at);
  }
  return name;
}

/** A name without template arguments. Operators keep their signs. */
export function withoutArguments(name: string): string {
  let depth = 0;
  let text = '';
  for (const [at, letter] of [...name].entries()) {
    const isSign = /operator[<>=-]*$/.test(name.slice(0, at)) && /[<>]/.test(letter);
    if (letter === '<' && !isSign) depth++;
    if (depth === 0) text += letter;
    if (letter === '>' && !isSign && depth > 0) depth--;
  }
  return text;
}

/** Whether `wanted`, as a person writes it, means the function: all of its name, or its last scopes, with or without parameters and template arguments. */
export function isNameOf(fullName: string, wanted: string): boolean {
  const text = wanted.trim().replace(/^::/, '').replace(/\s+/g, ' ');
  const full = (hasParameters(text) ? fullName : withoutParameters(fullName)).replace(/ /g, '');
  const asked = (/[<(]/.test(text) ? canonicalTypes(text) : text).replace(/ /g, '');
  return endsWithName(full, asked) || (withoutArguments(asked) === asked && endsWithName(withoutArguments(full), asked));
}

function endsWithName(name: string, end: string): boolean {
  return end !== '' && (name === end || name.endsWith(`::${end}`));
}
