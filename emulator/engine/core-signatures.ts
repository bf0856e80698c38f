/** WebAssembly types of the core routines that generated code calls (see `core-module.ts` for what they do). */
import type { CoreRoutine } from './core-module.ts';
import { ValueType } from './wasm-code.ts';
import type { FunctionType } from './wasm-module.ts';

const { i32, i64 } = ValueType;

function signature(parameters: readonly number[], result?: number): FunctionType {
  return { parameters, results: result === undefined ? [] : [result] };
}

const hartOnly = signature([i32]);
const single2 = signature([i32, i32, i32, i32], i32);
const double2 = signature([i32, i64, i64, i32], i64);
const singleUnrounded = signature([i32, i32, i32], i32);
const doubleUnrounded = signature([i32, i64, i64], i64);
const doubleCompare = signature([i32, i64, i64], i32);
const singleToInteger = signature([i32, i32, i32], i64);
const doubleToInteger = signature([i32, i64, i32], i64);
const integerToSingle = signature([i32, i64, i32], i32);
const integerToDouble = signature([i32, i64, i32], i64);

export const coreSignatures: Readonly<Record<CoreRoutine, FunctionType>> = {
  load: signature([i32, i64, i32], i64),
  store: signature([i32, i64, i32, i64]),
  loadReserved: signature([i32, i64, i32, i32]),
  storeConditional: signature([i32, i64, i32, i32, i64]),
  amo: signature([i32, i64, i32, i32, i64, i32]),
  csr: signature([i32, i32, i32, i64, i32, i32]),
  ecall: hartOnly, ebreak: hartOnly, mret: hartOnly, sret: hartOnly, wfi: hartOnly, fenceI: hartOnly,
  sfenceVma: signature([i32, i64, i64, i32]),
  illegal: signature([i32, i32]),
  floatDisabled: signature([i32, i32], i32),
  fetchPage: signature([i32, i64], i32),
  fetchCrossing: hartOnly,

  f32Add: single2, f32Sub: single2, f32Mul: single2, f32Div: single2,
  f64Add: double2, f64Sub: double2, f64Mul: double2, f64Div: double2,
  f32Sqrt: signature([i32, i32, i32], i32),
  f64Sqrt: signature([i32, i64, i32], i64),
  f32MulAdd: signature([i32, i32, i32, i32, i32], i32),
  f64MulAdd: signature([i32, i64, i64, i64, i32], i64),
  f32Min: singleUnrounded, f32Max: singleUnrounded, f64Min: doubleUnrounded, f64Max: doubleUnrounded,
  f32Eq: singleUnrounded, f32Lt: singleUnrounded, f32Le: singleUnrounded,
  f64Eq: doubleCompare, f64Lt: doubleCompare, f64Le: doubleCompare,
  f32Class: signature([i32], i32),
  f64Class: signature([i64], i32),
  f32ToI32: singleToInteger, f32ToU32: singleToInteger, f32ToI64: singleToInteger, f32ToU64: singleToInteger,
  f64ToI32: doubleToInteger, f64ToU32: doubleToInteger, f64ToI64: doubleToInteger, f64ToU64: doubleToInteger,
  f32FromI32: integerToSingle, f32FromU32: integerToSingle, f32FromI64: integerToSingle, f32FromU64: integerToSingle,
  f64FromI32: integerToDouble, f64FromU32: integerToDouble, f64FromI64: integerToDouble, f64FromU64: integerToDouble,
  f32ToF64: signature([i32, i32], i64),
  f64ToF32: signature([i32, i64, i32], i32),
};

/** Every routine, in the order of the import section. */
export const coreRoutines = Object.keys(coreSignatures) as readonly CoreRoutine[];
