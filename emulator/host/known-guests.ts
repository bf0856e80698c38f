/** Guests that Chronovisor knows by name: what `npm run guest:NAME` has put into the user's cache. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { UserError } from '../user-error.ts';

export const KNOWN_GUESTS = ['linux'] as const;
type GuestName = (typeof KNOWN_GUESTS)[number];

/** Files of a guest in its folder. */
export const GUEST_FILES = { firmware: 'fw_dynamic.bin', kernel: 'Image', initrd: 'initramfs.cpio' } as const;

export const GUEST_SYMBOLS = 'vmlinux';

const SETTINGS = { linux: { memory: '256M', append: 'console=ttyS0' } } as const satisfies Record<GuestName, { memory: string; append: string }>;

/** Folder of a guest, which may not exist (XDG Base Directory Specification: relative values are not valid). */
export function guestFolder(name: GuestName): string {
  const given = process.env['XDG_CACHE_HOME'];
  const cache = given !== undefined && isAbsolute(given) ? given : join(homedir(), '.cache');
  return join(cache, 'chronovisor', 'guests', name);
}

function guestNamed(text: string): GuestName {
  const name = KNOWN_GUESTS.find((known) => known === text);
  if (name === undefined) throw new UserError(`There is no guest '${text}'; there is: ${KNOWN_GUESTS.join(', ')}.`);
  return name;
}

/** The file with the guest's symbols, if it was brought too. */
export function guestSymbols(text: string): string[] {
  const file = join(guestFolder(guestNamed(text)), GUEST_SYMBOLS);
  return existsSync(file) ? [file] : [];
}

/** What boots the guest. */
export function knownGuest(text: string): { bios: string; kernel: string; initrd: string; memory: string; append: string } {
  const name = guestNamed(text);
  const folder = guestFolder(name);
  const files = { bios: join(folder, GUEST_FILES.firmware), kernel: join(folder, GUEST_FILES.kernel), initrd: join(folder, GUEST_FILES.initrd) };
  if (!Object.values(files).every((file) => existsSync(file))) {
    throw new UserError(`The guest '${name}' is not in ${folder} yet; bring it there with: npm run guest:${name}`);
  }
  return { ...files, ...SETTINGS[name] };
}
