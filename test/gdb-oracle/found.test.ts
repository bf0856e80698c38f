/** What the comparison with GDB has found, each by itself. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { demangle } from '../../debug-adapter/symbols/demangle.ts';
import type { Frame } from '../../debug-adapter/symbols/frames.ts';
import type { SymbolSet } from '../../debug-adapter/symbol-set.ts';
import { ALL_GUESTS, guestLacksTools } from './guests.ts';
import { startGuest } from './start-guest.ts';

interface Stop {
  readonly symbols: SymbolSet;
  readonly frame: Frame;
  /** `type = value` of the innermost frame's variables. */
  readonly locals: ReadonlyMap<string, string>;
}

/** Where a function of a guest is entered, or is about to execute its last instruction. */
async function stopIn(name: string, functionName: string, where: 'entry' | 'last'): Promise<Stop> {
  const { session, symbols, program } = startGuest(ALL_GUESTS.find((guest) => guest.name === name) ?? assert.fail(name));
  // A copy of a function is called on_call.isra.0.
  const symbol = program.symbols.find((each) => each.name === functionName || each.name.startsWith(`${functionName}.`));
  const found = program.functionAt(symbol?.address ?? 0n) ?? assert.fail(functionName);
  const stop = await session.runForward({ breakpoints: new Set([where === 'entry' ? found.low : found.high - 2n]), watches: [], caughtCauses: new Set() });
  assert.equal(stop.reason, 'breakpoint');
  const [frame] = symbols.stack(session.inspect, 10);
  assert.ok(frame !== undefined);
  const locals = new Map(symbols.variables(frame, 'locals').map((variable) => [variable.name, `${variable.type} = ${variable.value}`]));
  session.close();
  return { symbols, frame, locals };
}

function check(title: string, guest: string, functionName: string, where: 'entry' | 'last', expect: Readonly<Record<string, RegExp>>): void {
  const known = ALL_GUESTS.find(({ name }) => name === guest);
  test(title, { skip: known === undefined ? false : guestLacksTools(known) }, async () => {
    const { locals } = await stopIn(guest, functionName, where);
    for (const [name, text] of Object.entries(expect)) assert.match(locals.get(name) ?? 'none', text, name);
  });
}

describe('found by comparing with GDB', () => {
  check('lengths of arrays are in the type', 'features.c gcc -O0 -gdwarf-5', 'dynamic', 'last', { line: /^int \[3\] = \{0, 7, 14\}$/, table: /^byte \[3\]\[4\] = / });
  check('floating-point parameters at entry', 'features.c gcc -O1 -gdwarf-4', 'convert', 'last', { number: /^float = 1\.5$/, third: /^float = 0\.5$/ });
  check('parameters that GCC has taken away', 'features.c gcc -O2 -gdwarf-5', 'on_call', 'entry', { saved: /^union registers \* = 0x8001/ });
  check('variables of which nothing is left', 'features.c clang -O2 -gdwarf-5', 'arm_timer', 'entry', { now: /^unsigned long = /, interval: /^unsigned long = <optimized out>$/ });
  check('what holds at the entry alone', 'features.cpp gcc -Os -gdwarf-4', '_ZN12_GLOBAL__N_16hiddenENS_5TallyEb', 'entry', { tally: /Tally = \{hits = 0\}$/ });

  test('functions that the assembler describes as longer than they are', { skip: guestLacksTools(ALL_GUESTS[1] ?? assert.fail()) }, async () => {
    const { symbols } = await stopIn('features.c gcc -O0 -gdwarf-5', 'user_entry', 'entry');
    for (const name of ['_start', 'user_entry', 'system_call', 'trap_entry']) {
      const { address = 0n, sizeBytes = 0 } = symbols.symbol(name) ?? {};
      for (const offset of [0n, BigInt(sizeBytes) - 2n]) assert.equal(symbols.functionAt(address + offset)?.name, name);
    }
  });
});

const NAMES: readonly (readonly [linked: string, expect: string | undefined])[] = [
  ['_ZTVN6shapes3BoxE', 'vtable for shapes::Box'], ['_ZTV4Base', 'vtable for Base'], ['_ZTI4Base', 'typeinfo for Base'], ['_ZTSN1a1bE', 'typeinfo name for a::b'], ['_ZTT4Base', 'VTT for Base'],
  ['_ZGVN1a5valueE', 'guard variable for a::value'], ['_ZN1a5valueE', 'a::value'], ['_ZTV3StackIiE', undefined], ['_ZTV9', undefined], ['_Z3fooi', undefined], ['_ZN12_GLOBAL__N_15countE', '(anonymous namespace)::count'],
];
test('names that compilers make for classes and variables', () => {
  for (const [linked, expect] of NAMES) assert.equal(demangle(linked), expect, linked);
});
