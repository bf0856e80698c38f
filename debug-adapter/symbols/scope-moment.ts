import type { ReadMemory, ReadRegister } from '../dwarf/reader.ts';
import type { RegisterPlace } from '../dwarf/storage.ts';
import type { ValueContext } from '../dwarf/value.ts';
import type { Moment, ReadCsr } from '../expressions/moment.ts';
import type { CodeScope } from './code-scope.ts';

/** The canonical frame address of code at one address, from registers and memory. */
export type CfaReader = (registers: ReadRegister, memory: ReadMemory) => bigint | undefined;

/** The machine as one frame sees it. */
interface MomentSource {
  readonly memory: ReadMemory;
  readonly register: ReadRegister;
  readonly pc: bigint;
  readonly csr: ReadCsr;
  readonly cfa: () => bigint | undefined;
  readonly entryValue: ((expression: Uint8Array) => bigint | undefined) | undefined;
  readonly savedAt: ((register: number) => RegisterPlace | undefined) | undefined;
}

/** A moment for code of a scope. What it computes about the frame is kept as long as it lives. */
export class ScopeMoment implements Moment {
  readonly memory: ReadMemory;
  readonly register: ReadRegister;
  readonly pc: bigint;
  readonly csr: ReadCsr;
  readonly cfa: () => bigint | undefined;
  readonly entryValue: MomentSource['entryValue'];
  readonly savedAt: MomentSource['savedAt'];
  readonly frameBase: () => bigint | undefined;
  readonly values: ValueContext;

  constructor(source: MomentSource, scope: CodeScope, symbolText: (address: bigint) => string | undefined) {
    const { memory, register, pc, csr, cfa, entryValue, savedAt } = source;
    this.memory = memory;
    this.register = register;
    this.pc = pc;
    this.csr = csr;
    this.cfa = cfa;
    this.entryValue = entryValue;
    this.savedAt = savedAt;
    let base: { value: bigint | undefined } | undefined;
    this.frameBase = () => (base ??= { value: scope.frameBase(this) }).value;
    this.values = { memory, symbolText, dimension: (dimension) => scope.dimension(dimension, this) };
  }
}

/** A moment that is used again and again, for what is evaluated millions of times: only what it reads from changes. */
export class RepeatedMoment implements Moment {
  memory: ReadMemory = () => new Uint8Array(0);
  register: ReadRegister = () => undefined;
  csr: ReadCsr = () => undefined;
  readonly pc: bigint;
  readonly cfa: () => bigint | undefined;
  readonly frameBase: () => bigint | undefined;
  readonly entryValue = undefined;
  readonly savedAt = undefined;
  readonly values: ValueContext;

  constructor(pc: bigint, scope: CodeScope, cfa: CfaReader | undefined) {
    this.pc = pc;
    this.cfa = () => cfa?.(this.register, this.memory);
    this.frameBase = () => scope.frameBase(this);
    this.values = { memory: (address, sizeBytes) => this.memory(address, sizeBytes), symbolText: () => undefined, dimension: (dimension) => scope.dimension(dimension, this) };
  }
}
