/**
 * Who writes to a file, as far as that is known: Linux lists all locks on files, with which programs tell each other.
 * proc_locks(5); QEMU's locks: block/file-posix.c, raw_apply_lock_bytes.
 */
import { readFileSync, type Stats } from 'node:fs';

/** `1: OFDLCK ADVISORY READ -1 fe:00:2163400 100 101`: number, kind, way, access, process, major:minor:inode, first and last byte. Leases are no locks. */
const LOCK = /^\d+: (?:POSIX|OFDLCK|FLOCK) +\S+ +(READ|WRITE) +(-?\d+) +([0-9a-f]+):([0-9a-f]+):(\d+) +(\d+) +(\d+|EOF)$/;
/** QEMU locks a byte from 100 on, for reading, for each thing that it may do to the image; this one is for writing. */
const QEMU_FIRST = 100, QEMU_WRITE = 101, QEMU_LAST = 199;

/** Another process holds a lock on the file that is for writing. False where the system does not tell. */
export function isBeingWritten(status: Stats, locks = readLocks()): boolean {
  return locks.split('\n').some((line) => {
    const [, access, holder, major, minor, inode, first, last] = LOCK.exec(line) ?? [];
    if (access === undefined || Number(inode) !== status.ino || Number(holder) === process.pid) return false;
    if (deviceNumber(Number.parseInt(major ?? '', 16), Number.parseInt(minor ?? '', 16)) !== status.dev) return false;
    const from = Number(first), to = Number(last);
    return access === 'WRITE' || (from >= QEMU_FIRST && from <= QEMU_WRITE && to >= QEMU_WRITE && to <= QEMU_LAST);
  });
}

/** As st_dev holds it (glibc's gnu_dev_makedev; a major number has 12 bits). */
function deviceNumber(major: number, minor: number): number {
  return (minor & 0xff) + major * 2 ** 8 + Math.floor(minor / 256) * 2 ** 20;
}

function readLocks(): string {
  try {
    return readFileSync('/proc/locks', 'latin1');
  } catch {
    return '';
  }
}
