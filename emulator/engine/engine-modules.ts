/** The engine's own WebAssembly modules, each compiled once in a process, whatever the number of engines. */

export type CompileModule = (bytes: Uint8Array<ArrayBuffer>) => WebAssembly.Module;

export const compilePlainly: CompileModule = (bytes) => new WebAssembly.Module(bytes);

const compiled = new Map<string, WebAssembly.Module>();

/** The module of that name, whose bytes `generate` makes. */
export function engineModule(name: string, generate: () => Uint8Array<ArrayBuffer>, compile: CompileModule): WebAssembly.Module {
  let module = compiled.get(name);
  if (module === undefined) {
    module = compile(generate());
    compiled.set(name, module);
  }
  return module;
}
