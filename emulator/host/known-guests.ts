/** Guests that Chronovisor knows by name: what `npm run guest:NAME` has put into the user's cache. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../user-error.ts';
import { cacheFolder } from './cache-folder.ts';

export const KNOWN_GUESTS = ['linux'] as const;
type GuestName = (typeof KNOWN_GUESTS)[number];

/** Files of a guest in its folder. */
export const GUEST_FILES = { firmware: 'fw_dynamic.bin', kernel: 'Image', initrd: 'initramfs.cpio' } as const;

export const GUEST_SYMBOLS = 'vmlinux';
/** An ext4 disk with Debian's sqlite3. */
export const GUEST_DISK = 'disk.img';
/** Says what the folder holds; written last. */
export const GUEST_MANIFEST = 'guest.json';

/** How the parts of a guest are made; a number grows when its part becomes another. */
export const GUEST_RECIPES = { boot: 1, disk: 1 } as const;
export type GuestPart = keyof typeof GUEST_RECIPES;
/** Manifests that name no recipes are of the time when there was this one alone. */
const FIRST_RECIPES = { boot: 1 };

const SETTINGS = { linux: { memory: '256M', append: 'console=ttyS0' } } as const satisfies Record<GuestName, { memory: string; append: string }>;

/** Folder of a guest, which may not exist. */
export function guestFolder(name: GuestName): string {
  return join(cacheFolder(), 'guests', name);
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

/** What has to be brought: parts that are missing, or that an earlier version made otherwise. */
export function guestLacks(name: GuestName): GuestPart[] {
  const folder = guestFolder(name);
  const recipes = readRecipes(join(folder, GUEST_MANIFEST));
  const files = { boot: Object.values(GUEST_FILES), disk: [GUEST_DISK] };
  return (['boot', 'disk'] as const).filter((part) => recipes[part] !== GUEST_RECIPES[part] || !files[part].every((file) => existsSync(join(folder, file))));
}

function readRecipes(manifest: string): Partial<Record<GuestPart, number>> {
  try {
    const { recipes = FIRST_RECIPES } = JSON.parse(readFileSync(manifest, 'utf8')) as { recipes?: Partial<Record<GuestPart, number>> };
    return recipes;
  } catch {
    return {};
  }
}

/** What boots the guest. */
export function knownGuest(text: string): { bios: string; kernel: string; initrd: string; memory: string; append: string } {
  const name = guestNamed(text);
  const folder = guestFolder(name);
  const files = { bios: join(folder, GUEST_FILES.firmware), kernel: join(folder, GUEST_FILES.kernel), initrd: join(folder, GUEST_FILES.initrd) };
  if (guestLacks(name).includes('boot')) {
    if (existsSync(folder)) throw new UserError(`The guest '${name}' in ${folder} is not complete, or of another version of Chronovisor; bring it anew with: npm run guest:${name}`);
    throw new UserError(`The guest '${name}' is not in ${folder} yet; bring it there with: npm run guest:${name}`);
  }
  return { ...files, ...SETTINGS[name] };
}
