/** Where the parts of a test program lie in memory; harness.S and guest.ld have the same addresses. */

/** Code of the cases: 2 MiB, read and execute. */
export const CODE = 0x8020_0000n;
/** Trap handler of S-mode and its log: 2 MiB, for S-mode alone where translation is on. */
export const SUPERVISOR = 0x8040_0000n;
/** Data, and code that cases write; its contents before a case are `scratch.bin`. Behind it is as much that is not compared. */
export const SCRATCH = 0x8060_0000n;
export const SCRATCH_PAGES = 8;
/** Those that pointers point to where translation is off. */
export const SCRATCH_DATA_PAGES = 4;
export const PAGE = 4096n;
export const SCRATCH_SIZE_BYTES = SCRATCH_PAGES * 4096;
/** Page in the scratch area into which cases write code, bare address and window index. */
export const PATCH_PAGE = 4;

/** Page tables of the cases with translation: root, one of level 1 for each piece of 1 GiB, one of level 0. */
export const ROOT_TABLE = 0x8080_0000n;
export const IDENTITY_TABLE = 0x8080_1000n;
export const ALIAS_TABLE = 0x8080_2000n;
export const WINDOW_TABLE = 0x8080_3000n;
export const WINDOW_LEAVES = 0x8080_4000n;
/** Virtual address of the pages with random entries: WINDOW_PAGES of them. */
export const WINDOW = 0x4000_0000n;
export const WINDOW_PAGES = 16;
/** Virtual addresses with random superpages: one of 2 MiB at WINDOW + MEGAPAGE, one of 1 GiB. */
export const MEGAPAGE = 0x20_0000n;
export const GIGAPAGE_WINDOW = 0x1_4000_0000n;
/** U-mode runs the code of the cases here when translation is on, for S-mode must not execute its pages. */
export const USER_ALIAS = 0x4000_0000n;

/** Behind the entries of the windows; see pageTableEntries in cases.ts. */
const ALIAS_INDEX = 7;

/** Number, in the order of pageTableEntries in cases.ts, of the page-table entry that maps `va`: a random one, or that of the alias. */
export function entryOf(va: bigint): number | undefined {
  if (va >> 21n === (USER_ALIAS + CODE) >> 21n) return WINDOW_PAGES + ALIAS_INDEX;
  if (va >= GIGAPAGE_WINDOW && va < GIGAPAGE_WINDOW + 0x4000_0000n) return WINDOW_PAGES + 1;
  const offset = va - WINDOW;
  if (offset >= MEGAPAGE && offset < 2n * MEGAPAGE) return WINDOW_PAGES;
  return offset >= 0n && offset < BigInt(WINDOW_PAGES) * PAGE ? Number(offset / PAGE) : undefined;
}
