/** Assignments as they are written in the debug console. */

const OPERATORS_BEFORE = /[-+*/%&|^]|<<|>>/;
const CLOSING: Readonly<Record<string, number>> = { '(': 1, '[': 1, '{': 1, ')': -1, ']': -1, '}': -1 };

/** `x = 5`, `x += 2`: what is assigned to, and the value; undefined if it is no assignment. */
export function splitAssignment(text: string): { readonly target: string; readonly value: string } | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"' || character === "'") {
      at = closingQuote(text, at);
      continue;
    }
    depth += CLOSING[character] ?? 0;
    if (character !== '=' || depth !== 0) continue;
    if (text.charAt(at + 1) === '=') at++;
    else if (!/[=!]/.test(text.charAt(at - 1)) && !isComparison(text, at)) return partsAt(text, at);
  }
  return undefined;
}

function partsAt(text: string, at: number): { target: string; value: string } | undefined {
  const shift = /(<<|>>)$/.exec(text.slice(0, at))?.[0];
  const operator = shift ?? (OPERATORS_BEFORE.test(text.charAt(at - 1)) ? text.charAt(at - 1) : '');
  const target = text.slice(0, at - operator.length).trim();
  const value = text.slice(at + 1).trim();
  if (target === '' || value === '') return undefined;
  return { target, value: operator === '' ? value : `(${target}) ${operator} (${value})` };
}

/** `<=` and `>=`, but not `<<=` and `>>=`. */
function isComparison(text: string, at: number): boolean {
  return /[<>]/.test(text.charAt(at - 1)) && text.charAt(at - 2) !== text.charAt(at - 1);
}

function closingQuote(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text.charAt(at) === '\\') at++;
    else if (text.charAt(at) === text.charAt(from)) return at;
  }
  return text.length;
}
