/** Instructions as steps see them: where they may go on. */
import { decode, instructionTable, instructionWord } from '../../emulator/index.ts';
import type { Inspection } from '../../emulator/index.ts';

export type Flow = 'straight' | 'branch' | 'jump' | 'call' | 'return' | 'indirect' | 'environment' | 'trap-return';

export interface Instruction {
  readonly address: bigint;
  readonly sizeBytes: number;
  readonly flow: Flow;
  /** Of branches and direct jumps and calls. */
  readonly target: bigint | undefined;
  /** Of indirect ones: the register that the target is in, and what is added. */
  readonly register: number;
  readonly offset: bigint;
  /** The register that is written; 0 if none. */
  readonly destination: number;
}

const RA = 1;
/** The alternate link register (RISC-V psABI): of calls of -msave-restore's routines. */
const T0 = 5;

const addressOf = (value: bigint): bigint => BigInt.asUintN(64, value);

function flowOf(name: string, flow: string | undefined, rd: number, rs1: number): Flow {
  switch (flow) {
    case 'branch': return 'branch';
    case 'jump': return rd === RA || rd === T0 ? 'call' : 'jump';
    case 'indirect': return rd === RA || rd === T0 ? 'call' : rs1 === RA || rs1 === T0 ? 'return' : 'indirect';
    case 'trap': return name === 'mret' || name === 'sret' ? 'trap-return' : name === 'ecall' || name === 'ebreak' || name === 'c.ebreak' ? 'environment' : 'straight';
    default: return 'straight';
  }
}

/** Decodes the instruction whose bytes are at `offset`; undefined where they end. */
export function instructionIn(bytes: Uint8Array, offset: number, address: bigint): Instruction | undefined {
  if (offset + 2 > bytes.length) return undefined;
  const { index, length, rd, rs1, imm } = decode(instructionWord(bytes, offset));
  const row = instructionTable[index];
  const flow = flowOf(row?.mnemonic ?? '', row?.flow, rd, rs1);
  const isDirect = row?.flow === 'branch' || row?.flow === 'jump';
  return {
    address, sizeBytes: length, flow, target: isDirect ? addressOf(address + BigInt(imm)) : undefined, register: rs1, offset: BigInt(imm),
    destination: row === undefined || row.flow === 'branch' ? 0 : rd,
  };
}

export function instructionAt(inspect: Inspection, address: bigint): Instruction | undefined {
  return instructionIn(inspect.readVirtual(address, 4), 0, address);
}

/** Where a jump or call goes, with the registers as they are. */
export function targetOf({ target, register, offset }: Instruction, inspect: Inspection): bigint {
  return target ?? addressOf((inspect.register(register) + offset) & ~1n);
}

/** Behind the instruction; where a call returns to. */
export function nextAddress({ address, sizeBytes }: Instruction): bigint {
  return address + BigInt(sizeBytes);
}
