/** Puts the functions of several regions into one WebAssembly module. */
import { coreSignatures } from './core-signatures.ts';
import { emitRegion } from './region-code.ts';
import type { Region } from './region-graph.ts';
import { supportRoutines, supportSignatures } from './region-support.ts';
import { buildModule, type FunctionDefinition, type FunctionImport } from './wasm-module.ts';

export interface RegionModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes of code, by region. */
  readonly sizes: readonly number[];
}

export const regionExport = (index: number): string => `r${index}`;

const supportImports = supportRoutines.map((name): FunctionImport => ({ module: 'support', name, type: supportSignatures[name] }));

/** The module for `regions`, which exports each as `regionExport(position)`. Imports support.*, core.* and driver.memory. */
export function generateRegions(regions: readonly Region[]): RegionModule {
  const imports = [...supportImports];
  const coreIndexes = new Map<string, number>();
  const core = (routine: keyof typeof coreSignatures): number => {
    let index = coreIndexes.get(routine);
    if (index === undefined) {
      index = imports.push({ module: 'core', name: routine, type: coreSignatures[routine] }) - 1;
      coreIndexes.set(routine, index);
    }
    return index;
  };
  const support = (routine: (typeof supportRoutines)[number]): number => supportRoutines.indexOf(routine);
  const functions = regions.map((region, index): FunctionDefinition => emitRegion(region, { core, support }, regionExport(index)));
  const bytes = buildModule({
    memory: { module: 'driver', name: 'memory', initialPages: 1, maximumPages: 65536 }, imports, functions,
  });
  return { bytes, sizes: functions.map(({ body }) => body.length) };
}
