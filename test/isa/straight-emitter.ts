/** Compiles rows without memory accesses and jumps into functions of their operands; core routines are stubs that note their arguments. */
import assert from 'node:assert/strict';
import { coreRoutines, coreSignatures } from '../../emulator/engine/core-signatures.ts';
import type { CoreRoutine } from '../../emulator/engine/core-module.ts';
import { Op, ValueType, WasmCode } from '../../emulator/engine/wasm-code.ts';
import { buildModule } from '../../emulator/engine/wasm-module.ts';
import type { FunctionDefinition } from '../../emulator/engine/wasm-module.ts';
import type { Emitter } from '../../emulator/isa/emitter.ts';
import type { InstructionRow } from '../../emulator/isa/instruction.ts';

/** Contents of the source registers (of whichever file) and the rest of what a row may ask for; absent = 0. */
export interface Operands {
  readonly rs1?: bigint;
  readonly rs2?: bigint;
  readonly rs3?: bigint;
  readonly imm?: bigint;
  readonly pc?: bigint;
  /** Resolved rounding mode. */
  readonly mode?: bigint;
  readonly rdOffset?: bigint;
}

export interface Outcome {
  /** What went to rd, unsigned; 1 or 0 for a branch that is taken or not; 0 if nothing did. */
  readonly rd: bigint;
  /** Core routines called, with their arguments after the hart; i64 ones unsigned. */
  readonly calls: readonly (readonly [routine: string, ...args: (number | bigint)[]])[];
}

export type RowFunction = (operands: Operands) => Outcome;

/** What the stub of a routine returns. */
export const STUB_RESULT = 0x5eed;

const { i32, i64 } = ValueType;
const parameterNames = ['rs1', 'rs2', 'rs3', 'imm', 'pc', 'mode', 'rdOffset'] as const;
const local = Object.fromEntries(parameterNames.map((name, index) => [name, index])) as Record<(typeof parameterNames)[number], number>;
/** After the parameters: the result, three i64 and two i32 for scratch. */
const localTypes = [i64, i64, i64, i64, i32, i32];
const RESULT = parameterNames.length;
const SCRATCH64 = RESULT + 1;
const SCRATCH32 = RESULT + 4;
const HART = 0x40000;
const BOX = 0xffffffff00000000n;
const CANONICAL_NAN = 0x7fc00000;

function emitterFor(row: InstructionRow, code: WasmCode): Emitter {
  const push = (name: keyof typeof local) => (): void => {
    code.get(local[name]);
  };
  const push32 = (name: keyof typeof local) => (): void => {
    code.get(local[name]).op(Op.i32WrapI64);
  };
  const pushSingle = (name: keyof typeof local) => (): void => {
    code.get(local[name]).op(Op.i32WrapI64).i32Const(CANONICAL_NAN).get(local[name]).i64Const(BOX).op(Op.i64GeU).op(Op.select);
  };
  const result = (value: () => void): void => {
    value();
    code.set(RESULT);
  };
  const absent = (): never => assert.fail(`${row.mnemonic} jumps or accesses memory`);
  const call = (routine: CoreRoutine, args: () => void): void => {
    args();
    code.call(coreRoutines.indexOf(routine));
  };
  return {
    code,
    length: row.length,
    rs1: push('rs1'), rs2: push('rs2'), imm: push('imm'), imm32: push32('imm'), pc: push('pc'),
    rd: result,
    frs1: push('rs1'), frs2: push('rs2'), frs3: push('rs3'),
    frs1Single: pushSingle('rs1'), frs2Single: pushSingle('rs2'), frs3Single: pushSingle('rs3'),
    frd: result,
    frdSingle: (value) => {
      result(() => {
        value();
        code.op(Op.i64ExtendI32U).i64Const(BOX).op(Op.i64Or);
      });
    },
    float: () => undefined,
    rounding: () => undefined,
    roundingMode: push32('mode'),
    hart: () => code.i32Const(HART),
    rdOffset: push32('rdOffset'),
    raw: () => code.i32Const(row.match),
    branch: (condition) => {
      result(() => {
        condition();
        code.op(Op.i64ExtendI32U);
      });
    },
    jumpAndLink: absent, jumpAndLinkRegister: absent, load: absent, store: absent, loadFloat: absent, storeFloat: absent,
    call,
    slowCall: call,
    scratch64: (index) => SCRATCH64 + index,
    scratch32: (index) => SCRATCH32 + index,
  };
}

/** The rows as functions, by mnemonic: one WebAssembly module, so that all of them are validated too. */
export function compile(rows: readonly InstructionRow[]): Map<string, RowFunction> {
  const type = { parameters: parameterNames.map(() => i64), results: [i64] };
  const functions = rows.map((row): FunctionDefinition => {
    const body = new WasmCode();
    row.semantics(emitterFor(row, body));
    body.get(RESULT);
    return { type, locals: localTypes, body, exportName: row.mnemonic };
  });
  const imports = coreRoutines.map((name) => ({ module: 'core', name, type: coreSignatures[name] }));
  const memory = { module: 'core', name: 'memory', initialPages: 1, maximumPages: 1 };

  let calls: Outcome['calls'][number][] = [];
  const stubs = coreRoutines.map((name) => {
    const [returned] = coreSignatures[name].results;
    const stub = (...args: readonly (number | bigint)[]): number | bigint | undefined => {
      const seen = args[0] === HART ? args.slice(1) : args;
      calls.push([name, ...seen.map((arg) => (typeof arg === 'bigint' ? BigInt.asUintN(64, arg) : arg))]);
      return returned === i64 ? BigInt(STUB_RESULT) : returned === i32 ? STUB_RESULT : undefined;
    };
    return [name, stub] as const;
  });
  const module = new WebAssembly.Module(buildModule({ memory, imports, functions }));
  const core = { ...Object.fromEntries(stubs), memory: new WebAssembly.Memory({ initial: 1, maximum: 1 }) };
  const instance = new WebAssembly.Instance(module, { core });

  return new Map(rows.map(({ mnemonic }) => {
    const compiled = instance.exports[mnemonic];
    assert.ok(typeof compiled === 'function');
    return [mnemonic, (operands) => {
      calls = [];
      const rd: unknown = Reflect.apply(compiled, undefined, parameterNames.map((name) => operands[name] ?? 0n));
      assert.ok(typeof rd === 'bigint');
      return { rd: BigInt.asUintN(64, rd), calls };
    }];
  }));
}
