import { attempt, Reader, U64 } from './reader.ts';
import type { Section, Sections } from './reader.ts';

/** How a caller's register is found (DWARF 5, 6.4.1). */
export type RegisterRule =
  | { readonly kind: 'undefined' }
  | { readonly kind: 'same' }
  /** Saved at CFA + offset. */
  | { readonly kind: 'offset'; readonly offset: bigint }
  /** Is CFA + offset. */
  | { readonly kind: 'value-offset'; readonly offset: bigint }
  | { readonly kind: 'register'; readonly number: number }
  | { readonly kind: 'expression'; readonly bytes: Uint8Array }
  | { readonly kind: 'value-expression'; readonly bytes: Uint8Array };

export type CfaRule =
  | { readonly kind: 'register'; readonly number: number; readonly offset: bigint }
  | { readonly kind: 'expression'; readonly bytes: Uint8Array };

/** The rules that hold at one instruction. */
export interface FrameRules {
  readonly cfa: CfaRule | undefined;
  readonly registers: ReadonlyMap<number, RegisterRule>;
  readonly returnAddressRegister: number;
  /** A trap frame: the caller's pc is an instruction that has not run, rather than one after a call. */
  readonly isSignalFrame: boolean;
}

interface CommonEntry {
  readonly codeAlignment: bigint;
  readonly dataAlignment: bigint;
  readonly returnAddressRegister: number;
  readonly pointerEncoding: number;
  readonly hasAugmentationData: boolean;
  readonly isSignalFrame: boolean;
  readonly instructions: Program;
}

interface Program { readonly start: number; readonly end: number }

interface FrameEntry {
  readonly low: bigint;
  readonly high: bigint;
  readonly common: CommonEntry;
  readonly section: Section;
  readonly bias: bigint;
  readonly instructions: Program;
}

const MAX_REMEMBERED = 256;
const MAX_REGISTERS = 1024;
const KNOWN_MAX = 4_096;
const DW_EH_PE_OMIT = 0xff;
const DW_EH_PE_ABSPTR = 0;

/** Call frame information of a program: .debug_frame and .eh_frame. */
export class CallFrameTable {
  readonly #sections: Sections;
  readonly #isCode: (address: bigint) => boolean;
  /** What was asked lately: stacks are, again and again, of the same calls. */
  readonly #known = new Map<bigint, FrameRules | undefined>();
  #entries: readonly FrameEntry[] | undefined;

  constructor(sections: Sections, isCode: (address: bigint) => boolean) {
    this.#sections = sections;
    this.#isCode = isCode;
  }

  get #sorted(): readonly FrameEntry[] {
    if (this.#entries === undefined) {
      const entries: FrameEntry[] = [];
      // Where both describe a function, .debug_frame wins: it sorts last and the last at or before an address is taken.
      for (const name of ['.eh_frame', '.debug_frame']) {
        const section = attempt(() => this.#sections.section(name), undefined);
        if (section !== undefined) entries.push(...new FrameSectionReader(section, this.#sections.bias ?? 0n).read().filter(({ low }) => this.#isCode(low)));
      }
      this.#entries = entries.sort((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0));
    }
    return this.#entries;
  }

  /** Functions with call frame information, as [low, high), ascending. */
  ranges(): { low: bigint; high: bigint }[] {
    return this.#sorted.map(({ low, high }) => ({ low, high }));
  }

  /** The rules at `pc`; undefined where no call frame information covers it or it is damaged. */
  rulesAt(pc: bigint): FrameRules | undefined {
    const known = this.#known.get(pc);
    if (known !== undefined || this.#known.has(pc)) return known;
    const entry = this.#entryAt(pc);
    const rules = entry === undefined ? undefined : attempt(() => new RuleMachine(entry).rulesAt(pc), undefined);
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(pc, rules);
    return rules;
  }

  #entryAt(pc: bigint): FrameEntry | undefined {
    const entries = this.#sorted;
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((entries[middle]?.low ?? 0n) <= pc) low = middle + 1;
      else high = middle;
    }
    const entry = entries[low - 1];
    return entry !== undefined && pc < entry.high ? entry : undefined;
  }
}

/** Reads the entries of one section (DWARF 5, 6.4.1; LSB Core, "Exception Frames", for .eh_frame). */
class FrameSectionReader {
  readonly #section: Section;
  /** Absolute addresses are raised by it. */
  readonly #bias: bigint;
  readonly #isExceptionFrame: boolean;
  readonly #common = new Map<number, CommonEntry>();

  constructor(section: Section, bias: bigint) {
    this.#section = section;
    this.#bias = bias;
    this.#isExceptionFrame = section.name === '.eh_frame';
  }

  read(): FrameEntry[] {
    const entries: FrameEntry[] = [];
    attempt(() => {
      for (let offset = 0; offset + 4 <= this.#section.bytes.length;) {
        const reader = new Reader(this.#section, offset);
        const { end, offsetSize } = reader.initialLength();
        // A zero length ends a contribution to .eh_frame; others may follow after linking.
        const entry = end === reader.offset ? undefined : attempt(() => this.#entry(reader.offset, end, offsetSize), undefined);
        if (entry !== undefined) entries.push(entry);
        offset = end;
      }
    }, undefined);
    return entries;
  }

  /** The frame description entry at `start`; undefined for a common one. */
  #entry(start: number, end: number, offsetSize: number): FrameEntry | undefined {
    const reader = new Reader(this.#section, start, end);
    // .eh_frame's pointer has 4 bytes in the 32-bit format and counts back from itself.
    const id = reader.dwarfOffset(offsetSize);
    const commonId = this.#isExceptionFrame ? 0 : offsetSize === 4 ? 0xffff_ffff : Number(U64);
    if (id === commonId) return undefined;
    const commonOffset = this.#isExceptionFrame ? start - id : id;
    const common = this.#commonAt(commonOffset);
    const low = this.#pointer(reader, common.pointerEncoding);
    const length = common.pointerEncoding === DW_EH_PE_OMIT ? undefined : readEncoded(reader, common.pointerEncoding & 0x0f);
    if (low === undefined || length === undefined) return undefined;
    if (common.hasAugmentationData) reader.skip(reader.uleb());
    return { low, high: low + BigInt.asUintN(64, length), common, section: this.#section, bias: this.#bias, instructions: { start: reader.offset, end } };
  }

  #commonAt(offset: number): CommonEntry {
    let common = this.#common.get(offset);
    if (common === undefined) {
      common = this.#readCommon(offset);
      this.#common.set(offset, common);
    }
    return common;
  }

  #readCommon(offset: number): CommonEntry {
    const header = new Reader(this.#section, offset);
    const { end, offsetSize } = header.initialLength();
    const reader = new Reader(this.#section, header.offset, end);
    reader.skip(offsetSize);
    const version = reader.u8();
    if (![1, 3, 4].includes(version)) throw reader.damaged(`call frame information of the unknown version ${version}`);
    const augmentation = reader.string();
    if (version === 4) reader.skip(2);
    const codeAlignment = reader.uleb64();
    const dataAlignment = reader.sleb64();
    const returnAddressRegister = version === 1 ? reader.u8() : reader.uleb();
    const entry = {
      codeAlignment, dataAlignment, returnAddressRegister, pointerEncoding: DW_EH_PE_ABSPTR,
      hasAugmentationData: augmentation.startsWith('z'), isSignalFrame: augmentation.includes('S'),
    };
    if (augmentation === '') return { ...entry, instructions: { start: reader.offset, end } };
    // Without z the size of what follows is unknown.
    if (!augmentation.startsWith('z')) throw reader.damaged(`call frame information with the unknown augmentation ${augmentation}`);
    const size = reader.uleb();
    const start = reader.offset;
    const pointerEncoding = this.#readAugmentation(reader, augmentation);
    reader.offset = start;
    reader.skip(size);
    return { ...entry, pointerEncoding, instructions: { start: reader.offset, end } };
  }

  /** Gives the encoding of addresses (R); passes over personality (P) and language data (L). */
  #readAugmentation(reader: Reader, augmentation: string): number {
    let encoding = DW_EH_PE_ABSPTR;
    for (const letter of augmentation.slice(1)) {
      if (letter === 'R') encoding = reader.u8();
      else if (letter === 'L') reader.skip(1);
      else if (letter === 'P') this.#pointer(reader, reader.u8());
      else if (letter !== 'S' && letter !== 'B') break;
    }
    return encoding;
  }

  /** An encoded pointer, DW_EH_PE_*; undefined for kinds that a linked program does not use. */
  #pointer(reader: Reader, encoding: number): bigint | undefined {
    if (encoding === DW_EH_PE_OMIT) return undefined;
    const at = this.#section.address + BigInt(reader.offset);
    const value = readEncoded(reader, encoding & 0x0f);
    if (value === undefined) return undefined;
    switch (encoding & 0x70) {
      case 0x00: return BigInt.asUintN(64, value + this.#bias);
      case 0x10: return BigInt.asUintN(64, value + at);
      default: return undefined;
    }
  }
}

function readEncoded(reader: Reader, format: number): bigint | undefined {
  switch (format) {
    case 0x00: case 0x04: return reader.u64();
    case 0x01: return reader.uleb64();
    case 0x02: return BigInt(reader.u16());
    case 0x03: return BigInt(reader.u32());
    case 0x09: return reader.sleb64();
    case 0x0a: return reader.signed(2);
    case 0x0b: return reader.signed(4);
    case 0x0c: return reader.signed(8);
    default: return undefined;
  }
}

interface State { cfa: CfaRule | undefined; registers: Map<number, RegisterRule> }

/** Executes call frame instructions (DWARF 5, 6.4.2). */
class RuleMachine {
  readonly #entry: FrameEntry;
  #state: State = { cfa: undefined, registers: new Map() };
  #initial: ReadonlyMap<number, RegisterRule> = new Map();
  readonly #remembered: State[] = [];
  #location: bigint;

  constructor(entry: FrameEntry) {
    this.#entry = entry;
    this.#location = entry.low;
  }

  rulesAt(pc: bigint): FrameRules {
    const { common } = this.#entry;
    this.#run(common.instructions, U64);
    this.#initial = new Map(this.#state.registers);
    this.#location = this.#entry.low;
    this.#run(this.#entry.instructions, pc);
    return {
      cfa: this.#state.cfa, registers: this.#state.registers, returnAddressRegister: common.returnAddressRegister,
      isSignalFrame: common.isSignalFrame,
    };
  }

  /** Runs until an instruction moves past `pc`. */
  #run(program: Program, pc: bigint): void {
    const reader = new Reader(this.#entry.section, program.start, program.end);
    while (!reader.atEnd) {
      const byte = reader.u8();
      const operand = byte & 0x3f;
      const advance = this.#advance(reader, byte);
      if (advance !== undefined) {
        const next = BigInt.asUintN(64, advance);
        if (next > pc) return;
        this.#location = next;
      } else if (byte >> 6 === 2) this.#set(operand, { kind: 'offset', offset: this.#factored(reader.uleb64()) });
      else if (byte >> 6 === 3) this.#restore(operand);
      else if (!this.#registerInstruction(reader, byte) && !this.#cfaInstruction(reader, byte)) {
        throw reader.damaged(`the unknown call frame instruction 0x${byte.toString(16)}`);
      }
    }
  }

  /** Where an advance or DW_CFA_set_loc goes to; undefined for other instructions. */
  #advance(reader: Reader, byte: number): bigint | undefined {
    const { codeAlignment } = this.#entry.common;
    if (byte >> 6 === 1) return this.#location + BigInt(byte & 0x3f) * codeAlignment;
    switch (byte) {
      case 0x01: return reader.u64() + this.#entry.bias; // set_loc
      case 0x02: return this.#location + BigInt(reader.u8()) * codeAlignment;
      case 0x03: return this.#location + BigInt(reader.u16()) * codeAlignment;
      case 0x04: return this.#location + BigInt(reader.u32()) * codeAlignment;
      default: return undefined;
    }
  }

  #factored(value: bigint): bigint {
    return value * this.#entry.common.dataAlignment;
  }

  #set(register: number, rule: RegisterRule): void {
    if (register >= MAX_REGISTERS) return;
    this.#state.registers.set(register, rule);
  }

  #restore(register: number): void {
    const rule = this.#initial.get(register);
    if (rule === undefined) this.#state.registers.delete(register);
    else this.#set(register, rule);
  }

  #registerInstruction(reader: Reader, byte: number): boolean {
    switch (byte) {
      case 0x00: return true; // nop
      case 0x05: this.#set(reader.uleb(), { kind: 'offset', offset: this.#factored(reader.uleb64()) }); return true;
      case 0x06: this.#restore(reader.uleb()); return true;
      case 0x07: this.#set(reader.uleb(), { kind: 'undefined' }); return true;
      case 0x08: this.#set(reader.uleb(), { kind: 'same' }); return true;
      case 0x09: this.#set(reader.uleb(), { kind: 'register', number: reader.uleb() }); return true;
      case 0x0a: { // remember_state
        if (this.#remembered.length >= MAX_REMEMBERED) throw reader.damaged('call frame information that remembers too much');
        this.#remembered.push({ cfa: this.#state.cfa, registers: new Map(this.#state.registers) });
        return true;
      }
      case 0x0b: { // restore_state
        const state = this.#remembered.pop();
        if (state === undefined) throw reader.damaged('call frame information that restores what it did not remember');
        this.#state = state;
        return true;
      }
      case 0x10: this.#set(reader.uleb(), { kind: 'expression', bytes: reader.block(reader.uleb()) }); return true;
      case 0x11: this.#set(reader.uleb(), { kind: 'offset', offset: this.#factored(reader.sleb64()) }); return true;
      case 0x14: this.#set(reader.uleb(), { kind: 'value-offset', offset: this.#factored(reader.uleb64()) }); return true;
      case 0x15: this.#set(reader.uleb(), { kind: 'value-offset', offset: this.#factored(reader.sleb64()) }); return true;
      case 0x16: this.#set(reader.uleb(), { kind: 'value-expression', bytes: reader.block(reader.uleb()) }); return true;
      case 0x2e: reader.skipLeb(); return true; // GNU_args_size
      case 0x2f: this.#set(reader.uleb(), { kind: 'offset', offset: -this.#factored(reader.uleb64()) }); return true; // GNU_negative_offset_extended
      default: return false;
    }
  }

  #cfaInstruction(reader: Reader, byte: number): boolean {
    const { cfa } = this.#state;
    switch (byte) {
      case 0x0c: this.#state.cfa = { kind: 'register', number: reader.uleb(), offset: reader.uleb64() }; return true;
      case 0x0d: this.#state.cfa = { kind: 'register', number: reader.uleb(), offset: cfa?.kind === 'register' ? cfa.offset : 0n }; return true;
      case 0x0e: this.#setOffset(reader, reader.uleb64()); return true;
      case 0x0f: this.#state.cfa = { kind: 'expression', bytes: reader.block(reader.uleb()) }; return true;
      case 0x12: this.#state.cfa = { kind: 'register', number: reader.uleb(), offset: this.#factored(reader.sleb64()) }; return true;
      case 0x13: this.#setOffset(reader, this.#factored(reader.sleb64())); return true;
      default: return false;
    }
  }

  #setOffset(reader: Reader, offset: bigint): void {
    const { cfa } = this.#state;
    if (cfa?.kind !== 'register') throw reader.damaged('an offset from no frame address');
    this.#state.cfa = { ...cfa, offset };
  }
}
