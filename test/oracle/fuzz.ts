/**
 * Compares random programs with QEMU for a long time, or one case of a seed.
 *
 *     npx tsx test/oracle/fuzz.ts --minutes 30
 *     npx tsx test/oracle/fuzz.ts --kind privileged --seed 17 [--case 3]
 *     npx tsx test/oracle/fuzz.ts --translate-after 0,2 (see EngineOptions; Infinity and 0 when it is left out)
 */
import { parseArgs } from 'node:util';
import { missingTools, tools } from '../tools.ts';
import { setTiers } from './here.ts';
import { CASES_PER_PROGRAM, Coverage, kinds, randomSeed, runCase, runSeed, type Kind } from './session.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, kind: { type: 'string' }, seed: { type: 'string' }, case: { type: 'string' }, 'translate-after': { type: 'string' }, 'keep-going': { type: 'boolean', default: false } },
});

if (values['translate-after'] !== undefined) setTiers(values['translate-after'].split(',').map(Number));

const say = (line: string): void => { process.stdout.write(`${line}\n`); };

function kindOf(name: string): Kind {
  const found = (Object.keys(kinds) as Kind[]).find((kind) => kind === name);
  if (found === undefined) throw new Error(`--kind is one of ${Object.keys(kinds).join(', ')}`);
  return found;
}

async function runOnce(kind: Kind, seed: number, index: string | undefined): Promise<boolean> {
  const found = index === undefined ? await runSeed(kind, seed, new Coverage()) : await runCase(kind, seed, Number(index));
  say(found ?? `no difference: ${kind}, seed ${seed}${index === undefined ? '' : `, case ${index}`}`);
  return found === undefined;
}

/** True if nothing differed. */
async function runFor(minutes: number, wanted: readonly Kind[]): Promise<boolean> {
  const end = Date.now() + minutes * 60_000;
  const coverage = new Coverage();
  const first = randomSeed();
  say(`seeds from ${first}`);
  let programs = 0;
  let different = 0;
  for (let seed = first; Date.now() < end; seed++) {
    for (const kind of wanted) {
      const found = await runSeed(kind, seed, coverage);
      programs++;
      if (found !== undefined) {
        different++;
        say(`${found}\n`);
      }
    }
    if (different > 0 && !values['keep-going']) break;
    if ((seed - first) % 20 === 19) say(`${programs * CASES_PER_PROGRAM} cases`);
  }
  say(`${programs * CASES_PER_PROGRAM} cases, ${different} programs with differences${coverage.missing.length === 0 ? '' : `; instructions in no case: ${coverage.missing.join(' ')}`}`);
  return different === 0;
}

const missing = missingTools(tools.qemu, tools.gcc);
if (missing !== false) {
  say(missing);
  process.exitCode = 2;
} else {
  const wanted = values.kind === undefined ? (Object.keys(kinds) as Kind[]) : [kindOf(values.kind)];
  const isFine = values.seed === undefined
    ? await runFor(Number(values.minutes), wanted)
    : (await Promise.all(wanted.map((kind) => runOnce(kind, Number(values.seed), values.case)))).every(Boolean);
  if (!isFine) process.exitCode = 1;
}
