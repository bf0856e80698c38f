/** The engine's own WebAssembly modules, each compiled once in a process, whatever the number of engines. */

/** Makes the module of that name. `generate` makes its bytes, the same ones whenever this program is asked for the name. */
export type CompileModule = (name: string, generate: () => Uint8Array<ArrayBuffer>) => WebAssembly.Module;

export const compilePlainly: CompileModule = (_name, generate) => new WebAssembly.Module(generate());

const compiled = new Map<string, WebAssembly.Module>();

export function engineModule(name: string, generate: () => Uint8Array<ArrayBuffer>, compile: CompileModule): WebAssembly.Module {
  let module = compiled.get(name);
  if (module === undefined) {
    module = compile(name, generate);
    compiled.set(name, module);
  }
  return module;
}
