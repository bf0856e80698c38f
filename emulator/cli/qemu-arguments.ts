/**
 * Lets people paste their QEMU command line: `run`, `record` and `gdb` take `-kernel Image` for `--kernel Image`, and pass over
 * what QEMU has to be told and this machine is or does anyway.
 */
import { UserError } from '../user-error.ts';

const COMMANDS = ['run', 'record', 'gdb'];
/** QEMU's options that mean the same here, and their values. */
const SAME = ['bios', 'kernel', 'initrd', 'append', 'drive'];
/** Options of ours that take a value, which is never looked at. */
const OURS_WITH_VALUE = ['-o', '--output', '--until', '--console', '--load-address', '--guest', '--memory', '--port', '--host', '--at', ...SAME.map((name) => `--${name}`)];
/** A disk image is only read anyway (snapshot). */
const FLAGS_PASSED_OVER = ['nographic', 'no-reboot', 'nodefaults', 'no-user-config', 'snapshot'];
/** Our own options of one dash, alone or together. */
const OURS = /^(?:[fhmoV]|fo)$/;

const DISK = 'give a disk with -drive file=disk.img,format=raw';
const DEBUGGER = "leave it out: VS Code is the debugger here, or GDB with 'chronovisor gdb', or any editor with 'chronovisor debug'";
/** What has no place here, and what to do about it. */
const REFUSED: Readonly<Record<string, string>> = {
  hda: DISK, hdb: DISK, hdc: DISK, hdd: DISK, sd: DISK, mtdblock: DISK, pflash: DISK, cdrom: DISK, blockdev: DISK,
  s: DEBUGGER, S: DEBUGGER, gdb: DEBUGGER,
  'enable-kvm': 'leave it out: there is no accelerator to choose', vga: 'leave it out: this machine has no display', netdev: 'leave it out: this machine has no network',
  chardev: 'leave it out: the console is the terminal', dtb: 'leave it out: the machine describes itself to its guest',
};

/** Options passed over if their value asks for what is here anyway; else what to say. */
const VALUES_PASSED_OVER: Readonly<Record<string, { readonly accept: RegExp; readonly refusal: string }>> = {
  M: { accept: /^(type=)?virt(,|$)/, refusal: 'this machine is QEMU\'s "virt" board' },
  machine: { accept: /^(type=)?virt(,|$)/, refusal: 'this machine is QEMU\'s "virt" board' },
  cpu: { accept: /^rv64(,|$)/, refusal: 'this machine has an RV64GC hart (rv64)' },
  smp: { accept: /^(cpus=)?1(,|$)/, refusal: 'this machine has one hart' },
  accel: { accept: /^tcg(,|$)/, refusal: 'there is no accelerator to choose' },
  icount: { accept: /^(shift=|auto)/, refusal: 'one instruction takes one nanosecond here (shift=0)' },
  display: { accept: /^none$/, refusal: 'this machine has no display' },
  serial: { accept: /^(mon:)?stdio$/, refusal: 'the console is the terminal (stdio)' },
  monitor: { accept: /^none$/, refusal: 'there is no monitor' },
  net: { accept: /^none$/, refusal: 'this machine has no network' },
  nic: { accept: /^none$/, refusal: 'this machine has no network' },
  device: { accept: /^virtio-blk-(device|pci),(.*,)?drive=/, refusal: 'this machine has no such device' },
};

/** `argv` without interpreter and script, as the command line's own parser understands it. */
export function normaliseArguments(argv: readonly string[]): string[] {
  const [command, ...rest] = argv;
  if (command === undefined || !COMMANDS.includes(command)) return [...argv];
  const result = [command];
  for (let at = 0; at < rest.length; at++) {
    const argument = rest[at]!;
    if (argument === '--') return [...result, ...rest.slice(at)];
    const value = rest[at + 1];
    if (OURS_WITH_VALUE.includes(argument)) {
      result.push(argument);
      if (value !== undefined) result.push(value);
      at++;
    } else if (argument === '-m') {
      result.push(...withValue('--memory', argument, value?.replace(/^size=/, '')));
      at++;
    } else {
      const used = fromQemu(argument, value, result);
      if (used === 0) result.push(argument);
      else at += used - 1;
    }
  }
  return result;
}

/** Translates an option in QEMU's spelling; the number of arguments that it took, 0 if it is none of QEMU's. */
function fromQemu(argument: string, value: string | undefined, result: string[]): number {
  const name = /^-([A-Za-z][a-z-]*)$/.exec(argument)?.[1];
  if (name === undefined) return 0;
  if (SAME.includes(name)) {
    result.push(...withValue(`--${name}`, argument, value));
    return 2;
  }
  if (name === 'device' && /^virtio-rng-(device|pci)(,|$)/.test(value ?? '')) {
    result.push('--entropy');
    return 2;
  }
  if (FLAGS_PASSED_OVER.includes(name)) return 1;
  const rule = Object.hasOwn(VALUES_PASSED_OVER, name) ? VALUES_PASSED_OVER[name] : undefined;
  if (rule === undefined) {
    if (OURS.test(name)) return 0;
    const advice = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
    throw new UserError(`${argument} is not understood here; ${advice ?? `leave it out (of QEMU's options there are ${SAME.map((same) => `-${same}`).join(', ')} and -m; see chronovisor run --help)`}.`);
  }
  if (value === undefined || !rule.accept.test(value)) {
    throw new UserError(`${argument} ${value ?? ''}: ${rule.refusal}; leave the option out.`);
  }
  return 2;
}

/** One argument, so that a value that looks like an option stays a value. */
function withValue(option: string, written: string, value: string | undefined): string[] {
  if (value === undefined) throw new UserError(`${written} needs a value; see chronovisor run --help.`);
  return [`${option}=${value}`];
}
