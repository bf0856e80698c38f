import { joinPath } from '../symbols/source-paths.ts';
import { FORM } from './constants.ts';
import { readForm } from './forms.ts';
import type { FormContext } from './forms.ts';
import { attempt, partOf, raised, Reader, sizeOfSection, stringAt } from './reader.ts';
import type { Sections } from './reader.ts';

/** A line number program's header (DWARF 5, 6.2.4; DWARF 4, 6.2.4). */
export interface LineHeader {
  readonly version: number;
  /** Offset just after the whole contribution. */
  readonly end: number;
  readonly programOffset: number;
  readonly minimumInstructionLength: number;
  readonly maximumOperations: number;
  readonly defaultIsStatement: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  /** Operand counts by opcode - 1. */
  readonly standardLengths: readonly number[];
  /** Normalised path by file register value; undefined where the number names no file. */
  readonly files: readonly (string | undefined)[];
}

/** Rows of a line table by address. Row i covers [addresses[i], addresses[i + 1]) unless `flags` says that it ends a sequence. */
export interface LineTable {
  readonly files: readonly (string | undefined)[];
  readonly addresses: BigUint64Array;
  readonly lines: Uint32Array;
  readonly columns: Uint32Array;
  readonly fileNumbers: Uint32Array;
  readonly flags: Uint8Array;
}

export const ROW_IS_STATEMENT = 1;
export const ROW_END_SEQUENCE = 2;
export const ROW_PROLOGUE_END = 4;

const MAX_FILES = 1 << 20;
const UNKNOWN_NAME = '<unknown>';

interface Entry { path: string; directory: number }

/** Thousands of units name the same headers: each path is made once. */
export class PathCache {
  readonly #strings = new Map<number, string>();
  readonly #joined = new Map<string, Map<string, string>>();

  /** A string of .debug_line_str. */
  string(sections: Sections, offset: number): string {
    let text = this.#strings.get(offset);
    if (text === undefined) {
      text = stringAt(sections.section('.debug_line_str'), offset);
      this.#strings.set(offset, text);
    }
    return text;
  }

  join(directory: string, file: string): string {
    let files = this.#joined.get(directory);
    if (files === undefined) {
      files = new Map();
      this.#joined.set(directory, files);
    }
    let path = files.get(file);
    if (path === undefined) {
      path = joinPath(directory, file);
      files.set(file, path);
    }
    return path;
  }
}

const LENGTH_SIZE_MAX = 12;

/** Reads the header at `offset` of .debug_line. `compilationDirectory` and `unitName` are of the unit (for versions before 5). */
export function readLineHeader(sections: Sections, offset: number, compilationDirectory: string, unitName: string | undefined, paths = new PathCache()): LineHeader {
  const reader = new Reader(partOf(sections, '.debug_line', offset, LENGTH_SIZE_MAX), offset);
  const { end, offsetSize } = reader.initialLength(sizeOfSection(sections, '.debug_line'));
  const bounded = new Reader(partOf(sections, '.debug_line', offset, end - offset), reader.offset, end);
  const version = bounded.u16();
  if (version < 2 || version > 5) throw bounded.damaged(`a line table of the unknown version ${version}`);
  let addressSize = 8;
  if (version >= 5) {
    addressSize = bounded.u8();
    bounded.skip(1);
  }
  const headerLength = bounded.dwarfOffset(offsetSize);
  const programOffset = bounded.offset + headerLength;
  if (programOffset > end) throw bounded.damaged('a line table header longer than its table');
  const minimumInstructionLength = bounded.u8();
  const maximumOperations = version >= 4 ? bounded.u8() : 1;
  const defaultIsStatement = bounded.u8() !== 0;
  const lineBase = bounded.i8();
  const lineRange = bounded.u8();
  const opcodeBase = bounded.u8();
  if (lineRange === 0 || opcodeBase === 0) throw bounded.damaged('a line table header with a zero line_range or opcode_base');
  const standardLengths: number[] = [];
  for (let opcode = 1; opcode < opcodeBase; opcode++) standardLengths.push(bounded.u8());
  const context: FormContext = {
    sections, version, offset: 0, offsetSize, addressSize, stringOffsetsBase: offsetSize * 2, addressBase: 8, typeOffset: () => undefined,
  };
  const files = version >= 5
    ? readFiles5(bounded, context, compilationDirectory, paths)
    : readFiles4(bounded, compilationDirectory, unitName);
  return {
    version, end, programOffset, minimumInstructionLength, maximumOperations, defaultIsStatement, lineBase, lineRange,
    opcodeBase, standardLengths, files,
  };
}

function readFiles4(reader: Reader, compilationDirectory: string, unitName: string | undefined): (string | undefined)[] {
  const directories = [compilationDirectory];
  for (let path = reader.string(); path !== ''; path = reader.string()) directories.push(joinPath(compilationDirectory, path));
  const files: (string | undefined)[] = [unitName === undefined ? undefined : joinPath(compilationDirectory, unitName)];
  for (let name = reader.string(); name !== ''; name = reader.string()) {
    const directory = directories[reader.uleb()] ?? compilationDirectory;
    reader.skipLeb();
    reader.skipLeb();
    files.push(joinPath(directory, name));
  }
  return files;
}

function readFiles5(reader: Reader, context: FormContext, compilationDirectory: string, paths: PathCache): (string | undefined)[] {
  const directories: string[] = [];
  for (const { path } of readEntries5(reader, context, paths)) {
    // The first one is the compilation directory again, which may be relative to who knows what.
    const isSame = directories.length === 0 && path === compilationDirectory;
    directories.push(paths.join(isSame ? '' : directories[0] ?? compilationDirectory, path));
  }
  return readEntries5(reader, context, paths).map(({ path, directory }) => paths.join(directories[directory] ?? compilationDirectory, path));
}

const LNCT_PATH = 1;
const LNCT_DIRECTORY_INDEX = 2;
/** Forms that DWARF 5, 6.2.4.1 allows, each at least one byte long, so that hostile counts end with the section. */
const ENTRY_FORMS: ReadonlySet<number> = new Set([
  FORM.string, FORM.lineStrp, FORM.strp, FORM.strpSup, FORM.strx, FORM.strx1, FORM.strx2, FORM.strx3, FORM.strx4,
  FORM.udata, FORM.data1, FORM.data2, FORM.data4, FORM.data8, FORM.data16, FORM.block,
]);

/** Directories or files of version 5: a format, then entries made of it. */
function readEntries5(reader: Reader, context: FormContext, paths: PathCache): Entry[] {
  const format: { content: number; form: number }[] = [];
  for (let count = reader.u8(); count > 0; count--) {
    const content = reader.uleb();
    const form = reader.uleb();
    if (!ENTRY_FORMS.has(form)) throw reader.damaged(`a file table of the unknown form 0x${form.toString(16)}`);
    format.push({ content, form });
  }
  const total = reader.uleb();
  if (total > MAX_FILES || (total > 0 && format.length === 0)) throw reader.damaged('a file table with too many entries');
  const entries: Entry[] = [];
  for (let count = 0; count < total; count++) {
    let path = UNKNOWN_NAME;
    let directory = 0;
    for (const { content, form } of format) {
      if (content === LNCT_PATH && form === FORM.lineStrp) {
        path = paths.string(context.sections, reader.dwarfOffset(context.offsetSize));
        continue;
      }
      const value = readForm(reader, form, context, undefined);
      if (content === LNCT_PATH && value.kind === 'string') path = value.value;
      if (content === LNCT_DIRECTORY_INDEX && value.kind === 'constant') directory = Number(value.value);
    }
    entries.push({ path, directory });
  }
  return entries;
}

interface Row { address: bigint; file: number; line: number; column: number; flags: number }

/** Registers of the line number state machine (DWARF 5, 6.2.2). */
class LineMachine {
  readonly #header: LineHeader;
  readonly #sequences: Row[][] = [];
  #rows: Row[] = [];
  address = 0n;
  operation = 0;
  file = 1;
  line = 1;
  column = 0;
  isStatement: boolean;
  prologueEnd = false;

  constructor(header: LineHeader) {
    this.#header = header;
    this.isStatement = header.defaultIsStatement;
  }

  get sequences(): readonly Row[][] {
    return this.#sequences;
  }

  advance(operations: number): void {
    const { minimumInstructionLength, maximumOperations } = this.#header;
    if (maximumOperations <= 1) {
      this.address = BigInt.asUintN(64, this.address + BigInt(minimumInstructionLength * operations));
      return;
    }
    const total = this.operation + operations;
    this.address = BigInt.asUintN(64, this.address + BigInt(minimumInstructionLength * Math.floor(total / maximumOperations)));
    this.operation = total % maximumOperations;
  }

  emit(endSequence = false): void {
    const flags = (this.isStatement ? ROW_IS_STATEMENT : 0) | (this.prologueEnd ? ROW_PROLOGUE_END : 0) | (endSequence ? ROW_END_SEQUENCE : 0);
    this.#rows.push({ address: this.address, file: this.file, line: this.line >>> 0, column: this.column, flags });
    this.prologueEnd = false;
    if (!endSequence) return;
    this.#sequences.push(this.#rows);
    this.#rows = [];
    this.address = 0n;
    this.operation = 0;
    this.file = 1;
    this.line = 1;
    this.column = 0;
    this.isStatement = this.#header.defaultIsStatement;
  }
}

/** Runs a line number program. Rows of a sequence that never ends are dropped; damage ends the table early. `isCode` drops what the linker discarded. */
export function readLineTable(sections: Sections, header: LineHeader, isCode: (address: bigint) => boolean): LineTable {
  const reader = new Reader(partOf(sections, '.debug_line', header.programOffset, header.end - header.programOffset), header.programOffset, header.end);
  const machine = new LineMachine(header);
  attempt(() => {
    while (!reader.atEnd) runOpcode(reader, header, machine, sections);
  }, undefined);
  const sequences = machine.sequences.filter((rows) => rows.length > 1 && isCode(rows[0]?.address ?? 0n) && isAscending(rows));
  sequences.sort((a, b) => compare(a[0]?.address ?? 0n, b[0]?.address ?? 0n));
  return pack(sequences.flat(), header);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Addresses never decrease inside a sequence (DWARF 5, 6.2.5); one that breaks the rule is damaged. */
function isAscending(rows: readonly Row[]): boolean {
  return rows.every((row, index) => index === 0 || row.address >= (rows[index - 1]?.address ?? 0n));
}

function pack(rows: readonly Row[], header: LineHeader): LineTable {
  return {
    files: header.files,
    addresses: BigUint64Array.from(rows, (row) => row.address),
    lines: Uint32Array.from(rows, (row) => row.line),
    columns: Uint32Array.from(rows, (row) => row.column),
    fileNumbers: Uint32Array.from(rows, (row) => row.file),
    flags: Uint8Array.from(rows, (row) => row.flags),
  };
}

/** Executes one opcode (DWARF 5, 6.2.5). */
function runOpcode(reader: Reader, header: LineHeader, machine: LineMachine, sections: Sections): void {
  const opcode = reader.u8();
  if (opcode >= header.opcodeBase) {
    const adjusted = opcode - header.opcodeBase;
    machine.advance(Math.floor(adjusted / header.lineRange));
    machine.line += header.lineBase + (adjusted % header.lineRange);
    machine.emit();
    return;
  }
  switch (opcode) {
    case 0: runExtended(reader, machine, sections); return;
    case 1: machine.emit(); return; // copy
    case 2: machine.advance(reader.uleb()); return; // advance_pc
    case 3: machine.line += Number(BigInt.asIntN(32, reader.sleb64())); return; // advance_line
    case 4: machine.file = reader.uleb(); return; // set_file
    case 5: machine.column = reader.uleb(); return; // set_column
    case 6: machine.isStatement = !machine.isStatement; return; // negate_stmt
    case 7: return; // set_basic_block
    case 8: machine.advance(Math.floor((255 - header.opcodeBase) / header.lineRange)); return; // const_add_pc
    case 9: // fixed_advance_pc
      machine.address = BigInt.asUintN(64, machine.address + BigInt(reader.u16()));
      machine.operation = 0;
      return;
    case 10: machine.prologueEnd = true; return; // set_prologue_end
    case 11: return; // set_epilogue_begin
    case 12: reader.skipLeb(); return; // set_isa
    default: // An opcode of a later version: the header says how many operands to skip.
      for (let count = header.standardLengths[opcode - 1] ?? 0; count > 0; count--) reader.skipLeb();
  }
}

function runExtended(reader: Reader, machine: LineMachine, sections: Sections): void {
  const length = reader.uleb();
  const start = reader.offset;
  if (length === 0) return;
  if (length > reader.end - start) throw reader.damaged('an extended opcode longer than the table');
  switch (reader.u8()) {
    case 1: machine.emit(true); break; // end_sequence
    case 2: // set_address
      machine.address = raised(sections, reader.unsigned(length - 1));
      machine.operation = 0;
      break;
    default: break; // define_file (files made so name no code of interest), set_discriminator, vendors'
  }
  reader.offset = start + length;
}
