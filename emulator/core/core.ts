/** Entry of the core module: its exports are CoreExports and CoreRoutine of engine/core-module.ts. */
import { frameAllocate, frameRelease, frameRetain, poolInitialize } from './frame-pool.ts';
import {
  copiedPageCount, dirtyPageCount, guestWrite, pageBits, pageFrame, pageOpenForWrite, pagePeek, treeCheckpoint, treeRelease, treeRestore,
  vmInitialize, vmRelease,
} from './nested-page-table.ts';
import { hashBytes, memoryDigest } from './digest.ts';
import { debugTranslate, hartRefresh, hartReset } from './hart.ts';
import { interruptDeliverable, interruptLine, interruptTake } from './interrupts.ts';
import { stopAfter } from './run.ts';
import { csr, csrPeek } from './csr.ts';
import { codeForgetOffset } from './code-pages.ts';
import { watchRefresh } from './watch.ts';
import { slowLoad, slowStore } from './access.ts';
import { amo, loadReserved, storeConditional } from './atomics.ts';
import { ebreak, ecall, fenceI, floatDisabled, illegal, mret, sfenceVma, sret, wfi } from './trap.ts';
import { fetchCrossing, fetchPage } from './fetch.ts';
import {
  f32Add, f32Sub, f64Add, f64Sub, f32Mul, f64Mul, f32Div, f64Div, f32Sqrt, f64Sqrt, f32MulAdd, f64MulAdd, f32Eq, f32Le,
  f32Lt, f32Max, f32Min, f64Eq, f64Le, f64Lt, f64Max, f64Min, f32Class, f64Class, f32ToI32, f32ToI64, f32ToU32, f32ToU64,
  f64ToI32, f64ToI64, f64ToU32, f64ToU64, f32FromI32, f32FromI64, f32FromU32, f32FromU64, f64FromI32, f64FromI64,
  f64FromU32, f64FromU64, f32ToF64, f64ToF32,
} from './softfloat/index.ts';

// The AssemblyScript compiler does not find the file of `export ... from` with an extension, hence import and export.
export {
  poolInitialize, frameAllocate, frameRetain, frameRelease,
  vmInitialize, vmRelease, pageFrame, pageBits, pagePeek, pageOpenForWrite, guestWrite, treeCheckpoint, treeRestore, treeRelease,
  copiedPageCount, dirtyPageCount, memoryDigest, hashBytes,
  hartReset, hartRefresh, debugTranslate, interruptTake, interruptDeliverable, interruptLine, stopAfter, csrPeek,
  codeForgetOffset, watchRefresh,
  slowLoad as load, slowStore as store, loadReserved, storeConditional, amo, csr,
  ecall, ebreak, mret, sret, wfi, fenceI, sfenceVma, illegal, floatDisabled, fetchPage, fetchCrossing,
  f32Add, f32Sub, f64Add, f64Sub, f32Mul, f64Mul, f32Div, f64Div, f32Sqrt, f64Sqrt, f32MulAdd, f64MulAdd, f32Eq, f32Le,
  f32Lt, f32Max, f32Min, f64Eq, f64Le, f64Lt, f64Max, f64Min, f32Class, f64Class, f32ToI32, f32ToI64, f32ToU32, f32ToU64,
  f64ToI32, f64ToI64, f64ToU32, f64ToU64, f32FromI32, f32FromI64, f32FromU32, f32FromU64, f64FromI32, f64FromI64,
  f64FromU32, f64FromU64, f32ToF64, f64ToF32,
};
