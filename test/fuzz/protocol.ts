/**
 * `npm run fuzz:protocol`: random sequences of requests, 10,000 of them or as many as the first argument says, from a seed
 * that is the second one or told. A sequence that fails is shrunk and printed.
 */
import * as fc from 'fast-check';
import { fastClock, playSequence, requestSequences } from '../debug-adapter/random-requests.ts';

const RUNS = 10_000;
const REPORT_EVERY = 500;

const runs = Number(process.argv[2] ?? RUNS);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
const say = (text: string): void => { process.stdout.write(`${text}\n`); };

// What the adapter and the session measure time with.
performance.now = fastClock();
say(`${runs} random sequences of requests, seed ${seed}`);
let played = 0;
await fc.assert(fc.asyncProperty(requestSequences, async (sequence) => {
  await playSequence(sequence);
  played++;
  if (played % REPORT_EVERY === 0) say(`${played} of ${runs}`);
}), { numRuns: runs, seed, endOnFailure: false });
say(`${runs} sequences: each request was answered exactly once`);
