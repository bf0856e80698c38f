/**
 * Puts the functions of regions into WebAssembly modules. All modules have the same imports in the same order, so that the code of a
 * region is the same bytes in each: a region can be moved into a module with others later.
 */
import { assert } from '../assert.ts';
import { coreRoutines, coreSignatures } from './core-signatures.ts';
import { emitRegion } from './region-code.ts';
import type { Region } from './region-graph.ts';
import type { RegionImports } from './region-operands.ts';
import { regionType, supportRoutines, supportSignatures } from './region-support.ts';
import { WasmCode } from './wasm-code.ts';
import { buildModule, type FunctionDefinition, type FunctionImport } from './wasm-module.ts';

/** The function of a region. */
export interface RegionFunction {
  /** Types of the locals after the parameters. */
  readonly locals: readonly number[];
  readonly code: Uint8Array<ArrayBuffer>;
  /** Branch hints: twice the offset, and 1 if it is likely. */
  readonly hints: Uint32Array;
}

export const regionExport = (index: number): string => `r${index}`;

const imports: readonly FunctionImport[] = [
  ...supportRoutines.map((name): FunctionImport => ({ module: 'support', name, type: supportSignatures[name] })),
  ...coreRoutines.map((name): FunctionImport => ({ module: 'core', name, type: coreSignatures[name] })),
];
const indexes = new Map(imports.map(({ module, name }, index) => [`${module}.${name}`, index]));

function importIndex(name: string): number {
  const index = indexes.get(name);
  assert(index !== undefined, `${name} is imported`);
  return index;
}

const regionImports: RegionImports = { support: (routine) => importIndex(`support.${routine}`), core: (routine) => importIndex(`core.${routine}`) };

export function generateRegion(region: Region): RegionFunction {
  const { locals, body } = emitRegion(region, regionImports);
  return { locals, code: body.bytes(), hints: Uint32Array.from(body.hints, ({ offset, likely }) => 2 * offset + (likely ? 1 : 0)) };
}

/** The module of these functions, which exports each as `regionExport(position)`. Imports support.*, core.* and driver.memory. */
export function assembleRegions(functions: readonly RegionFunction[]): Uint8Array<ArrayBuffer> {
  return buildModule({
    memory: { module: 'driver', name: 'memory', initialPages: 1, maximumPages: 65536 }, imports,
    functions: functions.map(({ locals, code, hints }, index): FunctionDefinition => (
      { type: regionType, locals, body: WasmCode.of(code, Array.from(hints, (hint) => ({ offset: hint >>> 1, likely: (hint & 1) === 1 }))), exportName: regionExport(index) })),
  });
}
