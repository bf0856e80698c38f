/** Command lines of the peer. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { knownGuest } from '../../emulator/host/known-guests.ts';
import { findTool, onPath, tools } from '../tools.ts';

export const PEER = 'qemu-system-riscv64 -M virt -icount shift=0,sleep=off';

const QUIET = ['-display', 'none', '-monitor', 'none', '-net', 'none'];

/** With an instruction counter; or recording to, or replaying from, a file in `folder`. */
export type QemuMode = 'icount' | { readonly rr: 'record' | 'replay'; readonly folder: string };

/**
 * QEMU and how it is started; undefined: not installed. While it records or replays its two threads hand over all the time: on two
 * cores it is up to twenty times slower than on one.
 */
export function qemuCommand(mode: QemuMode, args: readonly string[]): readonly [string, ...string[]] | undefined {
  const qemu = findTool(tools.qemu);
  if (qemu === undefined) return undefined;
  return mode !== 'icount' && onPath('taskset') !== undefined ? ['taskset', '-c', '0', qemu, ...args] : [qemu, ...args];
}

function modeArguments(mode: QemuMode): string[] {
  if (mode === 'icount') return ['-icount', 'shift=0,sleep=off'];
  const snapshot = path.join(mode.folder, 'snapshot.qcow2');
  if (mode.rr === 'record') writeFileSync(snapshot, emptyDisk(2 ** 30));
  return ['-icount', `shift=0,rr=${mode.rr},rrfile=${qemuLog(mode.folder)},rrsnapshot=init`, '-drive', `file=${snapshot},if=none,id=rr`];
}

/** Where QEMU puts its recording. */
export function qemuLog(folder: string): string {
  return path.join(folder, 'qemu.rr');
}

export function qemuProgram(elf: string, mode: QemuMode): string[] {
  return ['-M', 'virt', '-m', '128', '-bios', elf, ...QUIET, '-serial', 'none', ...modeArguments(mode)];
}

/** The guest `linux` as `chronovisor run --guest linux` boots it; its console goes to `file`: when QEMU replays it wants to write as it recorded. */
export function qemuLinux(mode: QemuMode, file: string): readonly string[] {
  const { bios, kernel, initrd, memory, append } = knownGuest('linux');
  return ['-M', 'virt', '-m', memory, '-bios', bios, '-kernel', kernel, '-initrd', initrd, '-append', append, ...QUIET, '-serial', `file:${file}`, ...modeArguments(mode)];
}

/** An empty disk image, which QEMU keeps its snapshot in (docs/interop/qcow2.txt, version 2): header, reference counts, L1 table. */
export function emptyDisk(sizeBytes: number): Uint8Array {
  const clusterBits = 16;
  const cluster = 2 ** clusterBits;
  const image = new DataView(new ArrayBuffer(4 * cluster));
  const [countTable, countBlock, l1Table] = [cluster, 2 * cluster, 3 * cluster] as const;
  image.setUint32(0, 0x514649fb);
  image.setUint32(4, 2);
  image.setUint32(20, clusterBits);
  image.setBigUint64(24, BigInt(sizeBytes));
  image.setUint32(36, Math.ceil(sizeBytes / ((cluster / 8) * cluster)));
  image.setBigUint64(40, BigInt(l1Table));
  image.setBigUint64(48, BigInt(countTable));
  image.setUint32(56, 1);
  image.setBigUint64(countTable, BigInt(countBlock));
  for (let used = 0; used < 4; used++) image.setUint16(countBlock + 2 * used, 1);
  return new Uint8Array(image.buffer);
}
