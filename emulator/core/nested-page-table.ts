/**
 * The nested page table: guest page -> frame, a radix tree of two levels whose nodes are frames of the pool.
 *
 * A checkpoint is one more reference to the root; from then on every node and frame on the way to a write is copied first
 * ("opening a path"). Accessed and dirty bits of an entry count only under a parent with the same bit, so that a new epoch costs
 * nothing: only VM_ROOT_BITS is cleared, and stale bits are swept when a path is opened through them.
 */
import {
  ALLOCATION_FAILED, DRAM_BASE, ENTRY_ACCESSED, ENTRY_DIRTY, NODE_ENTRIES, NODE_SHIFT, PAGE_SHIFT, PAGE_SIZE, POOL_ZERO_FRAME,
  VM_DRAM_PAGES, VM_ROOT, VM_ROOT_BITS,
} from './layout.ts';
import {
  frameAddress, frameAllocate, frameAllocateCopy, frameCode, frameDrop, frameFree, frameHash, frameReferences, frameRelease,
  frameRetain, setFrameHash,
} from './frame-pool.ts';
import { codeDrop, codeForgetBytes, codeReplaced } from './code-pages.ts';
import { forgetReads, forgetZeroFrame, flushAllTablesOf } from './fast-tlb.ts';

const NODE_MASK: u32 = NODE_ENTRIES - 1;
const ENTRY_BITS: u32 = ENTRY_ACCESSED | ENTRY_DIRTY;

/** Not a page of DRAM. */
export const NO_PAGE: u32 = 0xffffffff;

@inline
function entryFrame(entry: u32): u32 {
  return entry >>> PAGE_SHIFT;
}

@inline
function rootEntryAt(root: u32, page: u32): usize {
  return frameAddress(root) + (<usize>(page >>> NODE_SHIFT) << 2);
}

@inline
function leafEntryAt(node: u32, page: u32): usize {
  return frameAddress(node) + (<usize>(page & NODE_MASK) << 2);
}

/** Creates the VM structure at `vm` with an empty tree. Returns 0 if the pool is full. */
export function vmInitialize(vm: usize, dramPages: u32): i32 {
  const root = frameAllocate();
  if (root == ALLOCATION_FAILED) return 0;
  store<u32>(vm, root, VM_ROOT);
  store<u32>(vm, dramPages, VM_DRAM_PAGES);
  store<u32>(vm, 0, VM_ROOT_BITS);
  return 1;
}

/** Drops the live tree of a machine that is no longer needed. */
export function vmRelease(vm: usize): void {
  flushAllTablesOf(vm);
  treeRelease(load<u32>(vm, VM_ROOT));
  store<u32>(vm, 0, VM_ROOT);
}

/** Guest page of `gpa`, or NO_PAGE outside DRAM. */
@inline
export function dramPage(vm: usize, gpa: u64): u32 {
  const page = (gpa - <u64>DRAM_BASE) >> PAGE_SHIFT;
  return page < <u64>load<u32>(vm, VM_DRAM_PAGES) ? <u32>page : NO_PAGE;
}

/** Frame number that guest page `page` maps to, 0 = untouched. */
export function pageFrame(vm: usize, page: u32): u32 {
  const node = entryFrame(load<u32>(rootEntryAt(load<u32>(vm, VM_ROOT), page)));
  return node == 0 ? 0 : entryFrame(load<u32>(leafEntryAt(node, page)));
}

/** ENTRY_* bits of guest page `page`, taking the parents into account. */
export function pageBits(vm: usize, page: u32): u32 {
  const entry = load<u32>(rootEntryAt(load<u32>(vm, VM_ROOT), page));
  const node = entryFrame(entry);
  if (node == 0) return 0;
  return load<u32>(vm, VM_ROOT_BITS) & entry & load<u32>(leafEntryAt(node, page)) & ENTRY_BITS;
}

/** Host address of guest page `page` for reading (the zero frame's when untouched). */
export function peekPage(vm: usize, page: u32): usize {
  const frame = pageFrame(vm, page);
  return frameAddress(frame != 0 ? frame : load<u32>(POOL_ZERO_FRAME));
}

/** peekPage for JavaScript, which would read an i32 address above 2 GiB as negative. */
export function pagePeek(vm: usize, page: u32): f64 {
  return <f64>peekPage(vm, page);
}

/** Clears `bits` in all entries of a node: they belong to an earlier epoch. */
function sweep(node: u32, bits: u32): void {
  const mask = ~(<u64>bits | (<u64>bits << 32));
  const start = frameAddress(node);
  const end = start + PAGE_SIZE;
  for (let at = start; at < end; at += 8) store<u64>(at, load<u64>(at) & mask);
}

/** A node of one's own: `node` itself, or a copy in place of a shared one. ALLOCATION_FAILED if the pool is full. */
function ownNode(node: u32): u32 {
  if (frameReferences(node) == 1) return node;
  const copy = frameAllocateCopy(node);
  if (copy == ALLOCATION_FAILED) return ALLOCATION_FAILED;
  setFrameHash(copy, frameHash(node));
  const start = frameAddress(copy);
  const end = start + PAGE_SIZE;
  for (let at = start; at < end; at += 4) {
    const child = entryFrame(load<u32>(at));
    if (child != 0) frameRetain(child);
  }
  frameDrop(node);
  return copy;
}

/** Owns the root and gives it `bits` in this epoch; returns its number or ALLOCATION_FAILED. */
function openRoot(vm: usize, bits: u32): u32 {
  const root = ownNode(load<u32>(vm, VM_ROOT));
  if (root == ALLOCATION_FAILED) return ALLOCATION_FAILED;
  store<u32>(vm, root, VM_ROOT);
  const present = load<u32>(vm, VM_ROOT_BITS);
  const missing = bits & ~present;
  if (missing != 0) {
    sweep(root, missing);
    store<u32>(vm, present | missing, VM_ROOT_BITS);
  }
  return root;
}

/** Owns the path to `page` and gives it `bits`; returns the address of the page's leaf entry, 0 if the pool is full. */
function openPath(vm: usize, page: u32, bits: u32): usize {
  const root = openRoot(vm, bits);
  if (root == ALLOCATION_FAILED) return 0;
  const at = rootEntryAt(root, page);
  const entry = load<u32>(at);
  let node = entryFrame(entry);
  node = node == 0 ? frameAllocate() : ownNode(node);
  if (node == ALLOCATION_FAILED) return 0;
  const missing = bits & ~entry;
  if (missing != 0) sweep(node, missing);
  store<u32>(at, (node << PAGE_SHIFT) | (entry & ENTRY_BITS) | bits);
  return leafEntryAt(node, page);
}

/** Did the last readPage leave the page as a read table needs it: marked accessed, or the zero frame? */
export let readPageMarked: bool = false;

/**
 * Host address of guest page `page` for the guest's reads: marks it accessed. An untouched page reads as the zero frame and has
 * no bits. If the pool cannot afford the path, the page is read without being marked (readPageMarked).
 */
export function readPage(vm: usize, page: u32): usize {
  readPageMarked = true;
  const root = load<u32>(vm, VM_ROOT);
  const rootEntry = load<u32>(rootEntryAt(root, page));
  const node = entryFrame(rootEntry);
  if (node == 0) return frameAddress(load<u32>(POOL_ZERO_FRAME));
  const entry = load<u32>(leafEntryAt(node, page));
  const frame = entryFrame(entry);
  if (frame == 0) return frameAddress(load<u32>(POOL_ZERO_FRAME));
  if (!(load<u32>(vm, VM_ROOT_BITS) & rootEntry & entry & ENTRY_ACCESSED)) {
    const at = openPath(vm, page, ENTRY_ACCESSED);
    if (at != 0) store<u32>(at, load<u32>(at) | ENTRY_ACCESSED);
    else readPageMarked = false;
  }
  return frameAddress(frame);
}

/** A page is handed out for writing: cached hashes of its frame, its node and the root no longer hold. */
@inline
function forgetHashes(root: u32, node: u32, frame: u32): void {
  setFrameHash(frame, 0);
  setFrameHash(node, 0);
  setFrameHash(root, 0);
}

/**
 * Host address of guest page `page` for writing: opens the path, copies on write, marks it dirty, forgets cached hashes.
 * 0 if the pool is full. Decoded code of the page stays: the caller drops what it overwrites.
 */
export function writePage(vm: usize, page: u32): usize {
  const root = load<u32>(vm, VM_ROOT);
  const rootEntry = load<u32>(rootEntryAt(root, page));
  if (load<u32>(vm, VM_ROOT_BITS) & rootEntry & ENTRY_DIRTY) {
    const entry = load<u32>(leafEntryAt(entryFrame(rootEntry), page));
    const frame = entryFrame(entry);
    if (entry & ENTRY_DIRTY && frameReferences(frame) == 1) {
      forgetHashes(root, entryFrame(rootEntry), frame);
      return frameAddress(frame);
    }
  }
  return openPage(vm, page);
}

/** writePage of a page that was not written in this epoch. */
function openPage(vm: usize, page: u32): usize {
  const at = openPath(vm, page, ENTRY_BITS);
  if (at == 0) return 0;
  const entry = load<u32>(at);
  const old = entryFrame(entry);
  let frame = old;
  if (old == 0) {
    frame = frameAllocate();
    if (frame == ALLOCATION_FAILED) return 0;
    forgetZeroFrame(vm);
    if (frameCode(load<u32>(POOL_ZERO_FRAME)) != 0) codeReplaced(vm);
  } else if (frameReferences(old) > 1) {
    frame = frameAllocateCopy(old);
    if (frame == ALLOCATION_FAILED) return 0;
    // Read tables hold pages that were accessed in this epoch only.
    if (entry & ENTRY_ACCESSED) forgetReads(vm, old);
    if (frameCode(old) != 0) codeReplaced(vm);
    frameDrop(old);
  }
  store<u32>(at, (frame << PAGE_SHIFT) | ENTRY_BITS);
  forgetHashes(load<u32>(vm, VM_ROOT), <u32>(at >>> PAGE_SHIFT), frame);
  return frameAddress(frame);
}

/** For loading images and DMA: writePage, and the page's decoded code is dropped. */
export function pageOpenForWrite(vm: usize, page: u32): f64 {
  const host = writePage(vm, page);
  if (host != 0) codeDrop(vm, <u32>(host >>> PAGE_SHIFT));
  return <f64>host;
}

/** Host writes `size` bytes (from linear memory `source`) to guest-physical `gpa`. Returns 0 if out of DRAM or frames. */
export function guestWrite(vm: usize, gpa: u32, source: usize, size: u32): i32 {
  while (size != 0) {
    const page = dramPage(vm, <u64>gpa);
    if (page == NO_PAGE) return 0;
    const host = writePage(vm, page);
    if (host == 0) return 0;
    const offset = gpa & (PAGE_SIZE - 1);
    const part = min(size, <u32>PAGE_SIZE - offset);
    const codePage = frameCode(<u32>(host >>> PAGE_SHIFT));
    if (codePage != 0) codeForgetBytes(vm, codePage, offset, part);
    memory.copy(host + offset, source, part);
    gpa += part;
    source += part;
    size -= part;
  }
  return 1;
}

/** A reference to the present tree (its root frame number); the live tree starts a new epoch. */
export function treeCheckpoint(vm: usize, _hart: usize): u32 {
  const root = load<u32>(vm, VM_ROOT);
  frameRetain(root);
  store<u32>(vm, 0, VM_ROOT_BITS);
  flushAllTablesOf(vm);
  return root;
}

/** Makes the tree `root` the live one, in a new epoch; drops the old live tree. */
export function treeRestore(vm: usize, _hart: usize, root: u32): void {
  frameRetain(root);
  const old = load<u32>(vm, VM_ROOT);
  store<u32>(vm, root, VM_ROOT);
  store<u32>(vm, 0, VM_ROOT_BITS);
  flushAllTablesOf(vm);
  treeRelease(old);
}

function nodeRelease(node: u32): void {
  if (!frameDrop(node)) return;
  const start = frameAddress(node);
  const end = start + PAGE_SIZE;
  for (let at = start; at < end; at += 4) {
    const frame = entryFrame(load<u32>(at));
    if (frame != 0) frameRelease(frame);
  }
  frameFree(node);
}

/** Drops a checkpoint's reference. */
export function treeRelease(root: u32): void {
  if (!frameDrop(root)) return;
  const start = frameAddress(root);
  const end = start + PAGE_SIZE;
  for (let at = start; at < end; at += 4) {
    const node = entryFrame(load<u32>(at));
    if (node != 0) nodeRelease(node);
  }
  frameFree(root);
}

/** Number of guest pages written since the last checkpoint: only dirty subtrees are looked at. */
export function dirtyPageCount(vm: usize): u32 {
  if (!(load<u32>(vm, VM_ROOT_BITS) & ENTRY_DIRTY)) return 0;
  let count: u32 = 0;
  const root = frameAddress(load<u32>(vm, VM_ROOT));
  for (let index: usize = 0; index < <usize>NODE_ENTRIES; index++) {
    const entry = load<u32>(root + (index << 2));
    if (!(entry & ENTRY_DIRTY)) continue;
    const node = frameAddress(entryFrame(entry));
    for (let child: usize = 0; child < <usize>NODE_ENTRIES; child++) count += (load<u32>(node + (child << 2)) >>> 1) & 1;
  }
  return count;
}

/**
 * Of the guest pages written since the last checkpoint, those that the tree with the root frame `before` has too: they were copied, or
 * will have to be. The others are new, and cost nothing that they would not have cost without checkpoints.
 */
export function copiedPageCount(vm: usize, before: u32): u32 {
  if (!(load<u32>(vm, VM_ROOT_BITS) & ENTRY_DIRTY)) return 0;
  let count: u32 = 0;
  const zeroFrame = load<u32>(POOL_ZERO_FRAME);
  const root = frameAddress(load<u32>(vm, VM_ROOT));
  for (let index: usize = 0; index < <usize>NODE_ENTRIES; index++) {
    const entry = load<u32>(root + (index << 2));
    const nodeBefore = entryFrame(load<u32>(frameAddress(before) + (index << 2)));
    if (!(entry & ENTRY_DIRTY) || nodeBefore == 0) continue;
    const node = frameAddress(entryFrame(entry));
    for (let child: usize = 0; child < <usize>NODE_ENTRIES; child++) {
      if (!(load<u32>(node + (child << 2)) & ENTRY_DIRTY)) continue;
      const frame = entryFrame(load<u32>(frameAddress(nodeBefore) + (child << 2)));
      if (frame != 0 && frame != zeroFrame) count++;
    }
  }
  return count;
}
