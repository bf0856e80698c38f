/**
 * Writes cpio archives of the "newc" format, which Linux unpacks as its initial RAM disk.
 * https://docs.kernel.org/driver-api/early-userspace/buffer-format.html; cpio(5)
 */
const MAGIC = '070701';
const TRAILER = 'TRAILER!!!';
const ALIGNMENT = 4;

const TYPE_FILE = 0o100000;
const TYPE_DIRECTORY = 0o040000;
const TYPE_SYMLINK = 0o120000;
const TYPE_CHARACTER_DEVICE = 0o020000;

export type CpioEntry =
  | { readonly kind: 'file'; readonly path: string; readonly bytes: Uint8Array; readonly mode: number }
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | { readonly kind: 'character device'; readonly path: string; readonly mode: number; readonly major: number; readonly minor: number };

/** Entries in order: a directory comes before what is in it. Everything belongs to root, at the beginning of time. */
export function writeCpio(entries: readonly CpioEntry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  entries.forEach((entry, index) => { parts.push(...record(entry.path, fieldsOf(entry, index + 1), contentsOf(entry))); });
  parts.push(...record(TRAILER, { inode: 0, mode: 0, links: 1, major: 0, minor: 0 }, new Uint8Array(0)));
  return new Uint8Array(Buffer.concat(parts));
}

interface Fields {
  readonly inode: number;
  readonly mode: number;
  readonly links: number;
  /** Of a device node. */
  readonly major: number;
  readonly minor: number;
}

function fieldsOf(entry: CpioEntry, inode: number): Fields {
  const plain = { inode, links: 1, major: 0, minor: 0 };
  switch (entry.kind) {
    case 'file': return { ...plain, mode: TYPE_FILE | entry.mode };
    case 'directory': return { ...plain, mode: TYPE_DIRECTORY | entry.mode, links: 2 };
    case 'symlink': return { ...plain, mode: TYPE_SYMLINK | 0o777 };
    case 'character device': return { ...plain, mode: TYPE_CHARACTER_DEVICE | entry.mode, major: entry.major, minor: entry.minor };
  }
}

function contentsOf(entry: CpioEntry): Uint8Array {
  if (entry.kind === 'file') return entry.bytes;
  return entry.kind === 'symlink' ? Buffer.from(entry.target) : new Uint8Array(0);
}

/** Header and name, padded; contents, padded. */
function record(path: string, { inode, mode, links, major, minor }: Fields, contents: Uint8Array): Uint8Array[] {
  const name = Buffer.from(`${path}\0`);
  const owner = 0, group = 0, modified = 0, diskMajor = 0, diskMinor = 0, checksum = 0;
  const header = [inode, mode, owner, group, links, modified, contents.length, diskMajor, diskMinor, major, minor, name.length, checksum];
  const head = Buffer.concat([Buffer.from(MAGIC + header.map((field) => field.toString(16).padStart(8, '0')).join('')), name]);
  return [padded(head), padded(contents)];
}

function padded(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(Math.ceil(bytes.length / ALIGNMENT) * ALIGNMENT);
  result.set(bytes);
  return result;
}
