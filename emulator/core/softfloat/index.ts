/** The routines of `SoftfloatRoutine` (emulator/engine/core-module.ts). */
import { f32Add, f32Sub, f64Add, f64Sub } from './add.ts';
import { f32Mul, f64Mul } from './multiply.ts';
import { f32Div, f64Div } from './divide.ts';
import { f32Sqrt, f64Sqrt } from './square-root.ts';
import { f32MulAdd, f64MulAdd } from './multiply-add.ts';
import { f32Eq, f32Le, f32Lt, f32Max, f32Min, f64Eq, f64Le, f64Lt, f64Max, f64Min } from './compare.ts';
import { f32Class, f64Class } from './classify.ts';
import { f32ToI32, f32ToI64, f32ToU32, f32ToU64, f64ToI32, f64ToI64, f64ToU32, f64ToU64 } from './to-integer.ts';
import {
  f32FromI32,
  f32FromI64,
  f32FromU32,
  f32FromU64,
  f64FromI32,
  f64FromI64,
  f64FromU32,
  f64FromU64,
} from './from-integer.ts';
import { f32ToF64, f64ToF32 } from './between-formats.ts';

// The AssemblyScript compiler does not find the file of `export ... from` with an extension, hence import and export.
export {
  f32Add,
  f32Sub,
  f64Add,
  f64Sub,
  f32Mul,
  f64Mul,
  f32Div,
  f64Div,
  f32Sqrt,
  f64Sqrt,
  f32MulAdd,
  f64MulAdd,
  f32Eq,
  f32Le,
  f32Lt,
  f32Max,
  f32Min,
  f64Eq,
  f64Le,
  f64Lt,
  f64Max,
  f64Min,
  f32Class,
  f64Class,
  f32ToI32,
  f32ToI64,
  f32ToU32,
  f32ToU64,
  f64ToI32,
  f64ToI64,
  f64ToU32,
  f64ToU64,
  f32FromI32,
  f32FromI64,
  f32FromU32,
  f32FromU64,
  f64FromI32,
  f64FromI64,
  f64FromU32,
  f64FromU64,
  f32ToF64,
  f64ToF32,
};
