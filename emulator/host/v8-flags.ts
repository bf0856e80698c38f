/** Flags of V8 that the engine's WebAssembly profits from; imported for its effect, before the first module is compiled. */
import { setFlagsFromString } from 'node:v8';

/** Later ones need no flag for branch hints, and complain about flags that they do not know. */
const LAST_MAJOR_WITH_HINTS_FLAG = 13;
/** Bytes of code executed, about, before a function is optimized (V8's default is 1.8 M): most translated code of a guest that boots never earns it. */
const TIERING_BUDGET = 300_000_000;
/** The same for JavaScript, in bytes of bytecode (V8's default is 66 K): it is a small part of what runs, and most of it runs during the boot only. */
const JAVASCRIPT_BUDGET = 300_000;

// Branch hints (https://github.com/WebAssembly/branch-hinting) keep slow paths out of line: up to a third faster.
if (Number(process.versions.v8.split('.')[0]) <= LAST_MAJOR_WITH_HINTS_FLAG) setFlagsFromString('--experimental-wasm-branch-hinting');
setFlagsFromString(`--wasm-tiering-budget=${TIERING_BUDGET}`);
setFlagsFromString(`--interrupt-budget=${JAVASCRIPT_BUDGET}`);
