/** M: integer multiplication and division. Source: RISC-V unprivileged ISA 20191213, chapter 7. */
import { Op, ValueType, type WasmCode } from '../engine/wasm-code.ts';
import { binary, binaryWord } from './combinators.ts';
import type { Emitter, Semantics } from './emitter.ts';
import type { InstructionRow } from './instruction.ts';
import { rowsOf } from './row.ts';

const row = rowsOf('M');

/** Locals that hold the factors, so that an operand that is expensive to push is pushed once. */
interface Factors {
  readonly a: number;
  readonly b: number;
}

/**
 * Pushes bits 127..64 of the unsigned product, from 32-bit partial products (Warren, Hacker's Delight, 8-2):
 * carry = high a * low b + (low a * low b >> 32); middle = low a * high b + carry's low half;
 * high a * high b + both upper halves.
 */
function highUnsigned(e: Emitter, { a, b }: Factors): void {
  const { code } = e;
  const carry = e.scratch64(0);
  const low = (factor: number): WasmCode => code.get(factor).i64Const(0xffffffff).op(Op.i64And);
  const high = (factor: number): WasmCode => code.get(factor).i64Const(32).op(Op.i64ShrU);
  low(a);
  low(b).op(Op.i64Mul).i64Const(32).op(Op.i64ShrU);
  high(a);
  low(b).op(Op.i64Mul).op(Op.i64Add).set(carry);

  low(a);
  high(b).op(Op.i64Mul);
  low(carry).op(Op.i64Add).i64Const(32).op(Op.i64ShrU);
  high(a);
  high(b).op(Op.i64Mul).op(Op.i64Add);
  high(carry).op(Op.i64Add);
}

/** A negative signed factor counts 2^64 too much as an unsigned one: subtracts `other` if `factor` is negative. */
function correctSign(e: Emitter, factor: number, other: number): void {
  e.code.get(factor).i64Const(63).op(Op.i64ShrS).get(other).op(Op.i64And).op(Op.i64Sub);
}

function multiplyHigh(rs1Signed: boolean, rs2Signed: boolean): Semantics {
  return (e) => {
    const factors = { a: e.scratch64(1), b: e.scratch64(2) };
    e.rd(() => {
      e.rs1();
      e.code.set(factors.a);
      e.rs2();
      e.code.set(factors.b);
      highUnsigned(e, factors);
      if (rs1Signed) correctSign(e, factors.a, factors.b);
      if (rs2Signed) correctSign(e, factors.b, factors.a);
    });
  };
}

interface Width {
  readonly type: number;
  readonly eqz: number;
  readonly eq: number;
  readonly sub: number;
  readonly operators: Readonly<Record<Division, number>>;
  constant(e: Emitter, value: number): void;
  /** From the register's i64, and back. */
  readonly narrow?: number;
  readonly widen?: number;
}

type Division = 'div' | 'divu' | 'rem' | 'remu';

const doubleword: Width = {
  type: ValueType.i64,
  eqz: Op.i64Eqz,
  eq: Op.i64Eq,
  sub: Op.i64Sub,
  operators: { div: Op.i64DivS, divu: Op.i64DivU, rem: Op.i64RemS, remu: Op.i64RemU },
  constant: (e, value) => { e.code.i64Const(value); },
};

const word: Width = {
  type: ValueType.i32,
  eqz: Op.i32Eqz,
  eq: Op.i32Eq,
  sub: Op.i32Sub,
  operators: { div: Op.i32DivS, divu: Op.i32DivU, rem: Op.i32RemS, remu: Op.i32RemU },
  constant: (e, value) => { e.code.i32Const(value); },
  narrow: Op.i32WrapI64,
  widen: Op.i64ExtendI32S,
};

/**
 * Table 7.1: division by zero gives all ones, its remainder the dividend; most negative / -1 overflows to itself, remainder 0.
 * WebAssembly traps in the first case and for div in the second.
 */
function divide(width: Width, division: Division): Semantics {
  const remainder = division === 'rem' || division === 'remu';
  return (e) => {
    const operand = (register: 'rs1' | 'rs2'): void => {
      e[register]();
      if (width.narrow !== undefined) e.code.op(width.narrow);
    };
    const quotient = (): void => {
      operand('rs1');
      operand('rs2');
      e.code.op(width.operators[division]);
    };
    e.rd(() => {
      operand('rs2');
      e.code.op(width.eqz).if(width.type);
      if (remainder) operand('rs1');
      else width.constant(e, -1);
      e.code.else();
      if (division === 'div') {
        operand('rs2');
        width.constant(e, -1);
        e.code.op(width.eq).if(width.type);
        width.constant(e, 0);
        operand('rs1');
        e.code.op(width.sub).else();
        quotient();
        e.code.end();
      } else {
        quotient();
      }
      e.code.end();
      if (width.widen !== undefined) e.code.op(width.widen);
    });
  };
}

export const m: readonly InstructionRow[] = [
  row('mul', '0000001 ..... ..... 000 ..... 0110011', 'R', binary(Op.i64Mul)),
  row('mulh', '0000001 ..... ..... 001 ..... 0110011', 'R', multiplyHigh(true, true)),
  row('mulhsu', '0000001 ..... ..... 010 ..... 0110011', 'R', multiplyHigh(true, false)),
  row('mulhu', '0000001 ..... ..... 011 ..... 0110011', 'R', multiplyHigh(false, false)),
  row('div', '0000001 ..... ..... 100 ..... 0110011', 'R', divide(doubleword, 'div')),
  row('divu', '0000001 ..... ..... 101 ..... 0110011', 'R', divide(doubleword, 'divu')),
  row('rem', '0000001 ..... ..... 110 ..... 0110011', 'R', divide(doubleword, 'rem')),
  row('remu', '0000001 ..... ..... 111 ..... 0110011', 'R', divide(doubleword, 'remu')),
  row('mulw', '0000001 ..... ..... 000 ..... 0111011', 'R', binaryWord(Op.i32Mul)),
  row('divw', '0000001 ..... ..... 100 ..... 0111011', 'R', divide(word, 'div')),
  row('divuw', '0000001 ..... ..... 101 ..... 0111011', 'R', divide(word, 'divu')),
  row('remw', '0000001 ..... ..... 110 ..... 0111011', 'R', divide(word, 'rem')),
  row('remuw', '0000001 ..... ..... 111 ..... 0111011', 'R', divide(word, 'remu')),
];
