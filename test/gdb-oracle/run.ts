/**
 * `npm run oracle:gdb`: compares stacks, variables, types and registers with GDB's at thousands of positions of many guests.
 * Exit code 0: no differences but documented ones; 1: differences; 2: nothing could be compared.
 *
 *     npm run oracle:gdb -- --positions 5000
 *     npm run oracle:gdb -- --guest 'features.c gcc -O2 -gdwarf-5' --at 12345
 */
import { Command } from 'commander';
import '../../emulator/host/v8-flags.ts';
import { ALL_GUESTS, guestLacksTools } from './guests.ts';
import { compareGuest } from './oracle.ts';
import type { Report } from './oracle.ts';
import { reportText, summaryText } from './report-text.ts';

const EXIT_DIFFERENT = 1;
const EXIT_NOTHING = 2;
const SHOWN_DEFAULT = 5;

interface Flags { readonly positions: string; readonly seed: string; readonly guest?: string; readonly at?: string; readonly show: string }

async function main(): Promise<void> {
  const flags = new Command('oracle:gdb').description('Compares stacks, variables, types and registers with GDB at many positions of many guests.')
    .option('--positions <n>', 'in all guests together', '4000')
    .option('--guest <words>', 'only guests whose name contains all of these words')
    .option('--at <positions>', 'compare exactly there')
    .option('--seed <n>', 'of the random positions', '1')
    .option('--show <n>', 'differences shown of each guest', String(SHOWN_DEFAULT))
    .parse().opts<Flags>();
  const words = flags.guest?.split(' ') ?? [];
  const wanted = ALL_GUESTS.filter(({ name }) => words.every((word) => name.split(' ').some((part) => part === word)));
  const missing = new Set(wanted.map(guestLacksTools).filter((reason) => reason !== false));
  for (const reason of missing) process.stdout.write(`skipped: ${reason}\n`);
  const guests = wanted.filter((guest) => guestLacksTools(guest) === false);
  const reports: Report[] = [];
  for (const [index, guest] of guests.entries()) {
    const budget = flags.at === undefined ? Math.ceil(Number(flags.positions) / guests.length) : flags.at.split(',').map(Number);
    const report = await compareGuest(guest, { budget, seed: Number(flags.seed) + index });
    reports.push(report);
    process.stdout.write(`${reportText(report, Number(flags.show))}\n`);
  }
  process.stdout.write(`${summaryText(reports)}\n`);
  if (guests.length === 0) process.exitCode = EXIT_NOTHING;
  else if (reports.some(({ differences }) => differences.length > 0)) process.exitCode = EXIT_DIFFERENT;
}

await main();
