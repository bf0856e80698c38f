/** `info`: what is in a recording. */
import type { Command } from 'commander';
import { basename } from 'node:path';
import { formatPosition, recordingInfo } from '../index.ts';
import { readInputFile } from '../host/node-host.ts';

interface InfoOptions {
  readonly events?: boolean;
  readonly json?: boolean;
}

export function addInfoCommand(root: Command): void {
  root.command('info').argument('<recording>', 'a .chrono file')
    .description('Show what is in a recording: machine, images, length, events, digests.')
    .option('--events', 'list every event with its position')
    .option('--json', 'print it as JSON, for scripts')
    .addHelpText('after', '\nExample:\n  $ chronovisor info bug.chrono --events')
    .action(info);
}

function info(file: string, options: InfoOptions): void {
  const bytes = readInputFile(file, 'the recording');
  const details = recordingInfo({ bytes, name: basename(file) });
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(details, null, 2)}\n`);
    return;
  }
  const megabytes = details.memorySizeBytes / (1024 * 1024);
  const lines = [
    `recording   ${file}, ${bytes.length.toLocaleString('en-US')} bytes, format version ${details.version}`,
    `machine     RV64GC, ${megabytes} MiB`,
    ...details.images.map((image) => `image       ${image.name}, ${image.kind}, ${image.sizeBytes.toLocaleString('en-US')} bytes, hash ${image.hash}`),
    ...(details.bootArguments === undefined ? [] : [`arguments   ${details.bootArguments}`]),
    ...details.drives.map((drive) => `drive       ${drive.name}, ${drive.sizeBytes.toLocaleString('en-US')} bytes, not embedded, hash ${drive.hash}`),
    `length      ${formatPosition(details.end)} instructions`,
    `ended       ${details.ending}`,
    `events      ${details.events.length}`,
    `digests     ${details.digestCount}`,
  ];
  if (options.events === true) lines.push(...details.events.map((event) => `  ${formatPosition(event.position).padStart(18)}  ${event.kind.padEnd(9)} ${event.summary}`));
  process.stdout.write(`${lines.join('\n')}\n`);
}
