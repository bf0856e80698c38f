/** What an expression sees of the machine while it is evaluated. */
import type { ReadMemory, ReadRegister } from '../dwarf/reader.ts';
import type { RegisterPlace } from '../dwarf/storage.ts';
import type { ValueContext } from '../dwarf/value.ts';

/** A control and status register by name; undefined: there is none. */
export type ReadCsr = (name: string) => bigint | undefined;

export interface Moment {
  readonly memory: ReadMemory;
  readonly register: ReadRegister;
  readonly csr: ReadCsr;
  /** Where the frame executes; for a caller, where it will be returned to. */
  readonly pc: bigint;
  /** Canonical frame address. */
  readonly cfa: () => bigint | undefined;
  /** DW_AT_frame_base of the function. */
  readonly frameBase: () => bigint | undefined;
  readonly entryValue: ((expression: Uint8Array) => bigint | undefined) | undefined;
  readonly savedAt: ((register: number) => RegisterPlace | undefined) | undefined;
  readonly values: ValueContext;
}
