/**
 * What a guest wrote to a disk: a sparse map of 4 KiB blocks, a radix tree of immutable nodes.
 *
 * A snapshot is a reference to the root; from then on whatever is written is copied first. What one writer made since its
 * last snapshot carries the writer's present mark and is changed in place, everything else is shared. So a snapshot costs
 * nothing, and what it keeps alive is what changed afterwards.
 */
import { assert } from '../assert.ts';
import { hashWords, type Hash } from './block-hash.ts';
import { SharedState } from './saved-state.ts';

export const BLOCK_SIZE = 4096;

const FANOUT_SHIFT = 6;
const FANOUT = 1 << FANOUT_SHIFT;
const EMPTY: Hash = [0, 0];

/** Tells whose, and of which time, a node is. */
type Mark = object;

interface Leaf {
  readonly mark: Mark;
  readonly bytes: Uint8Array;
  hash: Hash | undefined;
}

interface Branch {
  readonly mark: Mark;
  readonly children: (Branch | Leaf | undefined)[];
  hash: Hash | undefined;
}

/** The blocks at one moment. */
export class OverlaySnapshot extends SharedState {
  readonly root: Branch | undefined;
  readonly blockCount: number;

  constructor(root: Branch | undefined, blockCount: number) {
    super();
    this.root = root;
    this.blockCount = blockCount;
  }

  override toJSON(): string {
    const [high, low] = hashOf(this.root);
    return `${this.blockCount} blocks ${hex(high)}${hex(low)}`;
  }
}

export class BlockOverlay {
  /** Branches on the way to a block. */
  readonly #depth: number;
  #root: Branch | undefined;
  #blockCount = 0;
  #mark: Mark = {};
  #copiedBlocks = 0;

  /** For a disk of so many blocks. */
  constructor(diskBlocks: number) {
    let depth = 1;
    for (let reach = FANOUT; reach < diskBlocks; reach *= FANOUT) depth++;
    this.#depth = depth;
  }

  /** Number of blocks that were written. */
  get blockCount(): number {
    return this.#blockCount;
  }

  /** Blocks that were made so far, new or as copies of shared ones: what snapshots cost. Not part of the state. */
  get copiedBlocks(): number {
    return this.#copiedBlocks;
  }

  /** The block's contents, not to be changed; undefined if it was never written. */
  block(number: number): Uint8Array | undefined {
    let node: Branch | Leaf | undefined = this.#root;
    for (let level = this.#depth - 1; level >= 0 && node !== undefined; level--) {
      node = asBranch(node).children[indexAt(number, level)];
    }
    return node === undefined ? undefined : asLeaf(node).bytes;
  }

  /** The block's contents, to be changed before anything else happens; zeros if it was never written. */
  blockForWrite(number: number): Uint8Array {
    let branch = this.#ownBranch(this.#root);
    this.#root = branch;
    for (let level = this.#depth - 1; level > 0; level--) {
      const index = indexAt(number, level);
      const child = this.#ownBranch(branch.children[index]);
      branch.children[index] = child;
      branch = child;
    }
    const index = indexAt(number, 0);
    const leaf = this.#ownLeaf(branch.children[index]);
    branch.children[index] = leaf;
    return leaf.bytes;
  }

  snapshot(): OverlaySnapshot {
    this.#mark = {};
    return new OverlaySnapshot(this.#root, this.#blockCount);
  }

  restore(snapshot: OverlaySnapshot): void {
    this.#mark = {};
    this.#root = snapshot.root;
    this.#blockCount = snapshot.blockCount;
  }

  clear(): void {
    this.restore(new OverlaySnapshot(undefined, 0));
  }

  #ownBranch(node: Branch | Leaf | undefined): Branch {
    if (node === undefined) return { mark: this.#mark, children: [], hash: undefined };
    const branch = asBranch(node);
    if (branch.mark !== this.#mark) return { mark: this.#mark, children: [...branch.children], hash: undefined };
    branch.hash = undefined;
    return branch;
  }

  #ownLeaf(node: Branch | Leaf | undefined): Leaf {
    if (node === undefined) {
      this.#blockCount++;
      this.#copiedBlocks++;
      return { mark: this.#mark, bytes: new Uint8Array(BLOCK_SIZE), hash: undefined };
    }
    const leaf = asLeaf(node);
    if (leaf.mark !== this.#mark) {
      this.#copiedBlocks++;
      return { mark: this.#mark, bytes: leaf.bytes.slice(), hash: undefined };
    }
    leaf.hash = undefined;
    return leaf;
  }
}

/** Level 0 is the one whose children are blocks. Block numbers may have more than 32 bits. */
function indexAt(number: number, level: number): number {
  return Math.floor(number / FANOUT ** level) % FANOUT;
}

function asBranch(node: Branch | Leaf): Branch {
  assert('children' in node, 'there is a branch above the blocks');
  return node;
}

function asLeaf(node: Branch | Leaf): Leaf {
  assert('bytes' in node, 'there is a block below the branches');
  return node;
}

/** Kept with each node, so that a digest costs what changed. */
function hashOf(node: Branch | Leaf | undefined): Hash {
  if (node === undefined) return EMPTY;
  if (node.hash === undefined) {
    if ('bytes' in node) {
      node.hash = hashWords(new Uint32Array(node.bytes.buffer));
    } else {
      const words = new Uint32Array(2 * FANOUT);
      node.children.forEach((child, index) => { words.set(hashOf(child), 2 * index); });
      node.hash = hashWords(words);
    }
  }
  return node.hash;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}
