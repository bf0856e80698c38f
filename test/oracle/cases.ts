/** Random cases: the state that they begin in, and what they do. */
import fc from 'fast-check';
import { csrAccess, csrProbe, FOREIGN_INTERRUPTS, sscratchExchange, UNDELEGABLE } from './csr-accesses.ts';
import { encoding, storesAt, writes } from './encodings.ts';
import {
  alignedInstructions, alignedPlainInstructions, assemblyLines, type InstructionSet, instructions, plainInstructions, pointerRegisters,
} from './instructions.ts';
import {
  ALIAS_TABLE, CODE, IDENTITY_TABLE, PAGE, ROOT_TABLE, SCRATCH, SCRATCH_PAGES, SCRATCH_SIZE_BYTES, SUPERVISOR, USER_ALIAS, WINDOW_LEAVES, WINDOW_PAGES, WINDOW_TABLE,
} from './memory-plan.ts';
import { awayFromPageEnds, barePointer, floatOperand, integerOperand, patchAddress, translatedPointer, wildPointer } from './operands.ts';

/** One step of a case. `{next:N}` in the text stands for the label of the step N further on, `{snippet}` for that of its snippet. */
export interface Step {
  readonly text: string;
  /** M-mode code that the step calls. */
  readonly snippet?: string;
}

/** The state in which a case begins; all values are unsigned. */
export interface Setting {
  /** 0 U, 1 S. */
  readonly mode: 0 | 1;
  readonly isTranslated: boolean;
  readonly mstatus: bigint;
  readonly fcsr: bigint;
  readonly medeleg: bigint;
  readonly mideleg: bigint;
  readonly mie: bigint;
  readonly mip: bigint;
  readonly isMachineVectored: boolean;
  readonly isSupervisorVectored: boolean;
  readonly mcounteren: bigint;
  readonly scounteren: bigint;
  readonly pmpcfg: bigint;
  readonly pmpaddr: readonly bigint[];
  /** Of the 16 pages of the window, then of the superpage of 2 MiB and that of 1 GiB. */
  readonly entries: readonly bigint[];
  /** x1..x31, f0..f31. */
  readonly integers: readonly bigint[];
  readonly floats: readonly bigint[];
}

export interface Case {
  readonly setting: Setting;
  readonly steps: readonly Step[];
}

/** Physical address and value of every page-table entry of a case. */
export function pageTableEntries({ isTranslated, entries }: Setting): readonly (readonly [address: bigint, value: bigint])[] {
  if (!isTranslated) return [];
  const pointer = (table: bigint): bigint => (table >> 2n) | 1n;
  const leaf = (gpa: bigint, flags: bigint): bigint => (gpa >> 2n) | flags;
  const at = (table: bigint, index: bigint): bigint => table + 8n * index;
  const codeIndex = (CODE >> 21n) & 511n;
  const supervisorIndex = (SUPERVISOR >> 21n) & 511n;
  return [
    // In the order of entryOf (memory-plan.ts).
    ...entries.slice(0, WINDOW_PAGES).map((value, index) => [at(WINDOW_LEAVES, BigInt(index)), value] as const),
    [at(WINDOW_TABLE, 1n), entries[WINDOW_PAGES] ?? 0n],
    [at(ROOT_TABLE, 5n), entries[WINDOW_PAGES + 1] ?? 0n],
    [at(ROOT_TABLE, 1n), pointer(WINDOW_TABLE)], [at(ROOT_TABLE, 2n), pointer(IDENTITY_TABLE)], [at(ROOT_TABLE, 3n), pointer(ALIAS_TABLE)],
    [at(IDENTITY_TABLE, codeIndex), leaf(CODE, 0x0bn)],
    [at(IDENTITY_TABLE, supervisorIndex), leaf(SUPERVISOR, 0x0fn)],
    [at(ALIAS_TABLE, codeIndex), leaf(CODE, 0x1bn)],
    [at(WINDOW_TABLE, 0n), pointer(WINDOW_LEAVES)],
  ];
}

export const satpOf = ({ isTranslated }: Setting): bigint => (isTranslated ? (8n << 60n) | (ROOT_TABLE >> 12n) : 0n);
export const aliasOf = ({ isTranslated }: Setting): bigint => (isTranslated ? USER_ALIAS : 0n);

interface Shape {
  readonly isTranslated: boolean;
  readonly isDelegating: boolean;
  readonly isPrivileged: boolean;
  /** Random protection inside the scratch area, and how fine it is. */
  readonly protection: 'none' | 'of pages' | 'of words';
}

/**
 * Excluded: accesses across a page boundary under random protection. QEMU 7.2 checks such a one against what follows the first
 * page in physical memory, whatever the second page really is.
 */
function pointerOf({ isTranslated, protection }: Shape): fc.Arbitrary<bigint> {
  const pointer = isTranslated ? translatedPointer : barePointer;
  return protection === 'none' ? pointer : pointer.map(awayFromPageEnds);
}

/**
 * Excluded: atomics under random protection and translation. QEMU's load of an atomic meets protection before its store meets the
 * page's permissions. And misaligned accesses under protection finer than a page. QEMU 7.2 makes a load
 * two aligned ones, and checks these.
 */
function instructionsOf({ isTranslated, protection }: Shape): InstructionSet {
  if (protection !== 'none' && isTranslated) return protection === 'of words' ? alignedPlainInstructions : plainInstructions;
  return protection === 'of words' ? alignedInstructions : instructions;
}

// ---- Page-table entries ----

const leafFlags = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0xdfn, 0xcfn, 0x17n, 0x07n, 0x57n, 0x47n, 0xd7n) },
  { weight: 4, arbitrary: fc.bigInt(0n, 0x3ffn).map((flags) => flags | 1n) },
  { weight: 1, arbitrary: fc.bigInt(0n, 0x3ffn) },
);
const reservedBits = fc.oneof({ weight: 15, arbitrary: fc.constant(0n) }, { weight: 1, arbitrary: fc.nat(9).map((bit) => 1n << BigInt(54 + bit)) });
const scratchFrame = fc.oneof(
  { weight: 30, arbitrary: fc.nat(SCRATCH_PAGES - 1).map((page) => (SCRATCH >> 12n) + BigInt(page)) },
  // Nothing is there, the harness is there, and beyond 56 bits.
  { weight: 1, arbitrary: fc.constantFrom(0n, 0x80000n, 0xfff_ffff_ffffn, 0x100_0000n) },
);
const leafEntry = fc.tuple(leafFlags, reservedBits, scratchFrame).map(([flags, reserved, frame]) => flags | reserved | (frame << 10n));
/** Bits of a page number that may be wrong. Not those of 2, 4 and 8 MiB, or code, handler or page tables would be a page table, with their A and D set. */
const wrongFrameBit = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 15, 16, 17);
/** Mostly aligned; the address of a misaligned one has low bits, which is a page fault. */
const superpageEntry = (gpa: bigint): fc.Arbitrary<bigint> => fc.tuple(leafFlags, reservedBits, fc.oneof({ weight: 8, arbitrary: fc.constant(0n) }, { weight: 1, arbitrary: wrongFrameBit.map((bit) => 1n << BigInt(bit)) }))
  .map(([flags, reserved, frame]) => (flags | reserved | ((gpa >> 12n) << 10n)) ^ (frame << 10n));
const entriesArbitrary = fc.tuple(
  fc.array(leafEntry, { minLength: WINDOW_PAGES, maxLength: WINDOW_PAGES, size: 'max' }), superpageEntry(SCRATCH), superpageEntry(0x8000_0000n),
).map(([leaves, mega, giga]) => [...leaves, mega, giga]);

// ---- Steps ----

const step = (text: fc.Arbitrary<string>): fc.Arbitrary<Step> => text.map((line) => ({ text: line }));
const join = (...lines: readonly string[]): string => lines.join('\n\t');
const register = fc.integer({ min: 1, max: 31 });
const free = fc.constantFrom(5, 6, 7, 10, 11, 12, 13, 14, 16, 17, 20, 21, 22, 23, 24, 25, 26, 28, 29, 30, 31);
const hex = (value: bigint): string => `0x${BigInt.asUintN(64, value).toString(16)}`;

const constant = step(fc.oneof(
  fc.tuple(free, integerOperand).map(([rd, value]) => `li x${rd}, ${hex(value)}`),
  fc.tuple(free, fc.nat(31), floatOperand).map(([rd, frd, value]) => join(`li x${rd}, ${hex(value)}`, `fmv.d.x f${frd}, x${rd}`)),
));

/** The access with another base register; of those that have a fixed or short one, or more lines, another access. */
function withBase(instruction: string, base: string): string {
  return instruction.includes('\n') ? `ld ${base}, 0(${base})` : instruction.replace(/\((x\d+|sp)\)/, `(${base})`);
}

const wild = step(fc.tuple(free, wildPointer, instructions.memory).map(([rd, value, instruction]) =>
  join(`li x${rd}, ${hex(value)}`, withBase(instruction, `x${rd}`))));

const branchMnemonic = fc.constantFrom('beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu');
const ahead = fc.integer({ min: 1, max: 5 });
const [T0, T1] = [5, 6];
const SKIPPED = 'addi x0, x0, 0';

/** Forward jumps and branches. The compressed ones have a short reach and skip one instruction of their own. */
const flow = step(fc.oneof(
  fc.tuple(branchMnemonic, fc.nat(31), fc.nat(31), ahead).map(([mnemonic, a, b, n]) => `${mnemonic} x${a}, x${b}, {next:${n}}`),
  fc.tuple(branchMnemonic, fc.nat(31), ahead).map(([mnemonic, a, n]) => `${mnemonic} x${a}, x${a}, {next:${n}}`),
  fc.tuple(fc.nat(31), ahead).map(([rd, n]) => `jal x${rd}, {next:${n}}`),
  fc.tuple(fc.nat(31), free, ahead, fc.integer({ min: -2048, max: 2047 }))
    .map(([rd, rs1, n, offset]) => join(`la x${rs1}, {next:${n}} - (${offset & ~1})`, `jalr x${rd}, ${offset}(x${rs1})`)),
  fc.tuple(fc.constantFrom('c.beqz', 'c.bnez'), fc.integer({ min: 8, max: 15 })).map(([mnemonic, a]) => join(assemblyLines(`${mnemonic} x${a}, 1f`), SKIPPED, '1:')),
  fc.constant(join(assemblyLines('c.j 1f'), SKIPPED, '1:')),
  fc.tuple(fc.constantFrom('c.jr', 'c.jalr'), register, ahead).map(([mnemonic, rs1, n]) => join(`la x${rs1}, {next:${n}}`, assemblyLines(`${mnemonic} x${rs1}`))),
));

/** lr, something in between, sc: on the same address mostly (the sizes: see storeConditional in instructions.ts). */
const reservation = step(fc.tuple(
  fc.constantFrom('ww', 'dd', 'wd'), fc.constantFrom(...pointerRegisters), free, free, fc.nat(31),
  fc.oneof({ weight: 3, arbitrary: fc.constant('nop') }, { weight: 1, arbitrary: instructions.any.filter((line) => !line.startsWith('lr.d')) }),
).map(([[loadSize = '', storeSize = ''], pointer, aligned, rd, rs2, between]) => {
  const base = aligned === rd ? pointer : aligned;
  return join(`andi x${base}, x${pointer}, -8`, `lr.${loadSize} x${rd}, (x${base})`, between, `andi x${base}, x${base}, -8`, `sc.${storeSize} x${rd}, x${rs2}, (x${base})`);
}));

/** A pointer register gets another place to point to. */
const newPointer = (pointer: fc.Arbitrary<bigint>): fc.Arbitrary<Step> => step(fc.tuple(fc.constantFrom(...pointerRegisters), pointer)
  .map(([rd, value]) => `li x${rd}, ${hex(value)}`));

/** Where in its page a patch begins. */
const patchOffset = [0n, 4n, 2n, 4086n, 4090n, 4092n, 4094n];
const MIDDLE_OF_PAGE = 2046n;
const PATCH_HALFWORDS = [0, 2, 4, 6];

/**
 * Code written and called, at times across the end of its page: t0 stays the address, the last instruction goes back. It is not
 * called where it could not be written, for there may be anything, such as a misaligned sc (see storeConditional in instructions.ts).
 * Excluded: code called with a TLB that its data filled. QEMU 7.2 then lets S-mode execute a page of U-mode that SUM let it write.
 * And an instruction that changes the one after it, which needs a fence.i in between.
 */
const patch = ({ isTranslated, protection }: Shape): fc.Arbitrary<Step> => step(fc.tuple(
  // Excluded: see wordAddress.
  fc.constantFrom(...patchOffset, ...(protection === 'of words' ? [] : [MIDDLE_OF_PAGE])), encoding.filter((text) => !storesAt(text, T0) && !writes(text, T1)),
).map(([offset, instruction]) => join(
  `li t0, ${hex(patchAddress(isTranslated) + offset)}`, 'la t1, 1f',
  // Halfwords, so that every address is aligned.
  ...PATCH_HALFWORDS.flatMap((at) => [`lhu t2, ${at}(t1)`, `sh t2, ${at}(t0)`]),
  ...PATCH_HALFWORDS.flatMap((at) => [`lhu t2, ${at}(t1)`, 'li t6, -1', `lhu t6, ${at}(t0)`, 'bne t2, t6, 2f']),
  'fence.i', ...(isTranslated ? ['sfence.vma'] : []), 'jalr t1, 0(t0)', 'j 2f',
  '1:', instruction.startsWith('.2byte') ? `${instruction}\n\t.2byte 1` : instruction, '.4byte 0x00030067', '2:',
)));

const wildJump: fc.Arbitrary<Step> = step(fc.tuple(fc.nat(31), free, fc.oneof(wildPointer, integerOperand.filter((value) => value < 0x8000_0000n || value > 0x9000_0000n)), fc.boolean()).map(([rd, rs1, value, odd]) =>
  join(`li x${rs1}, ${hex(value)}`, `jalr x${rd}, ${odd ? 1 : 0}(x${rs1})`)));

const ENTER_SNIPPET = join('la a7, {snippet}', 'ecall');
const snippet = (text: fc.Arbitrary<string>): fc.Arbitrary<Step> => text.map((machine) => ({ text: ENTER_SNIPPET, snippet: machine }));

/** The mode changes: down by sret, anywhere by a snippet. */
const modeChange = (isTranslated: boolean): fc.Arbitrary<Step> => fc.oneof(
  step(fc.boolean().map((toUser) => join(
    'li t1, 0x100', `csr${toUser ? 'c' : 's'} sstatus, t1`, 'la t0, {next:1}',
    ...(toUser ? [`li t1, ${hex(isTranslated ? USER_ALIAS : 0n)}`, 'or t0, t0, t1'] : [`li t1, ${hex(~(isTranslated ? USER_ALIAS : 0n))}`, 'and t0, t0, t1']),
    'csrw sepc, t0', 'sret',
  ))),
  snippet(fc.constantFrom(0, 1).map((mode) => join('la t0, state', `li t1, ${mode}`, 'sd t1, 296(t0)'))),
);

const supervisorInterrupts = fc.bigInt(0n, 7n).map((bits) => ((bits & 1n) << 1n) | ((bits & 2n) << 4n) | ((bits & 4n) << 7n));
/**
 * Not ecall from S-mode, by which cases end. Loads' and stores' misalignment goes to the same mode, and so do all their access and
 * page faults (see `causeOf` and `causeText` in dump.ts).
 */
const delegation = fc.bigInt(0n, 0xffffn).map((bits) => {
  const others = bits & ~(0x200n | UNDELEGABLE | 0xa0e0n);
  return others | ((others & 0x10n) << 2n) | (bits & 0x2000n ? 0xa0a0n : 0n);
});
/** MTIE always, for it ends waiting. */
const enables = fc.bigInt(0n, 0xfffn).map((bits) => (bits & ~FOREIGN_INTERRUPTS) | 0x80n);
/** FS, SUM, MXR, TVM, TW, TSR, and the interrupt enables of what was interrupted. */
const statusBits = fc.tuple(fc.bigInt(0n, 127n), fc.constantFrom(1n, 3n, 2n, 0n, 1n)).map(([bits, fs]) => ((bits & 0x1fn) << 18n) | ((bits >> 5n) << 1n & 2n) | ((bits >> 6n) << 7n) | (fs << 13n));
/** Excluded: TVM under translation. It refuses the sfence.vma that `patch` needs. */
const statusOf = ({ isTranslated }: Shape): fc.Arbitrary<bigint> => (isTranslated ? statusBits.map((status) => status & ~0x10_0000n) : statusBits);

const set = (csr: string, value: bigint): string => join(`li t0, ${hex(value)}`, `csrw ${csr}, t0`);

/** Protection inside the scratch area only, so that it never opens the harness to a case. */
const anyWordAddress = fc.tuple(fc.nat(SCRATCH_SIZE_BYTES - 1), fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 12 }))).map(([offset, ones]) => {
  const address = (SCRATCH + BigInt(offset & ~3)) >> 2n;
  return ones < 0 ? address : (address & ~((1n << BigInt(ones + 1)) - 1n)) | ((1n << BigInt(ones)) - 1n);
});
/** Where protection may begin and end: as top of range, as 4 bytes, as naturally aligned power of two. */
function edgesOf(address: bigint): readonly bigint[] {
  const ones = (address << 2n) | 3n;
  return [address << 2n, (address << 2n) + 4n, ones & (ones + 1n), (ones | (ones + 1n)) + 1n];
}
/** Excluded: protection that ends within code that `patch` writes. QEMU 7.2 checks only where a translation block begins in a page. */
const wordAddress = anyWordAddress.filter((address) => edgesOf(address).every((edge) => ![4n, 8n, 4088n, 4092n].includes(edge & (PAGE - 1n))));
const pageAddress = fc.tuple(fc.nat(SCRATCH_PAGES - 1), fc.integer({ min: 9, max: 12 })).map(([page, ones]) =>
  ((((SCRATCH + BigInt(page) * PAGE) >> 2n) & ~((1n << BigInt(ones + 1)) - 1n)) | ((1n << BigInt(ones)) - 1n)));
const pmpAddress = ({ protection }: Shape): fc.Arbitrary<bigint> => (protection === 'of pages' ? pageAddress : wordAddress);
/** Not W without R: see withoutReserved in csr-accesses.ts. */
const pmpConfiguration = fc.tuple(fc.constantFrom(0n, 1n, 3n, 4n, 5n, 7n), fc.constantFrom(0n, 0n, 1n, 2n, 3n, 3n)).map(([permissions, match]) => permissions | (match << 3n));
/** The first entry would begin at address 0 if it were of kind top-of-range. */
const pmpConfigurations = ({ protection }: Shape): fc.Arbitrary<bigint> => fc.array(pmpConfiguration, { minLength: 8, maxLength: 8, size: 'max' })
  .map((all) => all.reduce((value, cfg, index) => {
    const match = cfg >> 3n;
    const isOff = (index === 0 && match === 1n) || (protection === 'of pages' && match !== 3n);
    return value | ((isOff ? 0n : cfg) << BigInt(8 * index));
  }, 0n));

/** Excluded: a top-of-range entry whose bottom alone changes. QEMU 7.2 does not see that before the entry itself is written. */
const protectionAddress = (index: number, value: bigint): string => join(
  set(`pmpaddr${index}`, value), ...(index < 7 ? [`csrr t0, pmpaddr${index + 1}`, `csrw pmpaddr${index + 1}, t0`] : []), 'sfence.vma',
);

/** A page-table entry is changed and the change is announced, for its page or for all. The old one is logged without A and D: see withoutAccessedDirty in dump.ts. */
const entryChange = fc.tuple(fc.nat(WINDOW_PAGES - 1), leafEntry, fc.boolean()).map(([page, entry, isExact]) => join(
  `li t0, ${hex(WINDOW_LEAVES + 8n * BigInt(page))}`, 'ld t1, 0(t0)', 'andi t1, t1, ~0xc0', 'mlog t1', `li t1, ${hex(entry)}`, 'sd t1, 0(t0)',
  ...(isExact ? [`li t0, ${hex(0x4000_0000n + BigInt(page) * PAGE)}`, 'sfence.vma t0, x0'] : ['sfence.vma']),
));

/** A load and a store of M-mode with the eyes of another mode. The value read is logged. */
const modifiedPrivilege = (anyPointer: fc.Arbitrary<bigint>): fc.Arbitrary<string> => fc.tuple(
  anyPointer, barePointer.map(awayFromPageEnds), fc.constantFrom(0n, 1n, 3n), fc.bigInt(0n, 3n), fc.constantFrom('b', 'h', 'w', 'd'),
).map(([pointer, physical, mode, sumMxr, size]) => join(
  'csrr t3, mstatus', `li t0, ${hex(0x1800n | 0xc0000n)}`, 'csrc mstatus, t0', `li t0, ${hex((mode << 11n) | (sumMxr << 18n) | 0x20000n)}`, `li t1, ${hex(mode === 3n ? physical : pointer)}`, 'li t2, 0',
  'csrs mstatus, t0', `l${size} t2, 0(t1)`, 'csrw mstatus, t3', 'mlog t2',
  'csrs mstatus, t0', `s${size} t2, 0(t1)`, 'csrw mstatus, t3',
));

const protectionChanges = (shape: Shape): fc.WeightedArbitrary<string>[] => [
  { weight: 2, arbitrary: fc.tuple(fc.nat(7), pmpAddress(shape)).map(([index, value]) => protectionAddress(index, value)) },
  { weight: 2, arbitrary: pmpConfigurations(shape).map((value) => join(set('pmpcfg0', value), 'sfence.vma')) },
];

const machineSnippet = (shape: Shape): fc.Arbitrary<Step> => snippet(fc.oneof(
  { weight: 8, arbitrary: csrProbe },
  { weight: 1, arbitrary: delegation.map((value) => set('medeleg', value)) },
  { weight: 1, arbitrary: supervisorInterrupts.map((value) => set('mideleg', value)) },
  { weight: 2, arbitrary: enables.map((value) => set('mie', value)) },
  { weight: 2, arbitrary: supervisorInterrupts.map((value) => set('mip', value)) },
  { weight: 1, arbitrary: fc.bigInt(0n, 0xffff_ffffn).map((value) => set('mcounteren', value)) },
  { weight: 2, arbitrary: statusOf(shape).map((value) => join('csrr t1, mstatus', `li t0, ${hex(0x7c6002n)}`, 'or t1, t1, t0', 'xor t1, t1, t0', `li t0, ${hex(value)}`, 'or t1, t1, t0', 'csrw mstatus, t1')) },
  { weight: 2, arbitrary: fc.constantFrom(0, 1, 1).map((level) => join('li t0, 0x2000000', `li t1, ${level}`, 'sw t1, 0(t0)')) },
  { weight: 1, arbitrary: fc.constant(join('csrsi mstatus, 8', 'nop', 'csrci mstatus, 8')) },
  { weight: 3, arbitrary: modifiedPrivilege(pointerOf(shape)) },
  ...(shape.isTranslated ? [{ weight: 3, arbitrary: entryChange }] : []),
  ...(shape.protection === 'none' ? [] : protectionChanges(shape)),
));


// ---- Cases ----

const ordinarySteps = (shape: Shape): fc.WeightedArbitrary<Step>[] => [
  { weight: 40, arbitrary: step(instructionsOf(shape).any) },
  { weight: 8, arbitrary: constant },
  { weight: 5, arbitrary: step(encoding) },
  { weight: 5, arbitrary: flow },
  { weight: 3, arbitrary: step(csrAccess) },
  { weight: 3, arbitrary: reservation },
  { weight: 3, arbitrary: newPointer(pointerOf(shape)) },
  { weight: 1, arbitrary: wild },
  { weight: 1, arbitrary: patch(shape) },
];

const privilegedSteps = (shape: Shape): fc.WeightedArbitrary<Step>[] => [
  { weight: 8, arbitrary: step(instructionsOf(shape).any) },
  { weight: 16, arbitrary: step(instructionsOf(shape).memory) },
  { weight: 10, arbitrary: newPointer(pointerOf(shape)) },
  { weight: 8, arbitrary: step(csrAccess) },
  { weight: 25, arbitrary: machineSnippet(shape) },
  { weight: 6, arbitrary: modeChange(shape.isTranslated) },
  { weight: shape.isTranslated && shape.protection !== 'none' ? 0 : 3, arbitrary: reservation },
  { weight: 3, arbitrary: patch(shape) },
  { weight: 2, arbitrary: step(encoding) },
  { weight: 2, arbitrary: flow },
  { weight: 1, arbitrary: wild },
  { weight: 2, arbitrary: step(fc.constantFrom('ecall', 'ebreak', 'wfi', 'sfence.vma', 'c.ebreak').map(assemblyLines)) },
  { weight: shape.isDelegating ? 0 : 2, arbitrary: step(sscratchExchange) },
];

function settingOf(shape: Shape): fc.Arbitrary<Setting> {
  const { isTranslated, isDelegating, isPrivileged, protection } = shape;
  const pointers = pointerOf(shape);
  const none = fc.constant(0n);
  const only = <T>(condition: boolean, arbitrary: fc.Arbitrary<T>, otherwise: T): fc.Arbitrary<T> => (condition ? arbitrary : fc.constant(otherwise));
  return fc.record({
    mode: fc.constantFrom(0 as const, 1 as const),
    isTranslated: fc.constant(isTranslated),
    mstatus: isPrivileged ? statusOf(shape) : fc.tuple(fc.constantFrom(1n, 2n, 3n), fc.bigInt(0n, 3n)).map(([fs, sumMxr]) => (fs << 13n) | (sumMxr << 18n)),
    fcsr: fc.tuple(fc.constantFrom(0n, 0n, 0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n), fc.bigInt(0n, 31n)).map(([frm, flags]) => (frm << 5n) | flags),
    medeleg: isDelegating ? delegation : none,
    mideleg: isDelegating ? supervisorInterrupts : none,
    mie: isPrivileged ? enables : fc.constant(0x80n),
    mip: isPrivileged ? supervisorInterrupts : none,
    isMachineVectored: only(isPrivileged, fc.boolean(), false),
    isSupervisorVectored: only(isPrivileged, fc.boolean(), false),
    mcounteren: only(isPrivileged, fc.constantFrom(0n, 0xffff_ffffn, 5n, 0x10n), 0n),
    scounteren: only(isPrivileged, fc.constantFrom(0n, 0xffff_ffffn, 3n, 0x10n), 0n),
    pmpcfg: only(protection !== 'none', fc.oneof(none, pmpConfigurations(shape)), 0n),
    pmpaddr: fc.array(pmpAddress(shape), { minLength: 8, maxLength: 8, size: 'max' }),
    entries: entriesArbitrary,
    integers: fc.tuple(
      fc.array(integerOperand, { minLength: 31, maxLength: 31, size: 'max' }), fc.array(pointers, { minLength: 31, maxLength: 31, size: 'max' }),
    ).map(([values, places]) => values.map((value, index) => (pointerRegisters.includes(index + 1) ? places[index] ?? 0n : value))),
    floats: fc.array(floatOperand, { minLength: 32, maxLength: 32, size: 'max' }),
  });
}

const STEPS_MIN = 8;
const STEPS_MAX = 40;

function caseOf(shape: Shape): fc.Arbitrary<Case> {
  const one = fc.oneof(...(shape.isPrivileged ? privilegedSteps(shape) : ordinarySteps(shape)).filter(({ weight }) => weight > 0));
  const steps = fc.array(one, { minLength: STEPS_MIN, maxLength: STEPS_MAX, size: 'max' });
  const end = fc.oneof({ weight: 8, arbitrary: fc.constant<Step[]>([]) }, { weight: 1, arbitrary: wildJump.map((jump) => [jump]) });
  return fc.tuple(settingOf(shape), steps, end).map(([setting, body, last]) => ({ setting, steps: [...body, ...last] }));
}

/** Cases about what instructions compute. */
export const ordinaryCase: fc.Arbitrary<Case> = fc.oneof(
  { weight: 2, arbitrary: caseOf({ isTranslated: false, isDelegating: false, isPrivileged: false, protection: 'none' }) },
  { weight: 1, arbitrary: caseOf({ isTranslated: true, isDelegating: false, isPrivileged: false, protection: 'none' }) },
);

/** Cases about modes, traps, interrupts, translation and protection. */
export const privilegedCase: fc.Arbitrary<Case> = fc.oneof(
  ...[false, true].flatMap((isTranslated) => [false, true].flatMap((isDelegating) => (['none', 'of pages', 'of words'] as const).map((protection) => ({
    weight: isTranslated ? 3 : 1, arbitrary: caseOf({ isTranslated, isDelegating, protection, isPrivileged: true }),
  })))),
);


/** What a named case begins with if it does not say: U-mode, no translation, nothing delegated, floating point in its initial state. */
export const defaultSetting: Setting = {
  mode: 0, isTranslated: false, mstatus: 0x2000n, fcsr: 0n, medeleg: 0n, mideleg: 0n, mie: 0x80n, mip: 0n, isMachineVectored: false, isSupervisorVectored: false,
  mcounteren: 0n, scounteren: 0n, pmpcfg: 0n, pmpaddr: new Array<bigint>(8).fill(SCRATCH >> 2n), entries: new Array<bigint>(WINDOW_PAGES + 2).fill(0n),
  integers: new Array<bigint>(31).fill(0n), floats: new Array<bigint>(32).fill(0n),
};
