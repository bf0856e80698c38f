/**
 * The frame pool: the host's physical memory, in frames of 4 KiB with reference counts.
 * A free frame is linked through its FRAME_HASH field.
 */
import {
  ALLOCATION_FAILED, FRAME_CODE, FRAME_COUNT_MAX, FRAME_FIRST, FRAME_HASH, FRAME_REFERENCES, PAGE_SHIFT, PAGE_SIZE, POOL_CODE_NEXT,
  POOL_FREE_HEAD, POOL_HARTS, POOL_LIMIT, POOL_NEXT_FRESH, POOL_USED, POOL_ZERO_FRAME,
} from './layout.ts';
import { codePageFree } from './code-pages.ts';

/** WebAssembly pages (64 KiB) that the memory grows by at once. */
const GROWTH_WASM_PAGES: u32 = 256;
const WASM_PAGE_SHIFT: u32 = 16;

/** Prepares the pool for at most `frameLimit` frames. Once per memory. */
export function poolInitialize(frameLimit: u32): void {
  store<u32>(POOL_FREE_HEAD, 0);
  store<u32>(POOL_NEXT_FRESH, FRAME_FIRST);
  store<u32>(POOL_USED, 0);
  store<u32>(POOL_LIMIT, frameLimit);
  store<u32>(POOL_CODE_NEXT, 0);
  store<u32>(POOL_HARTS, 0);
  store<u32>(POOL_ZERO_FRAME, frameAllocate());
}

@inline
export function frameAddress(frame: u32): usize {
  return <usize>frame << PAGE_SHIFT;
}

@inline
export function frameReferences(frame: u32): u32 {
  return load<u32>(<usize>FRAME_REFERENCES + (<usize>frame << 2));
}

@inline
export function frameCode(frame: u32): usize {
  return <usize>load<u32>(<usize>FRAME_CODE + (<usize>frame << 2));
}

@inline
export function setFrameCode(frame: u32, codePage: usize): void {
  store<u32>(<usize>FRAME_CODE + (<usize>frame << 2), <u32>codePage);
}

@inline
export function frameHash(frame: u32): u64 {
  return load<u64>(<usize>FRAME_HASH + (<usize>frame << 3));
}

@inline
export function setFrameHash(frame: u32, hash: u64): void {
  store<u64>(<usize>FRAME_HASH + (<usize>frame << 3), hash);
}

/** Makes sure that linear memory reaches the end of `frame`; false = the host has no more. */
function reachFrame(frame: u32): bool {
  const needed = (frame + 1 + ((1 << (WASM_PAGE_SHIFT - PAGE_SHIFT)) - 1)) >> (WASM_PAGE_SHIFT - PAGE_SHIFT);
  const present = <u32>memory.size();
  if (needed <= present) return true;
  const missing = needed - present;
  if (missing < GROWTH_WASM_PAGES && memory.grow(GROWTH_WASM_PAGES) >= 0) return true;
  return memory.grow(missing) >= 0;
}

/** A frame that was never handed out (it holds zeros), or ALLOCATION_FAILED. */
function takeFresh(): u32 {
  const frame = load<u32>(POOL_NEXT_FRESH);
  if (frame >= <u32>FRAME_COUNT_MAX || !reachFrame(frame)) return ALLOCATION_FAILED;
  store<u32>(POOL_NEXT_FRESH, frame + 1);
  return frame;
}

/** Removes a frame from the free list, or returns ALLOCATION_FAILED if it is empty; the frame's contents are old. */
function takeFreed(): u32 {
  const frame = load<u32>(POOL_FREE_HEAD);
  if (frame != 0) store<u32>(POOL_FREE_HEAD, <u32>frameHash(frame));
  return frame;
}

function begin(frame: u32): void {
  store<u32>(<usize>FRAME_REFERENCES + (<usize>frame << 2), 1);
  setFrameHash(frame, 0);
  setFrameCode(frame, 0);
  store<u32>(POOL_USED, load<u32>(POOL_USED) + 1);
}

@inline
function isFull(): bool {
  return load<u32>(POOL_USED) >= load<u32>(POOL_LIMIT);
}

/** A zeroed frame with one reference, or ALLOCATION_FAILED. */
export function frameAllocate(): u32 {
  if (isFull()) return ALLOCATION_FAILED;
  let frame = takeFreed();
  if (frame != 0) memory.fill(frameAddress(frame), 0, PAGE_SIZE);
  else frame = takeFresh();
  if (frame != ALLOCATION_FAILED) begin(frame);
  return frame;
}

/** A frame with one reference and the contents of `source`, or ALLOCATION_FAILED. */
export function frameAllocateCopy(source: u32): u32 {
  if (isFull()) return ALLOCATION_FAILED;
  let frame = takeFreed();
  if (frame == 0) frame = takeFresh();
  if (frame == ALLOCATION_FAILED) return ALLOCATION_FAILED;
  memory.copy(frameAddress(frame), frameAddress(source), PAGE_SIZE);
  begin(frame);
  return frame;
}

export function frameRetain(frame: u32): void {
  const at = <usize>FRAME_REFERENCES + (<usize>frame << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** Drops one reference and returns true if it was the last: the caller then frees what the frame names, and calls frameFree. */
export function frameDrop(frame: u32): bool {
  const at = <usize>FRAME_REFERENCES + (<usize>frame << 2);
  const references = load<u32>(at);
  assert(references != 0);
  store<u32>(at, references - 1);
  return references == 1;
}

/** Puts a frame without references on the free list, and frees its code page. */
export function frameFree(frame: u32): void {
  const codePage = frameCode(frame);
  if (codePage != 0) codePageFree(codePage);
  setFrameHash(frame, load<u32>(POOL_FREE_HEAD));
  store<u32>(POOL_FREE_HEAD, frame);
  store<u32>(POOL_USED, load<u32>(POOL_USED) - 1);
}

/** Drops one reference of a data frame. */
export function frameRelease(frame: u32): void {
  if (frameDrop(frame)) frameFree(frame);
}
