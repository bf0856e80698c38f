/** From an encoding to assembly text. */
import { assert } from '../assert.ts';
import { aliasOf } from './aliases.ts';
import { csrName } from './csr-names.ts';
import { decode } from './decoder.ts';
import { formats } from './formats.ts';
import type { Decoded, InstructionRow, RegisterFile } from './instruction.ts';
import { floatRegisterNames, integerRegisterNames } from './registers.ts';
import { instructionTable } from './table.ts';

export interface DisassemblyOptions {
  /** Pseudo-instructions (`ret`, `li a0,1`) and full mnemonics for compressed instructions; true unless said otherwise. */
  readonly aliases?: boolean;
  /** What to write after the target of a jump or branch, as in `0x80000010 <main+0x4>`. */
  readonly symbol?: (address: bigint) => string | undefined;
}

const roundingModes: readonly string[] = ['rne', 'rtz', 'rdn', 'rup', 'rmm', 'unknown', 'unknown', 'dyn'];
const DYNAMIC = 7;
const fullRows = new Map(instructionTable.map((row) => [row.mnemonic, row]));

function registerName(file: RegisterFile, number: number): string {
  const name = (file === 'f' ? floatRegisterNames : integerRegisterNames)[number];
  assert(name !== undefined, `register ${number} does not exist`);
  return name;
}

/** The accesses of a fence: any of i, o, r, w. */
function accessSet(bits: number): string {
  const letters = [...'iorw'].filter((_letter, index) => (bits & (8 >> index)) !== 0).join('');
  return letters === '' ? 'unknown' : letters;
}

function csrText(number: number): string {
  return csrName(number) ?? `0x${number.toString(16)}`;
}

function targetText(address: bigint, symbol: DisassemblyOptions['symbol']): string {
  const unsigned = BigInt.asUintN(64, address);
  const name = symbol?.(unsigned);
  return `0x${unsigned.toString(16)}${name === undefined ? '' : ` <${name}>`}`;
}

type Field = (decoded: Decoded, row: InstructionRow) => string;

/** The names that a format's syntax may hold in braces; `target` depends on pc and is not here. */
const fields = new Map<string, Field>(Object.entries({
  rd: ({ rd }, row) => registerName(row.rdFile, rd),
  rs1: ({ rs1 }, row) => registerName(row.rs1File, rs1),
  rs2: ({ rs2 }, row) => registerName(row.rs2File, rs2),
  rs3: ({ rs3 }) => registerName('f', rs3),
  imm: ({ imm }) => String(imm),
  hex: ({ imm }) => `0x${imm.toString(16)}`,
  upper: ({ imm }) => `0x${(imm >>> 12).toString(16)}`,
  rm: ({ rm }) => (rm === DYNAMIC ? '' : `,${roundingModes[rm] ?? ''}`),
  exactRm: ({ rm }) => (rm === 0 ? '' : `,${roundingModes[rm] ?? ''}`),
  csr: ({ imm }) => csrText(imm & 0xfff),
  zimm: ({ imm }) => String((imm >>> 12) & 31),
  pred: ({ imm }) => accessSet((imm >>> 4) & 15),
  succ: ({ imm }) => accessSet(imm & 15),
} satisfies Record<string, Field>));

function operandText(syntax: string, decoded: Decoded, row: InstructionRow, pc: bigint, options: DisassemblyOptions): string {
  return syntax.replace(/\{(\w+)\}/g, (_braces, name: string) => {
    if (name === 'target') return targetText(pc + BigInt(decoded.imm), options.symbol);
    const field = fields.get(name);
    assert(field !== undefined, `${row.mnemonic}: the syntax names {${name}}, which is no field`);
    return field(decoded, row);
  });
}

/** `.aq`, `.rl` or `.aqrl` after the mnemonic of an atomic instruction. */
function ordering(decoded: Decoded, row: InstructionRow): string {
  if (row.extension !== 'A') return '';
  return ['', '.rl', '.aq', '.aqrl'][decoded.imm] ?? '';
}

function illegal({ length, raw }: Decoded): string {
  return length === 2 ? `.2byte 0x${raw.toString(16)}` : `.4byte 0x${raw.toString(16)}`;
}

/** The instruction in the low bits of `raw` that stands at `pc`, as objdump writes it, with one space before the operands. */
export function disassemble(raw: number, pc: bigint, options: DisassemblyOptions = {}): string {
  const aliases = options.aliases ?? true;
  const decoded = decode(raw);
  const row = instructionTable[decoded.index];
  // The all-zero halfword is illegal by definition (16.1) and has a name.
  if (row === undefined) return decoded.raw === 0 ? (aliases ? 'unimp' : 'c.unimp') : illegal(decoded);

  const written = aliases && row.expandsTo !== undefined ? fullRows.get(row.expandsTo) ?? row : row;
  const alias = aliases ? aliasOf(row.mnemonic, decoded) ?? aliasOf(written.mnemonic, decoded) : undefined;
  const mnemonic = alias?.mnemonic ?? written.mnemonic;
  const operands = operandText(alias?.syntax ?? formats[written.format].syntax, decoded, written, pc, options);
  return `${mnemonic}${ordering(decoded, written)}${operands === '' ? '' : ` ${operands}`}`;
}
