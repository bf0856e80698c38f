/** GNU objdump as an independent oracle of encodings and their text. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const OBJDUMP = 'riscv64-unknown-elf-objdump';
const OUTPUT_MAX_BYTES = 1 << 28;

/** Why the oracle cannot be asked, or false: the `skip` option of a test. */
export const objdumpMissing: string | false =
  spawnSync(OBJDUMP, ['--version']).status === 0 ? false : `${OBJDUMP} is not installed (Debian: binutils-riscv64-unknown-elf)`;

/**
 * Text of the instructions in `words`, laid out one after another from address 0; each takes `wordBytes`.
 * One space between mnemonic and operands; without objdump's comment on an address that it guessed.
 */
export function objdump(words: readonly number[], wordBytes: 2 | 4, options: { readonly aliases: boolean }): string[] {
  const image = Buffer.alloc(words.length * wordBytes);
  for (const [index, word] of words.entries()) image.writeUIntLE(word, index * wordBytes, wordBytes);
  const folder = mkdtempSync(join(tmpdir(), 'chronovisor-objdump-'));
  try {
    const file = join(folder, 'image.bin');
    writeFileSync(file, image);
    const flags = ['-D', '-b', 'binary', '-m', 'riscv:rv64', ...(options.aliases ? [] : ['-M', 'no-aliases'])];
    const listing = execFileSync(OBJDUMP, [...flags, file], { encoding: 'latin1', maxBuffer: OUTPUT_MAX_BYTES });
    return texts(listing, words.length, wordBytes);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function texts(listing: string, count: number, wordBytes: number): string[] {
  const found = new Array<string>(count).fill('');
  for (const line of listing.split('\n')) {
    const match = /^\s*([0-9a-f]+):\t[0-9a-f]+\s*\t(.*)$/.exec(line);
    if (match === null) continue;
    const [, address = '', text = ''] = match;
    found[Number.parseInt(address, 16) / wordBytes] = text.replace(/ # 0x[0-9a-f]+$/, '').replace(/\s+/g, ' ').trim();
  }
  return found;
}
