/** `npm run bench`: measures what has a bar, beside QEMU where it is installed, and prints tables. Exits with 0, whatever they say. */
import { Command, Option } from 'commander';
import { bars } from './bars.ts';
import { GuestFolder } from './bench-guests.ts';
import { formatTable, type Table } from './report.ts';

interface Flags {
  readonly quick: boolean;
  readonly only?: string;
  readonly json: boolean;
  readonly peerReverse: boolean;
}

async function main(): Promise<void> {
  const flags = new Command('bench')
    .description('Measures what has a bar. The figures depend on the computer; the ratios are of one run.')
    .option('--quick', 'only show that there are figures (seconds); they mean nothing', false)
    .addOption(new Option('--only <name>', 'one of the bars; linux: also linux-travel, and so on').choices(Object.keys(bars)))
    .option('--json', 'the tables as JSON', false)
    .option('--peer-reverse', 'also go back in QEMU, with GDB (minutes)', false)
    .parse().opts<Flags>();
  const guests = new GuestFolder();
  const onProgress = (what: string): void => { if (process.stderr.isTTY) process.stderr.write(`\x1b[2K${what}\r`); };
  const tables: Table[] = [];
  try {
    for (const [name, measure] of Object.entries(bars)) {
      if (flags.only !== undefined && flags.only !== name && !name.startsWith(`${flags.only}-`)) continue;
      const measured = await measure(guests, { quick: flags.quick, peerReverse: flags.peerReverse, onProgress });
      tables.push(...measured);
      onProgress('');
      if (!flags.json) for (const table of measured) console.log(formatTable(table));
    }
  } finally {
    guests.remove();
  }
  if (flags.json) console.log(JSON.stringify(tables, undefined, 2));
}

await main();
