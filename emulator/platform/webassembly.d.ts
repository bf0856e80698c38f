/**
 * WebAssembly's JavaScript interface, as far as the engine uses it (https://webassembly.github.io/spec/js-api/).
 * TypeScript declares it only in the DOM library, which the emulator does not use.
 */
declare namespace WebAssembly {
  type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'anyfunc' | 'externref';
  type ImportExportKind = 'function' | 'global' | 'memory' | 'table' | 'tag';
  type ExportValue = ((...values: never[]) => unknown) | Global | Memory | Table;
  type ImportValue = ExportValue | number | bigint;
  type Imports = Record<string, Record<string, ImportValue>>;
  type Exports = Record<string, ExportValue>;

  interface CompileError extends Error { readonly name: 'CompileError' }
  interface LinkError extends Error { readonly name: 'LinkError' }
  interface RuntimeError extends Error { readonly name: 'RuntimeError' }
  const CompileError: new (message?: string) => CompileError;
  const LinkError: new (message?: string) => LinkError;
  const RuntimeError: new (message?: string) => RuntimeError;

  interface ModuleExportDescriptor { readonly name: string; readonly kind: ImportExportKind }
  interface ModuleImportDescriptor extends ModuleExportDescriptor { readonly module: string }

  /** Compiled code, without state. */
  class Module {
    private readonly brand;
    constructor(bytes: ArrayBufferView | ArrayBuffer);
    static exports(module: Module): ModuleExportDescriptor[];
    static imports(module: Module): ModuleImportDescriptor[];
    static customSections(module: Module, name: string): ArrayBuffer[];
  }

  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Exports;
  }

  /** Sizes are in WebAssembly pages of 64 KiB. */
  interface MemoryDescriptor { readonly initial: number; readonly maximum?: number; readonly shared?: boolean }

  class Memory {
    constructor(descriptor: MemoryDescriptor);
    /** Replaced by a new one, and the old one detached, whenever the memory grows. */
    readonly buffer: ArrayBuffer;
    /** Grows by `delta` pages; returns the size before, in pages. */
    grow(delta: number): number;
  }

  class Table {
    constructor(descriptor: { readonly element: 'anyfunc' | 'externref'; readonly initial: number; readonly maximum?: number });
    readonly length: number;
    get(index: number): unknown;
    set(index: number, value?: unknown): void;
    grow(delta: number, value?: unknown): number;
  }

  class Global {
    constructor(descriptor: { readonly value: ValueType; readonly mutable?: boolean }, value?: number | bigint);
    value: number | bigint;
    valueOf(): number | bigint;
  }

  function compile(bytes: ArrayBufferView | ArrayBuffer): Promise<Module>;
  function instantiate(module: Module, imports?: Imports): Promise<Instance>;
  function validate(bytes: ArrayBufferView | ArrayBuffer): boolean;
}
