/** Compiles the semantics of rows that touch nothing but registers into functions of their operands. */
import assert from 'node:assert/strict';
import { Op, ValueType, WasmCode } from '../../emulator/engine/wasm-code.ts';
import { buildModule } from '../../emulator/engine/wasm-module.ts';
import type { FunctionDefinition } from '../../emulator/engine/wasm-module.ts';
import type { Emitter } from '../../emulator/isa/emitter.ts';
import type { InstructionRow } from '../../emulator/isa/instruction.ts';

/** Register contents or immediate; rs1 and rs2 of whichever register file. Results are unsigned. */
export type RegisterFunction = (rs1: bigint, rs2: bigint, imm: bigint, pc: bigint) => bigint;

const RS1 = 0;
const RS2 = 1;
const IMM = 2;
const PC = 3;
const { i32, i64 } = ValueType;
/** After the parameters: result, i64 scratch, i32 scratch. */
const locals = [i64, i64, i64, i64, i32, i32];
const RESULT = 4;
const SCRATCH64 = 5;
const SCRATCH32 = 8;
const BOX = 0xffffffff00000000n;
const CANONICAL_NAN = 0x7fc00000;

/** What `compile` makes of a row: either a value for rd, or 0 or 1 for a branch. */
function emitterFor(row: InstructionRow, code: WasmCode): Emitter {
  const single = (register: number): void => {
    code.get(register).op(Op.i32WrapI64).i32Const(CANONICAL_NAN);
    code.get(register).i64Const(BOX).op(Op.i64GeU).op(Op.select);
  };
  const result = (value: () => void): void => {
    value();
    code.set(RESULT);
  };
  const absent = (what: string) => (): never => assert.fail(`${row.mnemonic} asks for ${what}, which no register function has`);
  return {
    code,
    length: row.length,
    rs1: () => code.get(RS1),
    rs2: () => code.get(RS2),
    imm: () => code.get(IMM),
    imm32: () => code.get(IMM).op(Op.i32WrapI64),
    pc: () => code.get(PC),
    rd: result,
    frs1: () => code.get(RS1),
    frs2: () => code.get(RS2),
    frs3: absent('rs3'),
    frs1Single: () => { single(RS1); },
    frs2Single: () => { single(RS2); },
    frs3Single: absent('rs3'),
    frd: result,
    frdSingle: (value) => {
      result(() => {
        value();
        code.op(Op.i64ExtendI32U).i64Const(BOX).op(Op.i64Or);
      });
    },
    float: () => undefined,
    rounding: absent('a rounding mode'),
    roundingMode: absent('a rounding mode'),
    hart: absent('the hart'),
    rdOffset: absent('the hart'),
    raw: absent('its encoding'),
    branch: (condition) => {
      result(() => {
        condition();
        code.op(Op.i64ExtendI32U);
      });
    },
    jumpAndLink: absent('a jump'),
    jumpAndLinkRegister: absent('a jump'),
    load: absent('memory'),
    store: absent('memory'),
    loadFloat: absent('memory'),
    storeFloat: absent('memory'),
    call: absent('a routine'),
    slowCall: absent('a routine'),
    scratch64: (index) => SCRATCH64 + index,
    scratch32: (index) => SCRATCH32 + index,
  };
}

/** One WebAssembly function per row, by mnemonic. */
export function compile(rows: readonly InstructionRow[]): Map<string, RegisterFunction> {
  const functions = rows.map((row): FunctionDefinition => {
    const body = new WasmCode();
    row.semantics(emitterFor(row, body));
    body.get(RESULT);
    return { type: { parameters: [i64, i64, i64, i64], results: [i64] }, locals, body, exportName: row.mnemonic };
  });
  const memory = { module: 'test', name: 'memory', initialPages: 1, maximumPages: 1 };
  const module = new WebAssembly.Module(buildModule({ memory, imports: [], functions }));
  const instance = new WebAssembly.Instance(module, { test: { memory: new WebAssembly.Memory({ initial: 1, maximum: 1 }) } });
  return new Map(rows.map(({ mnemonic }) => {
    const compiled = instance.exports[mnemonic];
    assert.ok(typeof compiled === 'function');
    return [mnemonic, (...operands: bigint[]) => BigInt.asUintN(64, BigInt(Reflect.apply(compiled, undefined, operands)))];
  }));
}
