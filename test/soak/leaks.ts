/** What a process holds, and whether that grows. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Engine } from '../../emulator/engine/engine.ts';
import { STORED_BYTES_MAX } from '../../emulator/engine/region-store.ts';
import type { Session } from '../../emulator/index.ts';
import { median } from '../bench/report.ts';

export interface Sample {
  readonly position: number;
  readonly heapBytes: number;
  readonly residentBytes: number;
  /** Of linear memory. */
  readonly memoryBytes: number;
  readonly framesUsed: number;
  readonly checkpoints: number;
  readonly regions: number;
  readonly regionBytes: number;
  readonly translations: number;
  /** WebAssembly code that is kept by content. */
  readonly storedBytes: number;
  /** WebAssembly instances of the process that are alive. */
  readonly instances: number;
  /** What the session has to keep: inputs, and output. */
  readonly events: number;
  readonly consoleBytes: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Instances that were made and may be alive. */
let instances: WeakRef<object>[] = [];

/** From now on instances are counted. */
export function countInstances(): void {
  WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
    construct: (target, parameters, newTarget) => {
      const instance = Reflect.construct(target, parameters, newTarget) as object;
      instances.push(new WeakRef(instance));
      return instance;
    },
  });
}

/** What nobody holds any more is gone afterwards. */
export async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await turn();
    collect();
  }
  instances = instances.filter((reference) => reference.deref() !== undefined);
  await turn();
}

export function instancesAlive(): number {
  return instances.length;
}

export async function takeSample(session: Session, engine: Engine): Promise<Sample> {
  await collectGarbage();
  const { heapUsed, rss } = process.memoryUsage();
  const { position, framesUsed, checkpoints } = session.timeline(0);
  const translation = engine.translation ?? { regions: 0, bytes: 0, translations: 0, storedBytes: 0 };
  return {
    position, heapBytes: heapUsed, residentBytes: rss, memoryBytes: engine.memory.buffer.byteLength, framesUsed, checkpoints: checkpoints.length,
    regions: translation.regions, regionBytes: translation.bytes, translations: translation.translations, storedBytes: translation.storedBytes, instances: instances.length,
    events: session.timeline(Infinity).events.length, consoleBytes: session.consoleText().length,
  };
}

export interface Limits {
  readonly frames: number;
  readonly regions: number;
  readonly regionBytes: number;
}

const MIB = 2 ** 20;
/** Instances that are no regions: core, support, an interpreter; twice, while another engine verifies. */
const OTHER_INSTANCES = 8;
/** What is kept in the heap for each input (an event, its bytes), and for each byte of output (capacity is doubled). */
const EVENT_BYTES = 600;
const OUTPUT_BYTES = 40;
/** A module, its instance and what the translator notes, for each region. */
const REGION_HEAP_BYTES = 6000;
/** What the store keeps of a region, to the size of its WebAssembly: the code itself, where it stands, its instructions. */
const STORED_RATIO = 2;
/** Machine code of a region, by tier, to the size of its WebAssembly. */
const CODE_RATIO = 12;
/** WebAssembly of the regions of one module: an instance that is alive for one of them keeps the machine code of all. */
const MODULE_BYTES = 30_000;
const HEAP_SLACK_BYTES = 6 * MIB;
const RESIDENT_SLACK_BYTES = 64 * MIB;

export function checkSample(sample: Sample, limits: Limits): void {
  assert.ok(sample.framesUsed <= limits.frames, `${sample.framesUsed} frames are in use, more than ${limits.frames}`);
  assert.ok(sample.regions <= limits.regions && sample.regionBytes <= limits.regionBytes, `${sample.regions} regions of ${sample.regionBytes} bytes are more than the bounds of the code cache`);
  assert.ok(sample.storedBytes <= STORED_BYTES_MAX, `${sample.storedBytes} bytes of code are stored, more than ${STORED_BYTES_MAX}`);
  assert.ok(sample.instances <= sample.regions + OTHER_INSTANCES, `${sample.instances} instances are alive for ${sample.regions} regions`);
}

/** Later samples hold no more than earlier ones, beside what has to be kept. */
export function checkGrowth(samples: readonly Sample[]): void {
  const third = Math.floor(samples.length / 3);
  if (third === 0) return;
  const [early, late] = [samples.slice(0, third), samples.slice(-third)];
  const growth = (of: (sample: Sample) => number): number => median(late.map(of)) - median(early.map(of));
  const kept = EVENT_BYTES * growth(({ events }) => events) + OUTPUT_BYTES * growth(({ consoleBytes }) => consoleBytes) + REGION_HEAP_BYTES * Math.max(0, growth(({ regions }) => regions)) + STORED_RATIO * growth(({ storedBytes }) => storedBytes);
  const heap = growth(({ heapBytes }) => heapBytes);
  assert.ok(heap <= kept + HEAP_SLACK_BYTES, `the heap has grown by ${mib(heap)}, ${mib(kept)} of it explained`);
  const resident = growth(({ residentBytes }) => residentBytes);
  const explained = kept + growth(({ memoryBytes }) => memoryBytes) + CODE_RATIO * Math.max(0, growth(({ regionBytes }) => regionBytes), MODULE_BYTES * growth((sample) => sample.instances));
  assert.ok(resident <= explained + RESIDENT_SLACK_BYTES, `resident memory has grown by ${mib(resident)}, ${mib(explained)} of it explained`);
}

export function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

export function describeSample(sample: Sample): string {
  return `@${sample.position.toLocaleString('en-US')}: heap ${mib(sample.heapBytes)}, resident ${mib(sample.residentBytes)}, frames ${sample.framesUsed}, checkpoints ${sample.checkpoints}, `
    + `regions ${sample.regions} (${mib(sample.regionBytes)}, ${sample.translations} translated, ${mib(sample.storedBytes)} stored), instances ${sample.instances}, inputs ${sample.events}, output ${sample.consoleBytes} B`;
}
