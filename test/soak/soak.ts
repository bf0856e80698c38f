/**
 * `npm run soak`: Linux under random keys, with random travels into its past, for a while; nothing may diverge, nothing leak.
 * Exit code 0: nothing was found; 1: something was, and the last lines say how to see it again; 2: it cannot run here.
 *
 *     npm run soak -- --seconds 600
 *     npm run soak -- --seed 17 --deeds 40
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { Command, InvalidArgumentError } from 'commander';
import '../../emulator/host/v8-flags.ts';
import { randomFrom } from '../session/sessions.ts';
import { missingLinuxGuest } from '../tools.ts';
import { soak } from './soak-run.ts';

const EXIT_UNAVAILABLE = 2;
const SEED_MAX = 1_000_000;
/** Another boot, and its verification, take so long at least. */
const WORTH_ANOTHER_MS = 40_000;

interface Flags {
  readonly seconds: number;
  readonly seed: number;
  readonly deeds?: number;
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('write a number');
}

const say = (line: string): void => { process.stdout.write(`${line}\n`); };

/** False: something was found. The recording is then kept. */
async function soakOnce(seed: number, deeds: number, timeMs: number): Promise<boolean> {
  const folder = mkdtempSync(path.join(tmpdir(), 'chronovisor-soak-'));
  let done = 0;
  say(`seed ${seed}`);
  try {
    const file = path.join(folder, 'soak.chrono');
    const { hasPoweredOff } = await soak({ random: randomFrom(seed), file, deeds, timeMs, say, onDeed: (index) => { done = index + 1; } });
    if (hasPoweredOff) say('the guest has powered off');
    rmSync(folder, { recursive: true });
    return true;
  } catch (error) {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    say(`The recording is in ${folder}. Again: npm run soak -- --seed ${seed} --deeds ${done}`);
    return false;
  }
}

async function main(): Promise<void> {
  const command = new Command('soak')
    .description('Linux under random keys, with random travels into its past: nothing may diverge, nothing leak.')
    .option('--seconds <n>', 'for how long, verifying included', count, 60)
    .option('--seed <n>', 'the same deeds again', count, Date.now() % SEED_MAX)
    .option('--deeds <n>', 'so many, however long they take', count);
  const { seconds, seed, deeds } = command.parse().opts<Flags>();
  const missing = missingLinuxGuest();
  if (missing !== false) {
    say(missing);
    process.exitCode = EXIT_UNAVAILABLE;
    return;
  }
  if (deeds !== undefined) {
    if (!(await soakOnce(seed, deeds, Infinity))) process.exitCode = 1;
    return;
  }
  const end = performance.now() + seconds * 1000;
  for (let round = 0; round === 0 || end - performance.now() > WORTH_ANOTHER_MS; round++) {
    if (!(await soakOnce(seed + round, Infinity, end - performance.now()))) {
      process.exitCode = 1;
      return;
    }
  }
}

await main();
