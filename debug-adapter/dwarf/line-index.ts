import { baseName, commonSuffix, normalizePath } from '../symbols/source-paths.ts';
import { AT, TAG } from './constants.ts';
import { PathCache, readLineHeader, readLineTable, ROW_END_SEQUENCE, ROW_IS_STATEMENT, ROW_PROLOGUE_END } from './line-program.ts';
import type { LineHeader, LineTable } from './line-program.ts';
import { rangesOf } from './lists.ts';
import type { AddressRange } from './lists.ts';
import { attempt, sizeOfSection } from './reader.ts';
import type { Sections } from './reader.ts';
import { sectionOffset } from './units.ts';
import type { Unit } from './units.ts';

export interface SourceLocation {
  /** Normalised path as the compiler wrote it. */
  readonly path: string;
  readonly line: number;
  /** 0 when the compiler did not say. */
  readonly column: number;
}

export interface LineRow extends SourceLocation {
  readonly low: bigint;
  /** Address of the next row. */
  readonly high: bigint;
  readonly isStatement: boolean;
}

export interface SourceMatch {
  /** The program's own paths that fit; more than one when nothing distinguishes them. */
  readonly paths: readonly string[];
  /** Trailing path components that agree. */
  readonly components: number;
  readonly exact: boolean;
}

/** One line number program; its header and its table are read when first asked for. */
class LineUnit {
  readonly #readHeader: () => LineHeader;
  #header: LineHeader | undefined;
  table: LineTable | undefined;

  constructor(readHeader: () => LineHeader) {
    this.#readHeader = readHeader;
  }

  get header(): LineHeader {
    this.#header ??= this.#readHeader();
    return this.#header;
  }
}

const MAX_STATEMENTS = 10_000;

const EMPTY_TABLE: LineTable = {
  files: [], addresses: new BigUint64Array(0), lines: new Uint32Array(0), columns: new Uint32Array(0), fileNumbers: new Uint32Array(0), flags: new Uint8Array(0),
};

/** Lines of the whole program. */
export class LineIndex {
  readonly #sections: Sections;
  readonly #isCode: (address: bigint) => boolean;
  readonly #units: LineUnit[] = [];
  /** Units by the ranges that their compile units claim, by low address. */
  readonly #byAddress: { range: AddressRange; unit: LineUnit }[] = [];
  /** Units without ranges: their tables must be asked. */
  readonly #unplaced: LineUnit[] = [];
  readonly #pathCache = new PathCache();
  /** Line tables by their offsets. */
  readonly #byOffset = new Map<number, LineUnit>();
  #byPath: Map<string, LineUnit[]> | undefined;

  constructor(sections: Sections, units: readonly Unit[], isCode: (address: bigint) => boolean) {
    this.#sections = sections;
    this.#isCode = isCode;
    if (units.length > 0) this.#addFromUnits(units);
    else this.#addAll();
    this.#byAddress.sort((a, b) => (a.range.low < b.range.low ? -1 : a.range.low > b.range.low ? 1 : 0));
  }

  #addFromUnits(units: readonly Unit[]): void {
    const known = this.#byOffset;
    for (const unit of units) {
      attempt(() => {
        const { root } = unit;
        if (root.tag !== TAG.compileUnit && root.tag !== TAG.partialUnit && root.tag !== TAG.skeletonUnit) return;
        const offset = sectionOffset(root.attribute(AT.stmtList));
        if (offset === undefined) return;
        const ranges = attempt(() => rangesOf(root), []);
        let lineUnit = known.get(offset);
        if (lineUnit === undefined) {
          lineUnit = new LineUnit(() => readLineHeader(this.#sections, offset, root.string(AT.compDir) ?? '', root.string(AT.name), this.#pathCache));
          known.set(offset, lineUnit);
          this.#units.push(lineUnit);
          if (ranges.length === 0) this.#unplaced.push(lineUnit);
        }
        for (const range of ranges) this.#byAddress.push({ range, unit: lineUnit });
      }, undefined);
    }
  }

  /** Without .debug_info, the tables follow one another. */
  #addAll(): void {
    const sizeBytes = sizeOfSection(this.#sections, '.debug_line');
    attempt(() => {
      for (let offset = 0; offset < sizeBytes;) {
        const header = readLineHeader(this.#sections, offset, '', undefined, this.#pathCache);
        const unit = new LineUnit(() => header);
        this.#units.push(unit);
        this.#unplaced.push(unit);
        offset = header.end;
      }
    }, undefined);
  }

  /** Empty where its header is damaged. */
  #table(unit: LineUnit): LineTable {
    unit.table ??= attempt(() => readLineTable(this.#sections, unit.header, this.#isCode), EMPTY_TABLE);
    return unit.table;
  }

  /** Tables that may cover `address`. */
  *#tablesAt(address: bigint): Generator<LineTable, void, undefined> {
    let low = 0;
    let high = this.#byAddress.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#byAddress[middle]?.range.low ?? 0n) <= address) low = middle + 1;
      else high = middle;
    }
    // Ranges of units hardly ever nest; a few before the nearest are asked for those that do.
    for (let index = low - 1; index >= 0 && index >= low - 8; index--) {
      const entry = this.#byAddress[index];
      if (entry !== undefined && address < entry.range.high) yield this.#table(entry.unit);
    }
    for (const unit of this.#unplaced) yield this.#table(unit);
  }

  #find(address: bigint): { table: LineTable; row: number } | undefined {
    for (const table of this.#tablesAt(address)) {
      const row = rowAt(table, address);
      if (row !== undefined) return { table, row };
    }
    return undefined;
  }

  /** The row that covers `address`; of rows at the same address the last, or the last statement. */
  row(address: bigint): LineRow | undefined {
    const found = this.#find(address);
    if (found === undefined) return undefined;
    const { table, row } = found;
    const path = table.files[table.fileNumbers[row] ?? 0];
    const line = table.lines[row] ?? 0;
    if (path === undefined) return undefined;
    return {
      path, line, column: table.columns[row] ?? 0, isStatement: ((table.flags[row] ?? 0) & ROW_IS_STATEMENT) !== 0,
      low: table.addresses[row] ?? 0n, high: table.addresses[nextAddress(table, row)] ?? 0n,
    };
  }

  /** The path of a file by its number in the unit's line table. */
  file(unit: Unit, number: number): string | undefined {
    return attempt(() => {
      const offset = sectionOffset(unit.root.attribute(AT.stmtList));
      return offset === undefined ? undefined : this.#byOffset.get(offset)?.header.files[number];
    }, undefined);
  }

  /** Source position of the instruction at `address`; line 0 (code of no line) counts as none. */
  location(address: bigint): SourceLocation | undefined {
    const row = this.row(address);
    return row === undefined || row.line === 0 ? undefined : { path: row.path, line: row.line, column: row.column };
  }

  /** The contiguous code of the line that covers `address`, as [low, high); undefined where there is no line. */
  lineRange(address: bigint): AddressRange | undefined {
    const found = this.#find(address);
    if (found === undefined) return undefined;
    const { table, row } = found;
    let first = firstAtSameAddress(table, row);
    let next = nextAddress(table, row);
    while (first > 0 && !endsSequence(table, first - 1) && sameLine(table, preferStatement(table, first - 1), row)) {
      first = firstAtSameAddress(table, first - 1);
    }
    while (!endsSequence(table, next) && sameLine(table, preferStatement(table, lastAtSameAddress(table, next)), row)) {
      next = nextAddress(table, next);
    }
    return { low: table.addresses[first] ?? 0n, high: table.addresses[next] ?? 0n };
  }

  /** Addresses in [low, high) at which a statement begins, ascending. */
  statementAddresses(low: bigint, high: bigint): bigint[] {
    const addresses = new Set<bigint>();
    for (const table of this.#tablesAt(low)) {
      for (let row = lowerBound(table.addresses, low); row < table.addresses.length; row++) {
        const address = table.addresses[row] ?? 0n;
        if (address >= high) break;
        const flags = table.flags[row] ?? 0;
        if ((flags & ROW_IS_STATEMENT) !== 0 && (flags & ROW_END_SEQUENCE) === 0 && table.lines[row] !== 0) addresses.add(address);
      }
      if (addresses.size > 0) break;
    }
    return [...addresses].sort((a, b) => (a < b ? -1 : 1));
  }

  /** Where the body of the function [low, high) begins: a row marked so, else the second line entry, as GDB's skip_prologue_using_sal decides. */
  prologueEnd(low: bigint, high: bigint): bigint {
    const found = this.#find(low);
    if (found === undefined) return low;
    const { table } = found;
    for (let row = found.row; row < table.addresses.length && (table.addresses[row] ?? high) < high; row++) {
      if (((table.flags[row] ?? 0) & ROW_PROLOGUE_END) !== 0) return table.addresses[row] ?? low;
    }
    // Two rows at the function's first address: a prologue of no instructions.
    const first = firstAtSameAddress(table, found.row);
    if (table.addresses[first] === low && lastAtSameAddress(table, first) !== first) return low;
    let current = this.row(low);
    if (current === undefined || current.line === 0 || current.high >= high) return low;
    for (let next = this.row(current.high); next !== undefined; next = this.row(current.high)) {
      if (next.line === 0 || next.line >= current.line || next.path !== current.path || next.high >= high) break;
      current = next;
    }
    return current.high < high ? current.high : current.low;
  }

  get #paths(): Map<string, LineUnit[]> {
    if (this.#byPath === undefined) {
      this.#byPath = new Map();
      for (const unit of this.#units) {
        for (const path of new Set(attempt(() => unit.header.files, []))) {
          if (path === undefined) continue;
          const units = this.#byPath.get(path);
          if (units === undefined) this.#byPath.set(path, [unit]);
          else units.push(unit);
        }
      }
    }
    return this.#byPath;
  }

  /** Every file that a line table names, sorted; headers without code may be among them. */
  sourceFiles(): string[] {
    return [...this.#paths.keys()].sort();
  }

  /** The program's paths for a path of the user: the same, else those that share most trailing components (at least the file name). */
  match(path: string): SourceMatch {
    const wanted = normalizePath(path);
    if (this.#paths.has(wanted)) return { paths: [wanted], components: wanted.split('/').length, exact: true };
    let components = 1;
    let paths: string[] = [];
    const name = baseName(wanted);
    for (const candidate of this.#paths.keys()) {
      if (baseName(candidate) !== name) continue;
      const common = commonSuffix(candidate, wanted);
      if (common > components) paths = [];
      if (common < components) continue;
      components = common;
      paths.push(candidate);
    }
    return { paths, components: paths.length === 0 ? 0 : components, exact: false };
  }

  /** Places in the lines [first, last] where a statement begins, by line and column. */
  statementsIn(path: string, first: number, last: number): { line: number; column: number; addresses: bigint[] }[] {
    const found = new Map<string, { line: number; column: number; addresses: bigint[] }>();
    for (const matched of this.match(path).paths) {
      for (const unit of this.#paths.get(matched) ?? []) {
        const table = this.#table(unit);
        const isFile = table.files.map((file) => file === matched);
        for (let row = 0; row < table.lines.length && found.size < MAX_STATEMENTS; row++) {
          const line = table.lines[row] ?? 0;
          if (line < first || line > last || !isRowOf(table, isFile, row) || ((table.flags[row] ?? 0) & ROW_IS_STATEMENT) === 0) continue;
          const column = table.columns[row] ?? 0;
          // A statement goes on through rows of its own place.
          if (row > 0 && !endsSequence(table, row - 1) && sameLine(table, row - 1, row) && table.columns[row - 1] === column) continue;
          const key = `${line}:${column}`;
          const entry = found.get(key) ?? { line, column, addresses: [] };
          entry.addresses.push(table.addresses[row] ?? 0n);
          found.set(key, entry);
        }
      }
    }
    return [...found.values()].sort((a, b) => a.line - b.line || a.column - b.column);
  }

  /** The first line from `line` on that has statements in the file, and the lowest address of each contiguous run of it. */
  lineAddresses(path: string, line: number): { line: number; addresses: bigint[] } {
    const { paths } = this.match(path);
    let best = Infinity;
    let addresses = new Set<bigint>();
    for (const matched of paths) {
      for (const unit of this.#paths.get(matched) ?? []) {
        const table = this.#table(unit);
        const isFile = table.files.map((file) => file === matched);
        const actual = nearestLine(table, isFile, line);
        if (actual > best || actual === Infinity) continue;
        if (actual < best) addresses = new Set();
        best = actual;
        for (const address of runStarts(table, isFile, actual)) addresses.add(address);
      }
    }
    return { line: best === Infinity ? line : best, addresses: [...addresses].sort((a, b) => (a < b ? -1 : 1)) };
  }
}

/** Index of the first address that is not below `address`. */
function lowerBound(addresses: BigUint64Array, address: bigint): number {
  let low = 0;
  let high = addresses.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((addresses[middle] ?? 0n) < address) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last row at or before `address`, if its sequence covers it. */
function rowAt(table: LineTable, address: bigint): number | undefined {
  let row = lowerBound(table.addresses, address + 1n) - 1;
  // A sequence that begins where another ends sorts after it, but an empty one may not.
  while (row >= 0 && endsSequence(table, row) && table.addresses[row] === address) row--;
  if (row < 0 || endsSequence(table, row)) return undefined;
  return address < (table.addresses[row + 1] ?? 0n) ? preferStatement(table, row) : undefined;
}

/** Of the rows at the address of `row` (the last of them), the one to show: the last that is a statement, as GDB does. */
function preferStatement(table: LineTable, row: number): number {
  const first = firstAtSameAddress(table, row);
  for (let candidate = row; candidate >= first && table.lines[candidate] !== 0; candidate--) {
    if (((table.flags[candidate] ?? 0) & ROW_IS_STATEMENT) !== 0) return candidate;
  }
  return row;
}

function lastAtSameAddress(table: LineTable, row: number): number {
  let last = row;
  while (!endsSequence(table, last + 1) && table.addresses[last + 1] === table.addresses[row]) last++;
  return last;
}

/** The first row at a higher address, or the end of the sequence. */
function nextAddress(table: LineTable, row: number): number {
  return lastAtSameAddress(table, row) + 1;
}

function endsSequence(table: LineTable, row: number): boolean {
  return row >= table.flags.length || ((table.flags[row] ?? 0) & ROW_END_SEQUENCE) !== 0;
}

function sameLine(table: LineTable, left: number, right: number): boolean {
  return table.lines[left] === table.lines[right] && table.fileNumbers[left] === table.fileNumbers[right];
}

function firstAtSameAddress(table: LineTable, row: number): number {
  let first = row;
  while (first > 0 && !endsSequence(table, first - 1) && table.addresses[first - 1] === table.addresses[row]) first--;
  return first;
}

function isRowOf(table: LineTable, isFile: readonly boolean[], row: number): boolean {
  const flags = table.flags[row] ?? 0;
  return (flags & ROW_END_SEQUENCE) === 0 && (isFile[table.fileNumbers[row] ?? 0] ?? false);
}

function nearestLine(table: LineTable, isFile: readonly boolean[], line: number): number {
  let best = Infinity;
  for (let row = 0; row < table.lines.length; row++) {
    const candidate = table.lines[row] ?? 0;
    if (candidate < line || candidate >= best || candidate === 0 || !isRowOf(table, isFile, row)) continue;
    if (((table.flags[row] ?? 0) & ROW_IS_STATEMENT) !== 0) best = candidate;
  }
  return best;
}

/** The first statement address of each run of rows of the line that no code of another line interrupts. */
function runStarts(table: LineTable, isFile: readonly boolean[], line: number): bigint[] {
  const starts: bigint[] = [];
  let inRun = false;
  for (let row = 0; row < table.lines.length; row++) {
    if (table.lines[row] !== line || !isRowOf(table, isFile, row)) {
      if (endsSequence(table, row) || table.addresses[row + 1] !== table.addresses[row]) inRun = false;
      continue;
    }
    if (inRun || ((table.flags[row] ?? 0) & ROW_IS_STATEMENT) === 0) continue;
    starts.push(table.addresses[row] ?? 0n);
    inRun = true;
  }
  return starts;
}
