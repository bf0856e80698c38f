/**
 * V8's machine code of WebAssembly modules, to be kept on disk. Reached through V8's own test functions, the only way that Node has; where
 * they are missing, modules are compiled as usual. V8 itself refuses code of another version, processor or set of flags.
 */
import { setFlagsFromString } from 'node:v8';
import './v8-flags.ts';

/** Calls a function of V8 itself. They are known only to what is compiled after the flag, and that is when it is called first. */
function callNative(call: string, ...args: readonly unknown[]): unknown {
  setFlagsFromString('--allow-natives-syntax');
  const parameters = args.map((_, index) => `a${index}`);
  const native: unknown = Reflect.construct(Function, [...parameters, `return %${call}(${parameters.join()})`]);
  return typeof native === 'function' ? Reflect.apply(native, undefined, args) : undefined;
}

/** What makes V8 compile a module at once, and with its optimizing compiler alone. */
const OPTIMIZING = ['liftoff', 'wasm-lazy-compilation', 'wasm-dynamic-tiering'] as const;

/**
 * Optimized machine code of the module of `bytes`. May end the process where V8 does not go along, so it is for processes that do
 * nothing else.
 */
export function optimizedCodeOf(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  for (const flag of OPTIMIZING) setFlagsFromString(`--no-${flag}`);
  const module = new WebAssembly.Module(bytes);
  // The code is for a process with other flags: V8 compares them.
  for (const flag of OPTIMIZING) setFlagsFromString(`--${flag}`);
  const native = callNative('SerializeWasmModule', module);
  return native instanceof ArrayBuffer ? new Uint8Array(native) : undefined;
}

function isWholeBuffer({ byteLength, buffer }: Uint8Array<ArrayBuffer>): boolean {
  return byteLength === buffer.byteLength;
}

/** The module of `bytes` from its machine code; undefined where that does not fit this V8. */
export function moduleFromCode(bytes: Uint8Array<ArrayBuffer>, native: Uint8Array<ArrayBuffer>): WebAssembly.Module | undefined {
  try {
    const module = callNative('DeserializeWasmModule', isWholeBuffer(native) ? native.buffer : native.slice().buffer, bytes);
    return module instanceof WebAssembly.Module ? module : undefined;
  } catch {
    return undefined;
  }
}
