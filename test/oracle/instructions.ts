/** Assembly text of random instructions, row by row of the instruction table. The operands' syntax is GNU as's. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { FormatName } from '../../emulator/isa/formats.ts';
import type { InstructionRow, RegisterFile } from '../../emulator/isa/instruction.ts';
import { instructionTable } from '../../emulator/isa/table.ts';

/** Registers that hold pointers when a case begins, and that most instructions leave alone. */
export const pointerRegisters = [2, 8, 9, 15, 18, 19, 27];
const otherRegisters = [...new Array(32).keys()].filter((number) => !pointerRegisters.includes(number));

const anyRegister = fc.nat(31);
const notZero = fc.integer({ min: 1, max: 31 });
const destination = fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...otherRegisters) }, { weight: 1, arbitrary: anyRegister });
const base = fc.oneof({ weight: 15, arbitrary: fc.constantFrom(...pointerRegisters) }, { weight: 1, arbitrary: anyRegister });
const shortBase = fc.oneof({ weight: 15, arbitrary: fc.constantFrom(8, 9, 15) }, { weight: 1, arbitrary: fc.integer({ min: 8, max: 15 }) });
const shortDestination = fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 10, max: 14 }) }, { weight: 1, arbitrary: fc.integer({ min: 8, max: 15 }) });
const short = fc.integer({ min: 8, max: 15 });

const immediate12 = fc.oneof(fc.constantFrom(0, 1, -1, 2047, -2048, 255, 31, 63), fc.integer({ min: -2048, max: 2047 }));
/** Small, so that accesses stay where the pointers point. */
const nearOffset = fc.oneof(fc.constant(0), fc.integer({ min: -16, max: 16 }));
const alignedOffset = fc.oneof(fc.constant(0), fc.integer({ min: -8, max: 8 }), fc.integer({ min: -256, max: 255 })).map((value) => 8 * value);
const upper20 = fc.oneof(fc.constantFrom(0, 1, 0x7ffff, 0x80000, 0xfffff), fc.integer({ min: 0, max: 0xfffff }));
const roundingMode = fc.constantFrom('', '', '', ',dyn', ',rne', ',rtz', ',rdn', ',rup', ',rmm');
const accesses = fc.constantFrom('i', 'o', 'r', 'w', 'rw', 'io', 'iorw', 'or');

const multiples = (of: number, min: number, max: number): fc.Arbitrary<number> =>
  fc.oneof(fc.constantFrom(min, max), fc.integer({ min: min / of, max: max / of }).map((value) => value * of));
const signed6 = fc.integer({ min: -32, max: 31 });

type Text = fc.Arbitrary<string>;
type Register = (file: RegisterFile, number: fc.Arbitrary<number>) => Text;
const register: Register = (file, number) => number.map((index) => `${file}${index}`);

/** The parts, joined: strings are literal. */
function text(...parts: readonly (string | fc.Arbitrary<string | number>)[]): Text {
  return fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part))).map((values) => values.join(''));
}

type Operands = (row: InstructionRow, offset: fc.Arbitrary<number>) => Text;
const fd = (row: InstructionRow, number = destination): Text => register(row.rdFile, row.rdFile === 'f' ? anyRegister : number);
const fs1 = (row: InstructionRow): Text => register(row.rs1File, anyRegister);
const fs2 = (row: InstructionRow, number = anyRegister): Text => register(row.rs2File, number);
const x = (number: fc.Arbitrary<number>): Text => register('x', number);
const shortFd = (row: InstructionRow): Text => register(row.rdFile, row.rdFile === 'f' ? short : shortDestination);

const unary = (row: InstructionRow): Text => text(fd(row), ',', fs1(row));
const loadText: Operands = (row, offset) => text(fd(row), ',', offset, '(', x(base), ')');
const shortOffset = (scale: 4 | 8): fc.Arbitrary<number> => multiples(scale, 0, 31 * scale);

/** Operands by format. What is missing is control flow and CSRs, which cases.ts makes. */
const operandText: Partial<Record<FormatName, Operands>> = {
  none: () => fc.constant(''),
  R: (row) => text(fd(row), ',', fs1(row), ',', fs2(row)),
  'R-rm': (row) => text(fd(row), ',', fs1(row), ',', fs2(row), roundingMode),
  R4: (row) => text(fd(row), ',', fs1(row), ',', fs2(row), ',', register('f', anyRegister), roundingMode),
  unary,
  'unary-rm': (row) => text(unary(row), roundingMode),
  'unary-exact': unary,
  I: () => text(x(destination), ',', x(anyRegister), ',', immediate12),
  shift: (row) => text(x(destination), ',', x(anyRegister), ',', fc.nat(row.mnemonic.endsWith('w') ? 31 : 63)),
  load: loadText,
  store: (row, offset) => text(fs2(row), ',', offset, '(', x(base), ')'),
  U: () => text(x(destination), ',', upper20),
  fence: () => text(accesses, ',', accesses),
  'fence-vma': () => text(x(fc.constantFrom(0, ...pointerRegisters)), ',', x(anyRegister)),
  amo: () => text(x(destination), ',', x(anyRegister), ',(', x(base), ')'),
  lr: () => text(x(destination), ',(', x(base), ')'),

  CIW: () => text(x(shortDestination), ',sp,', multiples(4, 4, 1020)),
  'CL-w': (row) => text(shortFd(row), ',', shortOffset(4), '(', x(shortBase), ')'),
  'CL-d': (row) => text(shortFd(row), ',', shortOffset(8), '(', x(shortBase), ')'),
  'CS-w': (row) => text(fs2(row, short), ',', shortOffset(4), '(', x(shortBase), ')'),
  'CS-d': (row) => text(fs2(row, short), ',', shortOffset(8), '(', x(shortBase), ')'),
  'CI-lwsp': (row) => text(fd(row, fc.constantFrom(...otherRegisters.slice(1))), ',', multiples(4, 0, 252), '(sp)'),
  'CI-ldsp': (row) => text(fd(row, fc.constantFrom(...otherRegisters.slice(1))), ',', multiples(8, 0, 504), '(sp)'),
  'CSS-w': (row) => text(fs2(row), ',', multiples(4, 0, 252), '(sp)'),
  'CSS-d': (row) => text(fs2(row), ',', multiples(8, 0, 504), '(sp)'),
  CI: () => text(x(fc.constantFrom(...otherRegisters.slice(1))), ',', signed6.filter((value) => value !== 0)),
  'CI-li': () => text(x(fc.constantFrom(...otherRegisters.slice(1))), ',', signed6),
  'CI-lui': () => text(x(fc.constantFrom(...otherRegisters.slice(1))), ',', fc.oneof(fc.integer({ min: 1, max: 31 }), fc.integer({ min: 0xfffe0, max: 0xfffff }))),
  'CI-sp': () => text('sp,', fc.constantFrom(16, -16, 32, -32, 496, -512)),
  'CI-shift': () => text(x(fc.constantFrom(...otherRegisters.slice(1))), ',', fc.integer({ min: 1, max: 63 })),
  'CB-shift': () => text(x(shortDestination), ',', fc.integer({ min: 1, max: 63 })),
  'CB-andi': () => text(x(shortDestination), ',', signed6),
  CA: () => text(x(shortDestination), ',', x(short)),
  'CR-mv': () => text(x(fc.constantFrom(...otherRegisters.slice(1))), ',', x(notZero)),
  'CR-add': () => text(x(fc.constantFrom(...otherRegisters.slice(1))), ',', x(notZero)),
};

/** Flow that a case must not have at random: it goes back, away, or waits, and QEMU counts instructions while it waits. `mret` is illegal where the cases run. */
function leavesCase({ mnemonic, flow }: InstructionRow): boolean {
  return mnemonic === 'sret' || mnemonic === 'wfi' || (flow !== 'straight' && flow !== 'trap');
}

/**
 * Excluded: a misaligned sc. QEMU 7.2 lets it fail without looking at the address, unless lr reserved it; the manual wants an
 * exception (unprivileged ISA, 8.2). And sc.w after lr.d of the same address: QEMU may store and yet say that it failed.
 * So sc has an aligned address, and sc.w comes after an lr.w of this address or another.
 */
function storeConditional(mnemonic: string): Text {
  return fc.tuple(x(base), x(base), x(destination), x(anyRegister), fc.constantFrom('', '.aq', '.rl', '.aqrl')).map(([pointer, other, rd, rs2, order]) => [
    `andi x30, ${pointer}, -8`, ...(mnemonic === 'sc.w' ? [`andi x29, ${other}, -8`, 'lr.w x29, (x29)'] : []), `${mnemonic}${order} ${rd}, ${rs2}, (x30)`,
  ].join('\n\t'));
}

/** An instruction of the row, or undefined if cases.ts makes it. */
function instructionOf(row: InstructionRow, offset: fc.Arbitrary<number>): Text | undefined {
  const operands = operandText[row.format];
  if (operands === undefined || leavesCase(row)) return undefined;
  if (row.mnemonic.startsWith('sc.')) return storeConditional(row.mnemonic);
  const ordering = row.extension === 'A' ? fc.constantFrom('', '', '.aq', '.rl', '.aqrl') : fc.constant('');
  return text(row.mnemonic, ordering, ' ', operands(row, offset)).map((line) => line.trimEnd());
}

/** Lines that assemble to exactly these mnemonics: only `c.` ones are compressed. */
export function assemblyLines(instruction: string): string {
  return instruction.startsWith('c.') ? `.option rvc\n\t${instruction}\n\t.option norvc` : instruction;
}

/** Instructions of the straight line: any, and those alone that access memory. */
export interface InstructionSet {
  readonly any: Text;
  readonly memory: Text;
}

const isMemory = ({ format, extension, flow }: InstructionRow): boolean =>
  extension === 'A' || (flow === 'straight' && (format === 'load' || format === 'store' || /^C[LS]|sp$/.test(format)));

/** `offset`: of loads and stores with 12 bits for it. */
function instructionSet(offset: fc.Arbitrary<number>, withAtomics = true): InstructionSet {
  const made = instructionTable.filter(({ extension }) => withAtomics || extension !== 'A').flatMap((row) => {
    const instruction = instructionOf(row, offset);
    return instruction === undefined ? [] : [{ row, instruction }];
  });
  const chosen = (wanted: (row: InstructionRow) => boolean): Text => {
    const found = made.filter(({ row }) => wanted(row)).map(({ instruction }) => instruction);
    assert(found.length > 0);
    return fc.constantFrom(...found).chain((instruction) => instruction).map(assemblyLines);
  };
  const memory = chosen(isMemory);
  const any = fc.oneof(
    { weight: 6, arbitrary: chosen(() => true) },
    { weight: 2, arbitrary: chosen(({ extension }) => extension === 'F' || extension === 'D') },
    { weight: 2, arbitrary: memory },
  );
  return { any, memory };
}

const anyOffset = fc.oneof({ weight: 4, arbitrary: nearOffset }, { weight: 1, arbitrary: alignedOffset });
/** Accesses of all kinds. */
export const instructions = instructionSet(anyOffset);
/** Accesses that are as aligned as the pointers are. */
export const alignedInstructions = instructionSet(alignedOffset);
/** The same without atomics. */
export const plainInstructions = instructionSet(anyOffset, false);
export const alignedPlainInstructions = instructionSet(alignedOffset, false);
