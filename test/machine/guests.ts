/** Small guests in assembly and C, built when a test needs them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { memoryImage } from '../../emulator/devices/block-image.ts';
import type { GuestImage, MachineConfiguration, VirtioOptions } from '../../emulator/machine/machine-types.ts';
import { findTool, missingTools, tools } from '../tools.ts';

export type GuestName = 'interrupts' | 'stale' | 'churn' | 'clock' | 'disk' | 'virtio-report';
/** Those with enough going on for property tests. */
export const GUESTS: readonly GuestName[] = ['interrupts', 'stale', 'churn', 'disk'];

export interface Guest {
  readonly configuration: MachineConfiguration;
  /** Address of a symbol. */
  symbol(name: string): bigint;
}

/** For `skip`. */
export const noAssembler = missingTools(tools.gcc);

const built = new Map<GuestName, Guest>();

export function guest(name: GuestName): Guest {
  const known = built.get(name);
  if (known !== undefined) return known;
  const made = build(name);
  built.set(name, made);
  return made;
}

/** What the guest `disk` expects; its disk of 512 sectors and a half holds a pattern. */
export const diskDevices = makeDiskDevices();

function build(name: GuestName): Guest {
  const gcc = findTool(tools.gcc);
  assert.ok(gcc !== undefined, 'a test without `skip: noAssembler`');
  const sources = path.join(import.meta.dirname, 'guests');
  const folder = mkdtempSync(path.join(tmpdir(), 'guest-'));
  try {
    const elf = path.join(folder, `${name}.elf`);
    const flags = ['-nostdlib', '-static', '-march=rv64gc', '-mabi=lp64d', '-mcmodel=medany', '-Wl,--build-id=none', '-T', path.join(sources, 'link.ld')];
    const inC = existsSync(path.join(sources, `${name}.c`));
    const forC = inC ? ['-O1', '-ffreestanding', '-fno-toplevel-reorder', '-Wall', '-Werror'] : [];
    execFileSync(gcc, [...flags, ...forC, '-o', elf, path.join(sources, `${name}.${inC ? 'c' : 'S'}`)], { stdio: 'pipe' });
    const symbols = readSymbols(execFileSync(gcc.replace(/gcc$/, 'nm'), [elf], { encoding: 'utf8' }));
    const image: GuestImage = { name: `${name}.elf`, kind: 'elf', bytes: new Uint8Array(readFileSync(elf)) };
    return {
      configuration: { memorySizeBytes: 16 << 20, images: [image], ...(name === 'disk' ? { devices: diskDevices } : {}) },
      symbol: (wanted) => {
        const address = symbols.get(wanted);
        assert.ok(address !== undefined, `${name}.S has no symbol ${wanted}`);
        return address;
      },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function makeDiskDevices(): VirtioOptions {
  const bytes = Uint8Array.from({ length: 512 * 512 + 256 }, (_, at) => (at * 7 + (at >> 8)) & 0xff);
  return { drives: [{ name: 'disk.img', image: memoryImage(bytes), hash: 'pattern' }], entropy: true, console: true, consoleInput: 'virtio' };
}

function readSymbols(listing: string): Map<string, bigint> {
  const symbols = new Map<string, bigint>();
  for (const line of listing.split('\n')) {
    const [address, , symbol] = line.split(' ');
    if (address !== undefined && symbol !== undefined) symbols.set(symbol, BigInt(`0x${address}`));
  }
  return symbols;
}
