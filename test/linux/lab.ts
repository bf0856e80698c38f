/**
 * Two Linux machines to compare: one here, one in QEMU, with the same kernel, the same initial RAM disk and the same disk.
 * Behind the guest's own files the RAM disk holds `/t`: the scripts in guest/, and the program made of the C files there.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bootConfiguration } from '../../emulator/host/boot-files.ts';
import { writeCpio, type CpioEntry } from '../../emulator/host/guest-linux/cpio.ts';
import { GUEST_DISK, GUEST_FILES, guestFolder } from '../../emulator/host/known-guests.ts';
import type { MachineConfiguration, Session } from '../../emulator/index.ts';
import { findTool, missingLinuxGuest, missingTools, tools } from '../tools.ts';
import { COUNTED_TIME, QemuShell, qemuDisk, SessionShell } from './shell.ts';

/** With the question for the cursor's position that the shell's line editor sends. */
const PROMPT = ':~# \x1b[6n';
/** No kernel messages on the console unless it crashes: their times differ. */
const ARGUMENTS = 'console=ttyS0 quiet loglevel=1';
const MEMORY = '192M';
const SOURCES = path.join(import.meta.dirname, 'guest');
const PROGRAM = 'program';
const C_FLAGS = ['-static', '-s', '-pthread', '-O1', '-Wall', '-Wextra', '-Werror', '-march=rv64gc', '-mabi=lp64d'];

/** For `skip`. */
export const noLinux = missingLinuxGuest();
export const noComparison = noLinux || missingTools(tools.qemu, tools.linuxGcc, tools.linuxLibrary);

export const linuxFile = (name: keyof typeof GUEST_FILES | 'disk'): string => path.join(guestFolder('linux'), name === 'disk' ? GUEST_DISK : GUEST_FILES[name]);

export function temporaryFolder(): string {
  return mkdtempSync(path.join(tmpdir(), 'chronovisor-linux-'));
}

/** The guest's initial RAM disk, with `/t`. `program`: with the program, which needs the compiler. */
export function labInitrd(program: boolean): Uint8Array {
  const file = (name: string, bytes: Uint8Array): CpioEntry => ({ kind: 'file', path: `t/${name}`, mode: 0o755, bytes });
  const scripts = readdirSync(SOURCES).filter((name) => /\.(sh|sql)$/.test(name)).map((name) => file(name, readFileSync(path.join(SOURCES, name))));
  const extra = writeCpio([{ kind: 'directory', path: 't', mode: 0o755 }, ...scripts, ...(program ? [file(PROGRAM, compile())] : [])]);
  // Linux unpacks archives one after the other.
  return new Uint8Array(Buffer.concat([readFileSync(linuxFile('initrd')), extra]));
}

function compile(): Uint8Array {
  const sources = readdirSync(SOURCES).filter((name) => name.endsWith('.c')).map((name) => path.join(SOURCES, name));
  const folder = temporaryFolder();
  try {
    const output = path.join(folder, PROGRAM);
    execFileSync(findTool(tools.linuxGcc) ?? '', [...C_FLAGS, '-o', output, ...sources, '-lm'], { stdio: 'pipe' });
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface LabFiles {
  /** Path of the initial RAM disk. */
  readonly initrd: string;
  /** Paths of disk images. QEMU writes to them. */
  readonly disks?: readonly string[];
}

export function configurationHere({ initrd, disks = [] }: LabFiles): MachineConfiguration {
  const configuration = bootConfiguration({ guest: 'linux', initrd, append: ARGUMENTS, memory: MEMORY, drives: disks.map((disk) => `file=${disk},format=raw`) }, String);
  // The same in every run, so that a failure comes again.
  return { ...configuration, randomSeed: new Uint8Array(32).fill(0x5a) };
}

/** A shell in a machine here; see SessionShell. */
export function shellHere(session: Session, pauseAfter?: () => number, onPause?: () => void): SessionShell {
  return new SessionShell(session, PROMPT, pauseAfter, onPause);
}

export function shellInQemu({ initrd, disks = [] }: LabFiles): QemuShell {
  const boot = ['-m', MEMORY, '-bios', linuxFile('firmware'), '-kernel', linuxFile('kernel'), '-initrd', initrd, '-append', ARGUMENTS];
  return new QemuShell([...boot, ...(disks.length === 0 ? COUNTED_TIME : disks.flatMap(qemuDisk))], PROMPT);
}
