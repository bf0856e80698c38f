/** What compilers make for a class or a variable (Itanium C++ ABI, 5.1.4), in the words of binutils. */
const SPECIAL: ReadonlyMap<string, string> = new Map([
  ['TV', 'vtable for '], ['TT', 'VTT for '], ['TI', 'typeinfo for '], ['TS', 'typeinfo name for '], ['GV', 'guard variable for '],
]);

/** Names of the Itanium C++ ABI and of older Rust that are nothing but scopes, or are made for such: `_ZN2ns5valueE`, `_ZTV4Base`. */
export function demangle(name: string): string | undefined {
  const [, kind = '', nested, plain] = /^_Z(T[VTIS]|GV)?(?:N[KVr]*(.*)|(\d.*))$/.exec(name) ?? [];
  if (nested === undefined && (plain === undefined || kind === '')) return undefined;
  const scopes = scopesOf(nested ?? `${plain ?? ''}E`);
  return scopes === undefined ? undefined : (SPECIAL.get(kind) ?? '') + scopes;
}

function scopesOf(text: string): string | undefined {
  let rest = text;
  const parts: string[] = [];
  while (!rest.startsWith('E')) {
    const digits: string | undefined = /^[1-9]\d*/.exec(rest)?.[0];
    const length: number = Number(digits ?? 0);
    if (digits === undefined || digits.length + length >= rest.length) return undefined;
    const part: string = rest.slice(digits.length, digits.length + length);
    rest = rest.slice(digits.length + length);
    parts.push(part === '_GLOBAL__N_1' ? '(anonymous namespace)' : part);
  }
  // Rust ends its names with a hash.
  if (/^h[0-9a-f]{16}$/.test(parts[parts.length - 1] ?? '')) parts.pop();
  return parts.join('::');
}
