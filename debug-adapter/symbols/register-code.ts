/** Registers as expressions. */
import { floatRegisterNumber, integerRegisterNumber } from '../../emulator/index.ts';
import { bytesOf } from '../dwarf/reader.ts';
import { bytesStorage, missingStorage, storageOf } from '../dwarf/storage.ts';
import type { Storage } from '../dwarf/storage.ts';
import type { Value } from '../dwarf/value.ts';
import { DOUBLE, FLOAT, numericOf, REGISTER, scalarOfBits } from '../expressions/arithmetic.ts';
import type { Scalar } from '../expressions/arithmetic.ts';
import { scalarCode } from '../expressions/code.ts';
import type { Code } from '../expressions/code.ts';
import type { Moment } from '../expressions/moment.ts';
import { Problem } from '../expressions/problem.ts';

/** DWARF's number of f0. */
const FLOAT_BASE = 32;
/** A narrow float in a wide register has ones above (RISC-V unprivileged ISA, "NaN boxing"). */
const BOXED = 0xffff_ffffn;

/** `pc`, x and f registers; any other name is one of a CSR, as far as `isCsr` knows it. */
export function registerCode(name: string, isCsr: (name: string) => boolean): Code | undefined {
  const integer = integerRegisterNumber(name);
  if (integer !== undefined) return integerRegister(name, integer);
  const float = floatRegisterNumber(name);
  if (float !== undefined) return floatRegister(name, FLOAT_BASE + float);
  if (name === 'pc') {
    return { ...scalarCode(REGISTER, (at) => at.pc), value: (at) => ({ type: REGISTER, bits: undefined, storage: pcStorage(at.pc) }) };
  }
  if (!isCsr(name)) return undefined;
  return scalarCode(REGISTER, (at) => {
    const value = at.csr(name);
    if (value === undefined) throw new Problem(`the register «${name}» cannot be read here`);
    return value;
  });
}

function pcStorage(pc: bigint): Storage {
  return {
    ...bytesStorage(bytesOf(pc, 8)),
    edits: (offset, bytes) => (offset === 0 && bytes.length === 8 ? [{ kind: 'pc', value: new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true) }] : 'pc is written as a whole'),
  };
}

function notSaved(name: string): Problem {
  return new Problem(`the register «${name}» is not saved in this frame`);
}

function integerRegister(name: string, number: number): Code {
  const scalar = (at: Moment): bigint => {
    const value = number === 0 ? 0n : at.register(number);
    if (value === undefined) throw notSaved(name);
    return value;
  };
  return { type: REGISTER, scalar, value: (at) => ({ type: REGISTER, storage: registerStorage(at, number), bits: undefined }) };
}

function floatRegister(name: string, number: number): Code {
  const single = numericOf(FLOAT);
  const double = numericOf(DOUBLE);
  const scalar = (at: Moment): Scalar => {
    const raw = at.register(number);
    if (raw === undefined || single === undefined || double === undefined) throw notSaved(name);
    return raw >> 32n === BOXED ? scalarOfBits(raw & BOXED, single) : scalarOfBits(raw, double);
  };
  const value = (at: Moment): Value => {
    const raw = at.register(number);
    return { type: raw !== undefined && raw >> 32n === BOXED ? FLOAT : DOUBLE, storage: registerStorage(at, number), bits: undefined };
  };
  return { type: DOUBLE, scalar, value };
}

function registerStorage(at: Moment, number: number): Storage {
  const { memory, savedAt } = at;
  if (number !== 0 && at.register(number) === undefined) return missingStorage('not saved');
  return storageOf({ kind: 'register', number }, { memory, savedAt, register: (each) => (each === 0 ? 0n : at.register(each)) });
}
