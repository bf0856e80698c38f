/** Options that several commands share, and what their values mean. */
import type { Command } from 'commander';
import type { DriveImage, MachineConfiguration, Position } from '../index.ts';
import { bootConfiguration, openDrives } from '../host/boot-files.ts';
import type { BootOptions } from '../host/boot-files.ts';
import { KNOWN_GUESTS } from '../host/known-guests.ts';
import { UserError } from '../user-error.ts';

export interface MachineOptions {
  readonly bios?: string;
  readonly kernel?: string;
  readonly initrd?: string;
  readonly append?: string;
  readonly drive?: string[];
  readonly entropy?: boolean;
  readonly console?: string;
  readonly memory?: string;
  readonly guest?: string;
  readonly loadAddress?: string;
}

const SPELLING: Readonly<Record<keyof BootOptions, string>> = {
  program: 'IMAGE', loadAddress: '--load-address', bios: '--bios', kernel: '--kernel', initrd: '--initrd', append: '--append', drives: '--drive',
  entropy: '--entropy', memory: '--memory', guest: '--guest', console: '--console', terminalSize: 'the terminal',
};

/** What follows from the options of a machine that boots. */
export const machineHelp = `
What boots is one of
  IMAGE               a bare program, in machine mode (QEMU: -bios none -kernel IMAGE)
  --kernel FILE       a kernel, started by OpenSBI, or by the firmware given with --bios
  --bios FILE         firmware alone, such as U-Boot
  --guest NAME        a guest that Chronovisor brings: ${KNOWN_GUESTS.join(', ')} (npm run guest:linux)
QEMU's spelling (-kernel Image -append "console=ttyS0" -m 512 -nographic) is understood too.`;

export function addMachineOptions(command: Command): Command {
  return command
    .option('-m, --memory <size>', 'guest memory, such as 128M or 1G; MiB without a unit (default: 128M)')
    .option('--load-address <address>', 'IMAGE is a raw image: load it at this address and start there, such as 0x80000000')
    .option('--bios <file>', "firmware: a file, 'none', or 'default' (OpenSBI, from Debian's package)")
    .option('--kernel <file>', 'kernel: a Linux Image (plain or gzip), an ELF file, or raw code')
    .option('--initrd <file>', 'initial RAM disk')
    .option('--append <arguments>', 'kernel command line')
    .option('--drive <options>', 'a disk, as in file=disk.img,format=raw,readonly=on; can be given several times', collect)
    .option('--entropy', 'a virtio source of random bytes, which are recorded')
    .option('--console <device>', "where keys go: 'uart' (default), or 'virtio' (Linux: console=hvc0), which tells the guest the terminal's size")
    .option('--guest <name>', `a guest that Chronovisor brings: ${KNOWN_GUESTS.join(', ')}`);
}

/** For commands that open a recording: it names its disks, and does not hold them. */
export function addDriveOption(command: Command): Command {
  return command.option('--drive <options>', 'the image of a disk that the recording was made with, as in file=disk.img; can be given several times', collect);
}

export function recordedDrives(drives: readonly string[] | undefined): DriveImage[] {
  return openDrives(drives ?? [], SPELLING.drives);
}

function collect(value: string, all: readonly string[] = []): readonly string[] {
  return [...all, value];
}

export function machineConfiguration(program: string | undefined, options: MachineOptions): MachineConfiguration {
  const { loadAddress, drive, ...same } = options;
  return bootConfiguration({
    program, drives: drive, entropy: same.entropy, bios: same.bios, kernel: same.kernel, initrd: same.initrd, append: same.append, memory: same.memory, guest: same.guest,
    loadAddress: loadAddress === undefined ? undefined : parseInteger(loadAddress, '--load-address'),
    console: same.console, ...(process.stdout.isTTY ? { terminalSize: { columns: process.stdout.columns, rows: process.stdout.rows } } : {}),
  }, (option) => SPELLING[option]);
}

/** A non-negative integer: decimal, with separators, or 0x hexadecimal. */
export function parseInteger(text: string, option: string): number {
  const plain = text.replace(/^@/, '').replaceAll(/[,_]/g, '');
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(plain) ? Number(plain) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new UserError(`${option}: '${text}' is not a number; write one such as 1000000 or 0x80000000.`);
  return value;
}

export function parsePosition(text: string, option: string): Position {
  return parseInteger(text, option);
}
