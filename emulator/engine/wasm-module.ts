/**
 * Assembles a WebAssembly module from function bodies.
 * Binary format: WebAssembly core specification 2.0, 5.5; branch hints:
 * https://github.com/WebAssembly/branch-hinting, section `metadata.code.branch_hint`.
 */
import { assert } from '../assert.ts';
import { Op, WasmCode } from './wasm-code.ts';

export interface FunctionType {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
}

export interface FunctionImport {
  readonly module: string;
  readonly name: string;
  readonly type: FunctionType;
}

export interface FunctionDefinition {
  readonly type: FunctionType;
  /** Types of the locals after the parameters. */
  readonly locals: readonly number[];
  /** The body without its last `end`. */
  readonly body: WasmCode;
  /** Exported under this name; absent: internal. */
  readonly exportName?: string;
}

export interface ModuleDefinition {
  readonly memory: { readonly module: string; readonly name: string; readonly initialPages: number; readonly maximumPages: number };
  /** Table 0, of functions. */
  readonly table?: { readonly module: string; readonly name: string; readonly initialEntries: number };
  /** Types with the indexes 0, 1, ..., for indirect calls; all others follow. */
  readonly types?: readonly FunctionType[];
  readonly imports: readonly FunctionImport[];
  /** Function index = number of imports + position here. */
  readonly functions: readonly FunctionDefinition[];
}

const HEADER = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
const Section = { custom: 0, type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const External = { function: 0x00, table: 0x01, memory: 0x02 } as const;
const FUNCTION_TYPE = 0x60;
const FUNCTION_REFERENCE = 0x70;
const LIMITS_WITHOUT_MAXIMUM = 0x00;
const LIMITS_WITH_MAXIMUM = 0x01;

/** Numbers the distinct types in order of first use. */
class TypeTable {
  private readonly indexes = new Map<string, number>();
  readonly types: FunctionType[] = [];

  indexOf(type: FunctionType): number {
    const key = `${type.parameters.join()}>${type.results.join()}`;
    let index = this.indexes.get(key);
    if (index === undefined) {
      index = this.types.length;
      this.indexes.set(key, index);
      this.types.push(type);
    }
    return index;
  }
}

export function buildModule(definition: ModuleDefinition): Uint8Array<ArrayBuffer> {
  const table = new TypeTable();
  for (const type of definition.types ?? []) table.indexOf(type);
  const imports = importSection(definition, table);
  const functions = functionSection(definition.functions, table);
  const module = new WasmCode(1 << 16).raw(HEADER);
  const section = (id: number, content: WasmCode): void => {
    module.byte(id).unsigned(content.length).append(content);
  };
  section(Section.type, typeSection(table.types));
  section(Section.import, imports);
  section(Section.function, functions);
  section(Section.export, exportSection(definition));
  const hints = hintSection(definition);
  if (hints !== undefined) section(Section.custom, hints);
  section(Section.code, codeSection(definition.functions));
  return module.bytes();
}

function typeSection(types: readonly FunctionType[]): WasmCode {
  const content = new WasmCode().unsigned(types.length);
  for (const type of types) {
    content.byte(FUNCTION_TYPE);
    for (const list of [type.parameters, type.results]) {
      content.unsigned(list.length);
      for (const valueType of list) content.byte(valueType);
    }
  }
  return content;
}

function importSection(definition: ModuleDefinition, table: TypeTable): WasmCode {
  const { memory, imports } = definition;
  const content = new WasmCode().unsigned(imports.length + (definition.table === undefined ? 1 : 2));
  for (const entry of imports) {
    content.name(entry.module).name(entry.name).byte(External.function).unsigned(table.indexOf(entry.type));
  }
  if (definition.table !== undefined) {
    content.name(definition.table.module).name(definition.table.name).byte(External.table).byte(FUNCTION_REFERENCE);
    content.byte(LIMITS_WITHOUT_MAXIMUM).unsigned(definition.table.initialEntries);
  }
  content.name(memory.module).name(memory.name).byte(External.memory);
  return content.byte(LIMITS_WITH_MAXIMUM).unsigned(memory.initialPages).unsigned(memory.maximumPages);
}

function functionSection(functions: readonly FunctionDefinition[], table: TypeTable): WasmCode {
  const content = new WasmCode().unsigned(functions.length);
  for (const entry of functions) content.unsigned(table.indexOf(entry.type));
  return content;
}

function exportSection({ imports, functions }: ModuleDefinition): WasmCode {
  const content = new WasmCode();
  let count = 0;
  functions.forEach((entry, index) => {
    if (entry.exportName === undefined) return;
    content.name(entry.exportName).byte(External.function).unsigned(imports.length + index);
    count++;
  });
  return new WasmCode().unsigned(count).append(content);
}

/** Vector of local declarations, runs of one type merged. */
function localDeclarations(locals: readonly number[]): WasmCode {
  const runs: { type: number; count: number }[] = [];
  for (const type of locals) {
    const last = runs.at(-1);
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  const content = new WasmCode().unsigned(runs.length);
  for (const run of runs) content.unsigned(run.count).byte(run.type);
  return content;
}

/** The custom section with every function's hints, sorted as the proposal asks; undefined if there is no hint. */
function hintSection({ imports, functions }: ModuleDefinition): WasmCode | undefined {
  const content = new WasmCode();
  let count = 0;
  functions.forEach((entry, index) => {
    const { hints } = entry.body;
    if (hints.length === 0) return;
    count++;
    // Offsets in the section count from the start of the function's locals.
    const base = localDeclarations(entry.locals).length;
    content.unsigned(imports.length + index).unsigned(hints.length);
    let previous = -1;
    for (const hint of hints) {
      assert(hint.offset > previous, 'branch hints are in the order of the code');
      previous = hint.offset;
      content.unsigned(base + hint.offset).unsigned(1).byte(hint.likely ? 1 : 0);
    }
  });
  if (count === 0) return undefined;
  return new WasmCode().name('metadata.code.branch_hint').unsigned(count).append(content);
}

function codeSection(functions: readonly FunctionDefinition[]): WasmCode {
  const content = new WasmCode(1 << 15).unsigned(functions.length);
  for (const entry of functions) {
    const locals = localDeclarations(entry.locals);
    content.unsigned(locals.length + entry.body.length + 1).append(locals).append(entry.body).byte(Op.end);
  }
  return content;
}
