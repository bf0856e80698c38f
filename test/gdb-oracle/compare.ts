/** Compares the frames of a position with GDB's. */
import path from 'node:path';
import type { SymbolSet } from '../../debug-adapter/symbol-set.ts';
import type { Frame } from '../../debug-adapter/symbols/frames.ts';
import type { Variable } from '../../debug-adapter/symbols/variables.ts';

/** A value as gdb-state.py prints it. */
export interface GdbTree {
  /** Why there is none. */
  readonly missing?: string;
  readonly type?: string;
  readonly text?: string;
  /** Size in bits, of a floating-point number. */
  readonly float?: number;
  readonly parts?: readonly (readonly [string, GdbTree])[];
  /** Of an array: elements, of which `parts` are the first. */
  readonly count?: number;
}

interface GdbVariable {
  readonly name: string;
  readonly type: string;
  readonly value: GdbTree;
}

export interface GdbFrame {
  readonly pc: string;
  readonly name: string | null;
  readonly kind: 'normal' | 'inline' | 'tail' | 'signal';
  readonly line: number;
  readonly file: string | null;
  /** With the folder in which it was compiled. */
  readonly fullFile: string | null;
  readonly sp: string | null;
  /** s0..s11; null: not known. */
  readonly saved: readonly (string | null)[];
  readonly variables: readonly GdbVariable[];
}

export interface GdbState {
  readonly frames: readonly GdbFrame[];
  /** Why there are no more. */
  readonly end: string;
}

export interface Difference {
  readonly what: 'stack' | 'name' | 'frame' | 'names' | 'type' | 'value' | 'register';
  /** Frame and variable. */
  readonly at: string;
  readonly ours: string;
  readonly gdb: string;
  /** Of a value: the frame among GDB's, and the variable. */
  readonly level?: number;
  readonly variable?: string;
  /** Of a value: its type as GDB writes it. */
  readonly type?: string;
}

export interface Figures {
  frames: number;
  inlined: number;
  variables: number;
  /** Scalars, and whatever has no value. */
  values: number;
  registers: number;
}

/** What GDB and Chronovisor say for the same. */
const WORDS = [['Cannot access memory at address', 'cannot read memory at'], ['value has been optimized out', 'optimized out']] as const;

const SAVED = [8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27];

function hex(value: bigint | undefined): string | null {
  return value === undefined ? null : `0x${value.toString(16)}`;
}

/** One comparison of a position: differences are told to `report`. */
export class Comparison {
  readonly #symbols: SymbolSet;
  readonly #figures: Figures;
  readonly #report: (difference: Difference) => void;

  constructor(symbols: SymbolSet, figures: Figures, report: (difference: Difference) => void) {
    this.#symbols = symbols;
    this.#figures = figures;
    this.#report = report;
  }

  compare(frames: readonly Frame[], state: GdbState): void {
    const expected = state.frames.map((frame, level) => ({ frame, level })).filter(({ frame }) => frame.kind !== 'tail');
    const line = (pc: string | null, isInlined: boolean, sp: string | null): string => `${pc ?? ''} ${sp ?? ''}${isInlined ? ' inlined' : ''}`;
    const ours = frames.map(({ pc, inlined, register }) => line(hex(pc), inlined !== undefined, hex(register(2))));
    const gdb = expected.map(({ frame: { pc, kind, sp } }) => line(pc, kind === 'inline', sp));
    if (ours.join(' | ') !== gdb.join(' | ')) {
      this.#report({ what: 'stack', at: frames.map(({ name }) => name).join(' | '), ours: ours.join(' | '), gdb: `${gdb.join(' | ')} (${state.end})` });
    }
    for (const [index, frame] of frames.entries()) {
      const other = expected[index];
      if (other === undefined || ours[index] !== gdb[index]) break;
      this.#compareFrame(frame, other.frame, other.level);
    }
  }

  #compareFrame(frame: Frame, expected: GdbFrame, level: number): void {
    this.#figures.frames++;
    if (frame.inlined !== undefined) this.#figures.inlined++;
    const at = `frame ${level} (${frame.name})`;
    const names = { ours: nameText(frame.name), gdb: nameText(expected.name ?? '?') };
    if (names.ours !== names.gdb) this.#report({ what: 'name', at, ...names, level });
    const ours = lineText(frame.location?.path, frame.location?.line);
    const gdb = lineText((frame.location !== undefined && !path.isAbsolute(frame.location.path) ? expected.file : expected.fullFile) ?? undefined, expected.line);
    if (ours !== gdb) this.#report({ what: 'frame', at, ours, gdb, level });
    for (const [position, number] of SAVED.entries()) {
      const wanted = expected.saved[position] ?? null;
      const value = hex(frame.register(number));
      this.#figures.registers++;
      if (value !== wanted) this.#report({ what: 'register', at: `s${position} of ${at}`, ours: String(value), gdb: String(wanted), level });
    }
    this.#compareVariables(frame, expected, level, at);
  }

  #compareVariables(frame: Frame, expected: GdbFrame, level: number, at: string): void {
    const locals = new Map(this.#symbols.variables(frame, 'locals').map((variable) => [variable.name, variable]));
    const names = (all: Iterable<string>): string => [...all].sort().join(' ');
    const ours = names(locals.keys());
    const gdb = names(expected.variables.map(({ name }) => name));
    if (ours !== gdb) this.#report({ what: 'names', at, ours, gdb, level });
    for (const { name, type, value } of expected.variables) {
      const variable = locals.get(name);
      if (variable === undefined) continue;
      this.#figures.variables++;
      const place = { at: `${name} of ${at}`, level, variable: name };
      if (variable.type !== type) this.#report({ what: 'type', ours: variable.type, gdb: type, ...place });
      this.#compareValue(variable, value, place);
    }
  }

  #compareValue(variable: Variable, expected: GdbTree, place: Pick<Difference, 'at' | 'level' | 'variable'>): void {
    if (expected.parts !== undefined) {
      this.#compareParts(variable, expected, expected.parts, place);
      return;
    }
    if (expected.text === undefined && expected.missing === undefined) return;
    this.#figures.values++;
    const ours = variable.value;
    const gdb = expected.missing === undefined ? expected.text ?? '' : `<${WORDS.reduce((text, [theirs, word]) => text.replace(theirs, word), expected.missing)}>`;
    if (expected.float !== undefined && isSameNumber(ours, gdb, expected.float)) return;
    if (ours !== withoutType(gdb, expected.type ?? '')) this.#report({ what: 'value', ours, gdb, ...place, ...(expected.type === undefined ? {} : { type: expected.type }) });
  }

  #compareParts(variable: Variable, expected: GdbTree, parts: readonly (readonly [string, GdbTree])[], place: Pick<Difference, 'at' | 'level' | 'variable'>): void {
    const children = variable.childCount === 0 ? [] : variable.children(0, parts.length);
    const count = expected.count ?? parts.length;
    if (variable.childCount !== count) {
      this.#report({ what: 'value', ours: `${variable.value}, ${variable.childCount} parts`, gdb: `${count} parts`, ...place });
      return;
    }
    for (const [index, [name, tree]] of parts.entries()) {
      const child = children[index];
      const at = `${place.at}: ${name}`;
      if (child === undefined || (name !== '' && child.name !== name)) this.#report({ what: 'names', ours: child?.name ?? 'none', gdb: name, ...place, at });
      else {
        if (tree.type !== undefined && child.type !== tree.type) this.#report({ what: 'type', ours: child.type, gdb: tree.type, ...place, at });
        this.#compareValue(child, tree, { ...place, at });
      }
    }
  }
}

/** GDB takes names of C++ from the linker's, with `const` behind what it qualifies; the source and Chronovisor have it before. */
function nameText(name: string): string {
  return name.replaceAll(/([\w:]+) const(?=[*&])/g, 'const $1');
}

/** `./main.c` and `main.c` are one file. */
export function lineText(file: string | undefined, line: number | undefined): string {
  return file === undefined || line === undefined || line === 0 ? 'no line' : `${path.normalize(file)}:${line}`;
}

/** Both write enough digits to name the number: GDB 9 or 17, Chronovisor as few as do. */
function isSameNumber(ours: string, gdb: string, sizeBits: number): boolean {
  const round = sizeBits === 32 ? Math.fround : Number;
  if (Number.isNaN(Number(ours)) || Number.isNaN(Number(gdb))) return false;
  return Object.is(round(Number(ours)), round(Number(gdb)));
}

/** GDB writes the type of a pointer before its value where the type says more than a name; here it is in a column of its own. */
function withoutType(text: string, type: string): string {
  return text.startsWith(`(${type}) `) ? text.slice(type.length + 3) : text;
}
