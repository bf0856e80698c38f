/** Instantiates the core module on a linear memory. */
import { coreWasmBase64 } from '../core/generated/core-wasm.ts';
import { FRAME_FIRST, PAGE_SHIFT } from '../core/layout.ts';
import { decodeBase64 } from './base64.ts';
import { compilePlainly, engineModule, type CompileModule } from './engine-modules.ts';
import type { CoreExports, CoreImports, CoreRoutine } from './core-module.ts';

/** What JavaScript calls, and the routines to hand on to the interpreter as imports. */
export type Core = CoreExports & Readonly<Record<CoreRoutine, WebAssembly.ExportValue>>;

const WASM_PAGE_SHIFT = 16;
/** Everything below the first frame; the frame pool grows the memory as frames are used. */
const INITIAL_WASM_PAGES = FRAME_FIRST >>> (WASM_PAGE_SHIFT - PAGE_SHIFT);
/** 4 GiB, all that 32-bit addresses reach. */
const MAXIMUM_WASM_PAGES = 65536;

/** A memory as core/layout.ts lays it out: the host's physical memory of every VM in this process. */
export function createMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: INITIAL_WASM_PAGES, maximum: MAXIMUM_WASM_PAGES });
}

/** The caller then calls poolInitialize once. */
export function instantiateCore(memory: WebAssembly.Memory, imports: CoreImports, compile: CompileModule = compilePlainly): Core {
  const module = engineModule('core', () => decodeBase64(coreWasmBase64), compile);
  const driver = {
    mmioLoad: (hart: number, gpa: number, size: number) => imports.mmioLoad(hart, gpa, size),
    mmioStore: (hart: number, gpa: number, size: number) => imports.mmioStore(hart, gpa, size),
    decodeInto: (slot: number, raw: number) => { imports.decodeInto(slot, raw); },
  };
  const instance = new WebAssembly.Instance(module, { env: { memory }, driver });
  return instance.exports as unknown as Core;
}
