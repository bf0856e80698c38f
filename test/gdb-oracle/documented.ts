/** Differences that are no mistake, each with its reason. Whatever is not here is one. */
import type { SymbolSet } from '../../debug-adapter/symbol-set.ts';
import type { Frame } from '../../debug-adapter/symbols/frames.ts';
import { lineText } from './compare.ts';
import type { Difference, GdbFrame } from './compare.ts';

export interface Case {
  readonly difference: Difference;
  readonly symbols: SymbolSet;
  /** The frame that it is in, and GDB's of the same call. */
  readonly frame: Frame | undefined;
  readonly expected: GdbFrame | undefined;
  /** All frames of GDB from this one outwards. */
  readonly outer: readonly GdbFrame[];
  /** Where GDB says that the variable is. */
  readonly place: () => Promise<string>;
  /** Rows of the line table for the code at an address, as binutils read it. */
  readonly rows: (address: bigint) => readonly LineRow[];
}

interface Documented {
  readonly name: string;
  readonly applies: (difference: Case) => boolean | Promise<boolean>;
}

const ALL: readonly Documented[] = [
  {
    // frame.c, get_frame_address_in_block: only frames that are no signal frames are looked up inside of the call. A trap handler that has call frame information is one.
    name: 'GDB shows a trap handler in the line behind its call, not in that of the call',
    applies: ({ difference: { what, gdb }, symbols, frame, expected }) => {
      const behind = frame === undefined ? undefined : symbols.location(frame.pc);
      return what === 'frame' && expected?.kind === 'signal' && frame?.pc !== frame?.lookupPc && gdb === lineText(behind?.path, behind?.line);
    },
  },
  {
    // dwarf2/expr.c, check_pieced_synthetic_pointer: a part that no piece covers is taken for one.
    name: 'GDB calls what lies behind the last piece of a variable a synthetic pointer, also where it is a number',
    applies: ({ difference: { what, ours, gdb, type } }) => what === 'value' && ours === '<optimized out>' && gdb === '<synthetic pointer>' && type !== undefined && !/[*&]/.test(type),
  },
  {
    // c-typeprint.c, c_type_print_args: '...' is written after parameters only.
    name: 'GDB writes (void) where C++ has nothing but (...)',
    applies: ({ difference: { what, ours, gdb } }) => what === 'type' && ours.includes('(...)') && ours.replaceAll('(...)', '(void)') === gdb,
  },
  {
    // RISC-V's ABI lets a function change these registers, and nothing says what they were: the number that GDB shows is the callee's.
    name: 'GDB takes the registers of a caller for good that the callee may have overwritten',
    applies: async ({ difference: { what, ours, gdb, level }, frame, place }) => (
      what === 'value' && ours.includes('<optimized out>') && !gdb.startsWith('<') && frame !== undefined && (level ?? 0) > 0
      && registersAt(await place(), frame.lookupPc).some((name) => VOLATILE.test(name))),
  },
  {
    // buildsym.c leaves out rows of line 0, which say that the code is of no line (DWARF 5, 6.2.2), and so extends the row before.
    name: 'GDB shows the line before for code that the compiler says is of no line',
    applies: ({ difference: { what, ours, gdb }, frame, symbols }) => (
      what === 'frame' && ours === 'no line' && frame !== undefined && gdb === lineBefore(symbols, frame.lookupPc)),
  },
  {
    // dwarf2/read.c, dwarf_record_line_p: a row of the line of the row before is left out where a discriminator was seen, also if it is the statement among rows at one address.
    name: 'GDB leaves out rows with discriminators, and so may miss that a statement begins at an address',
    applies: ({ difference: { what, ours, gdb }, frame, rows }) => {
      if (what !== 'frame' || frame === undefined) return false;
      const here = rows(frame.lookupPc);
      const before = rows((here[0]?.address ?? 1n) - 1n);
      const isIn = (all: readonly LineRow[], text: string, isStatement?: boolean): boolean => (
        all.some((row) => text.endsWith(`${row.file}:${row.line}`) && (isStatement === undefined || row.isStatement === isStatement)));
      // The statement among rows at one address was left out, or a row that goes on with a line after another statement at the address before.
      return (isIn(here, ours, true) && isIn(here, gdb, false) && !isIn(here, gdb, true)) || (isIn(here, ours, false) && isIn(before, ours) && isIn(before, gdb, true));
    },
  },
  {
    // dwarf2/read.c, attr_to_dynamic_prop: lengths that are in a variable with a constant value, or that were known at entry only, are not read; then there is 1, or none.
    name: 'GDB does not know lengths of arrays that it shows as values of variables',
    applies: ({ difference: { what, ours, gdb, variable }, expected }) => {
      const all = expected?.variables ?? [];
      const lengths = new Set(['', ...all.map(({ value }) => value.text ?? '')]);
      if (what === 'type') return withoutLengths(ours) === withoutLengths(gdb) && UNKNOWN_LENGTH.test(gdb) && lengthsIn(ours).every((each) => lengths.has(each));
      if (what !== 'value' || !UNKNOWN_LENGTH.test(all.find(({ name }) => name === variable)?.type ?? '')) return false;
      if (gdb === '<access outside bounds of object referenced via synthetic pointer>') return ours.startsWith('{');
      if (gdb === '1 parts' && ours.startsWith('[...]')) return true;
      return gdb === '1 parts' && lengths.has(/, (\d+) parts$/.exec(ours)?.[1]?.replace(/^0$/, '') ?? '-');
    },
  },
  {
    name: 'GDB writes [variable length] where the length is not known, Chronovisor []',
    applies: ({ difference: { what, ours, gdb } }) => what === 'type' && ours.includes('[]') && ours.replace(/\[.*$/, '') === gdb.replace(/\[.*$/, '') && gdb.includes('[variable length]'),
  },
  {
    name: 'GDB has no elements of an array whose length is not known, Chronovisor shows none and why',
    applies: ({ difference: { what, ours, gdb } }) => what === 'value' && ours.startsWith('<optimized out>') && gdb === '<no such vector element>',
  },
  {
    // dwarf2/read.c, inherit_abstract_dies, looks for copies among a scope's own entries only. GCC may put them into a block more, and GDB then lists the originals, too.
    name: 'GDB lists, without values, variables of inner blocks that the code is not in',
    applies: ({ difference: { what, ours, gdb }, symbols, frame, expected }) => {
      const own = new Set(ours.split(' '));
      const more = gdb.split(' ').filter((name) => !own.has(name));
      const isMissing = (name: string): boolean => expected?.variables.some((each) => each.name === name && each.value.missing === 'optimized out') === true;
      return what === 'names' && frame !== undefined && own.size + more.length === gdb.split(' ').length && more.every((name) => isMissing(name) && isElsewhere(symbols, frame, name));
    },
  },
  {
    // DW_AT_name says `(lambda at file:line:column)` or nothing; from the linker's name GDB has the number of the lambda.
    name: 'GDB numbers lambdas of Clang, Chronovisor says where they are',
    applies: ({ difference: { what, ours, gdb } }) => what === 'name' && /\$_\d/.test(gdb) && withoutLambdas(ours) === withoutLambdas(gdb),
  },
  {
    // dwarf2/read.c, dwarf2_physname: methods of lambdas and of what is in a namespace without a name have no linker's name where all calls are inlined.
    name: 'GDB leaves out the parameters of inlined methods without a name for the linker',
    applies: ({ difference: { what, ours, gdb }, frame }) => what === 'name' && frame?.inlined !== undefined && ours.startsWith(`${gdb}(`) && /^\(.*\)( const)?$/.test(ours.slice(gdb.length)),
  },
  {
    // A tail call has left no trace. GDB takes the only way on which calls may have come here.
    name: 'GDB reckons out calls that tail calls have replaced, and takes values at entry from there',
    applies: async ({ difference: { what, ours, gdb }, outer, place }) => (
      what === 'value' && ours.includes('<optimized out>') && !gdb.startsWith('<') && outer.some(({ kind }) => kind === 'tail') && (await place()).includes('entry_value')),
  },
  {
    // Clang describes no epilogues: there the return address is read where it no longer is.
    name: 'GDB shows a frame outside of all code where a stack ends, Chronovisor does not',
    applies: ({ difference: { what, ours, gdb }, symbols }) => {
      const more = what === 'stack' && gdb.startsWith(`${ours} | `) ? /^(0x[0-9a-f]+) [^|]*$/.exec(gdb.slice(ours.length + 3)) : null;
      return more !== null && symbols.moduleAt(BigInt(more[1] ?? 0)) === undefined;
    },
  },
  {
    name: 'GDB says behind a pointer that it cannot be read, Chronovisor shows the pointer',
    applies: ({ difference: { what, ours, gdb } }) => what === 'value' && /^0x[0-9a-f]+$/.test(ours) && gdb === `${ours} <error: Cannot access memory at address ${ours}>`,
  },
  {
    name: 'GDB writes sign and payload of what is not a number, Chronovisor nan',
    applies: ({ difference: { what, ours, gdb } }) => what === 'value' && ours === 'nan' && /^-?nan\(0x[0-9a-f]+\)$/.test(gdb),
  },
  {
    name: 'GDB writes the parameters of the function that a pointer points into, Chronovisor its name',
    applies: ({ difference: { what, ours, gdb } }) => {
      const [, name, end = ''] = /^(0x[0-9a-f]+ <.*?)((?:\+\d+)?>)$/.exec(ours) ?? [];
      return what === 'value' && name !== undefined && gdb.startsWith(`${name}(`) && gdb.endsWith(`)${end}`);
    },
  },
  {
    // GDB takes the order from the copy of the function, from which the compiler may leave some out.
    name: 'GDB has parameters in another order than the source',
    applies: ({ difference: { what, ours, gdb } }) => what === 'name' && sortedParameters(ours) === sortedParameters(gdb),
  },
];

export interface LineRow {
  readonly address: bigint;
  readonly file: string;
  readonly line: number;
  readonly isStatement: boolean;
}

function sortedParameters(name: string): string {
  return name.replace(/\(([^()]*)\)( const)?$/, (_, parameters: string, behind = '') => `(${parameters.split(', ').sort().join(', ')})${behind}`);
}

/** What is left of a name where lambdas are written alike. */
function withoutLambdas(name: string): string {
  return name.replaceAll(/\(lambda at [^)]*\)|class \{\.\.\.\}|\w+::\$_\d+/g, '<lambda>').replace(/^<lambda>::/, '');
}

/** Whether the function or inlined call has a variable in another part of its code. */
function isElsewhere(symbols: SymbolSet, frame: Frame, name: string): boolean {
  const within = symbols.functionAt(frame.lookupPc);
  const ranges = frame.inlined?.ranges ?? (within === undefined ? [] : [within]);
  return ranges.some(({ low, high }) => {
    for (let pc = low; pc < high; pc += 2n) if (symbols.variables({ ...frame, lookupPc: pc }, 'locals').some((each) => each.name === name)) return true;
    return false;
  });
}

const REACH_BYTES = 4_096n;

/** The line of the nearest code before that has one. */
function lineBefore(symbols: SymbolSet, address: bigint): string | undefined {
  for (let at = address; at > address - REACH_BYTES; at--) {
    const found = symbols.location(at);
    if (found !== undefined) return lineText(found.path, found.line);
  }
  return undefined;
}

const UNKNOWN_LENGTH = /\[(1|variable length)?\]/;

function withoutLengths(type: string): string {
  return type.replaceAll(/\[(\d*|variable length)\]/g, '[]');
}

function lengthsIn(type: string): string[] {
  return [...type.matchAll(/\[(\d*)\]/g)].map(([, length = '']) => length);
}

const VOLATILE = /^(ra|f?[ta]\d+)$/;

/** Registers that GDB names in what it says of a variable's place at an address. */
function registersAt(place: string, address: bigint): string[] {
  const ranges = [...place.matchAll(/Range (0x[0-9a-f]+)-(0x[0-9a-f]+): ((?:(?!Range )[^])*)/g)];
  const here = ranges.length === 0 ? [place] : ranges.filter(([, low = '0', high = '0']) => address >= BigInt(low) && address < BigInt(high)).map(([, , , text = '']) => text);
  return here.flatMap((text) => [...text.matchAll(/\$(\w+)/g)].map(([, name = '']) => name));
}

/** The name of what explains a difference. */
export async function documented(difference: Case): Promise<string | undefined> {
  for (const { name, applies } of ALL) if (await applies(difference)) return name;
  return undefined;
}
