/**
 * `npm run lockstep`: runs a guest by the interpreter alone and with translated code, compares the two all the way, and finds
 * the first instruction after which they differ. Exit code 0: equal; 1: different; 2: bad usage.
 *
 *     npm run lockstep -- --guest linux
 *     npm run lockstep -- --recording bug.chrono --every 1000 --threshold 0
 */
import { Command, InvalidArgumentError } from 'commander';
import '../../emulator/host/v8-flags.ts';
import { HART_X } from '../../emulator/core/layout.ts';
import { formatPosition, UserError } from '../../emulator/index.ts';
import { runLockstep, type LockstepOptions } from './compare.ts';
import { courseEnd, courseOf, type CourseOptions } from './course.ts';
import { describeDifference } from './difference.ts';
import type { Tampering } from './lane.ts';

const EXIT_DIFFERENT = 1;
const EXIT_USAGE = 2;
/** Linux is at its prompt after 1.0 G. */
const UNTIL_DEFAULT = 1_100_000_000;
/** t6, which compilers use for little. */
const PLANTED_REGISTER = 31;

interface Flags extends CourseOptions {
  readonly every: number;
  readonly digests: number;
  readonly until?: number;
  readonly threshold?: number;
  readonly regions?: number;
  readonly referenceThreshold: number;
  readonly plant?: number;
}

function count(text: string): number {
  const value = /^infinity$/i.test(text) ? Infinity : Number(text.replaceAll(/[,_@]/g, ''));
  if (Number.isSafeInteger(value) || value === Infinity) return value;
  throw new InvalidArgumentError('write a number, such as 1,000,000');
}

function command(): Command {
  return new Command('lockstep')
    .description('Runs a guest by the interpreter alone and with translated code, and finds the first instruction after which they differ.')
    .option('--guest <name>', 'a guest that Chronovisor brings: linux')
    .option('--elf <file>', 'a bare program')
    .option('--recording <file>', 'a .chrono file, with its inputs')
    .option('--memory <size>', 'guest memory')
    .option('--drive <options>', 'a disk, as in file=disk.img', (value: string, all: readonly string[] | undefined) => [...(all ?? []), value])
    .option('--every <n>', 'instructions between two comparisons of registers, CSRs and TLB', count, 1_000_000)
    .option('--digests <n>', 'instructions between two comparisons of memory and devices too', count, 50_000_000)
    .option('--until <position>', 'stop there', count)
    .option('--threshold <n>', 'translate after so many arrivals; 0: at once (default: as usual)', count)
    .option('--regions <n>', 'keep at most so many translated regions (default: as usual)', count)
    .option('--reference-threshold <n>', 'of the other machine', count, Infinity)
    .option('--plant <position>', 'change a register of the translating machine there: shows that a difference is found', count)
    .exitOverride((error) => { process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE); });
}

function planted(at: number): Tampering {
  return { at, change: ({ hart }) => { hart.setU64(HART_X + 8 * PLANTED_REGISTER, hart.register(PLANTED_REGISTER) ^ 1n); } };
}

async function main(): Promise<void> {
  const parsed = command().parse();
  const flags = parsed.opts<Flags>();
  const course = courseOf(flags);
  const options: LockstepOptions = {
    every: flags.every, digestEvery: flags.digests, until: flags.until ?? courseEnd(course, UNTIL_DEFAULT),
    reference: { translateAfter: flags.referenceThreshold },
    candidate: {
      ...(flags.threshold === undefined ? {} : { translateAfter: flags.threshold }), ...(flags.regions === undefined ? {} : { regionLimit: flags.regions }),
      ...(flags.plant === undefined ? {} : { tampering: planted(flags.plant) }),
    },
    onProgress: (position) => { if (process.stderr.isTTY) process.stderr.write(`\x1b[2K${formatPosition(position)}\r`); },
  };
  const { difference, position, stop, comparisons, digests, translations } = await runLockstep(course, options);
  const said = `${comparisons} comparisons, ${digests} of the whole state; ${translations} regions translated`;
  if (difference === undefined) {
    process.stdout.write(`Equal up to ${formatPosition(position)} (${stop}): ${said}\n`);
    return;
  }
  process.exitCode = EXIT_DIFFERENT;
  const given = process.argv.slice(2).map((argument) => (/^[\w./=,-]+$/.test(argument) ? argument : `'${argument}'`)).join(' ');
  process.stdout.write(`${describeDifference(difference)}\n${said}\nAgain: npx tsx test/lockstep/lockstep.ts ${given}\n`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`lockstep: ${error.message}\n`);
  process.exitCode = EXIT_USAGE;
}
