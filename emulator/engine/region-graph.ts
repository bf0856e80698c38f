/**
 * A region: guest code within one page that is translated together. This file finds its basic blocks from the bytes of the frame,
 * starting at the one entry, and the structure that WebAssembly's control flow needs: reverse postorder, dominators, loops.
 * Source of the method: N. Ramsey, "Beyond Relooper: recursive translation of unstructured control flow to structured control
 * flow" (2022); dominators after Cooper, Harvey and Kennedy, "A simple, fast dominance algorithm" (2001).
 */
import { PAGE_SIZE } from '../core/layout.ts';
import type { Decoded, InstructionRow } from '../isa/instruction.ts';

export interface RegionInstruction {
  /** Of its first byte in the page. */
  readonly offset: number;
  readonly row: InstructionRow;
  readonly decoded: Decoded;
}

/** Where control goes: a block of the region, or out of it to an offset from the page's beginning (which may be in another page). */
export type Edge = Block | number;

export type Terminator =
  | { readonly kind: 'go'; readonly to: Edge }
  /** The last instruction is a branch. */
  | { readonly kind: 'branch'; readonly taken: Edge; readonly next: Edge }
  /** The last instruction jumps to a register; `targets` are the places in the region where it may go. */
  | { readonly kind: 'indirect'; readonly targets: readonly Block[] };

/** A basic block: control enters at its first instruction only. */
export class Block {
  readonly offset: number;
  readonly instructions: readonly RegionInstruction[];
  terminator: Terminator = { kind: 'indirect', targets: [] };
  /** Place in reverse postorder. */
  order = -1;
  dominator: Block | undefined;
  /** Blocks that this one dominates immediately. */
  readonly children: Block[] = [];
  /** Some edge leads back here: a loop's head. */
  isLoop = false;
  /** Control comes here from some place before. */
  isReached = false;
  /** Control comes here from several places before: it needs a label. */
  isMerge = false;
  /** Blocks that cannot be reached from here inside the region: edges into the middle of a loop. */
  readonly cut = new Set<Block>();

  constructor(offset: number, instructions: readonly RegionInstruction[]) {
    this.offset = offset;
    this.instructions = instructions;
  }

  get last(): RegionInstruction | undefined {
    return this.instructions.at(-1);
  }

  successors(): readonly Block[] {
    const { terminator } = this;
    let edges: readonly Edge[];
    if (terminator.kind === 'go') edges = [terminator.to];
    else if (terminator.kind === 'branch') edges = [terminator.taken, terminator.next];
    else edges = terminator.targets;
    return edges.filter((edge): edge is Block => edge instanceof Block && !this.cut.has(edge));
  }
}

export interface Region {
  /** In reverse postorder; the first is the entry. */
  readonly blocks: readonly Block[];
  readonly instructionCount: number;
}

/** The page as the region builder sees it. */
export interface CodeReader {
  /** The instruction at a page offset; undefined if it cannot be translated. */
  read(offset: number): RegionInstruction | undefined;
  /** Page offsets where the indirect jump `instruction` may go, likely ones first. */
  indirectTargets(instruction: RegionInstruction): readonly number[];
}

const BLOCKS_MAX = 32;
const INSTRUCTIONS_MAX = 200;
/** Calls are followed into functions of the same page only as long as the region is so small: a long one is compiled often enough. */
const FOLLOWED_INSTRUCTIONS_MAX = 80;
/** Straight-line code is cut into blocks of at most so many instructions, so that a budget always lets some run. */
const BLOCK_INSTRUCTIONS_MAX = 200;

/** The region that begins at page offset `entry`, or undefined if its first instruction cannot be translated. */
export function buildRegion(entry: number, reader: CodeReader): Region | undefined {
  const scanned = discover(entry, reader);
  const blocks = new Map<number, Block>();
  for (const [offset, instructions] of scanned) blocks.set(offset, new Block(offset, cutAtLeaders(instructions, scanned)));
  const root = blocks.get(entry);
  if (root === undefined) return undefined;
  const returns = [...blocks.values()].flatMap(({ last }) => (last !== undefined && isCall(last) ? blocks.get(after(last)) ?? [] : []));
  for (const block of blocks.values()) block.terminator = terminatorOf(block, blocks, returns, reader);
  const ordered = structure(root);
  return { blocks: ordered, instructionCount: ordered.reduce((sum, block) => sum + block.instructions.length, 0) };
}

/** Leaders that the region takes in, each with the straight-line code from there: the function's own first, then what it calls. */
function discover(entry: number, reader: CodeReader): Map<number, readonly RegionInstruction[]> {
  const scanned = new Map<number, readonly RegionInstruction[]>();
  const own = [entry];
  const calls: RegionInstruction[] = [];
  let total = 0;
  let limit = INSTRUCTIONS_MAX;
  const follow = (): number | undefined => {
    const call = calls.shift();
    if (call === undefined) return undefined;
    limit = FOLLOWED_INSTRUCTIONS_MAX;
    own.push(...targetsOf(call, reader), after(call));
    return own.shift();
  };
  for (let leader = own.shift(); leader !== undefined; leader = own.shift() ?? follow()) {
    if (scanned.has(leader) || !isInPage(leader)) continue;
    if (scanned.size >= BLOCKS_MAX || total >= limit) break;
    const instructions = scan(leader, reader);
    const last = instructions.at(-1);
    if (last === undefined) continue;
    scanned.set(leader, instructions);
    total += instructions.length;
    const targets = targetsOf(last, reader);
    if (!isCall(last)) own.push(...targets);
    else if (targets.some(isInPage)) calls.push(last);
  }
  return scanned;
}

function scan(offset: number, reader: CodeReader): readonly RegionInstruction[] {
  const instructions: RegionInstruction[] = [];
  for (let at = offset; instructions.length < BLOCK_INSTRUCTIONS_MAX;) {
    const instruction = reader.read(at);
    if (instruction === undefined) break;
    instructions.push(instruction);
    if (instruction.row.flow !== 'straight') break;
    at += instruction.row.length;
  }
  return instructions;
}

const after = ({ offset, row }: RegionInstruction): number => offset + row.length;
const targetOf = ({ offset, decoded }: RegionInstruction): number => offset + decoded.imm;
const isInPage = (offset: number): boolean => offset >= 0 && offset < PAGE_SIZE;

// The link registers of the calling convention (unprivileged ISA, table 2.1).
const isLink = (register: number): boolean => register === 1 || register === 5;
const isCall = ({ row, decoded }: RegionInstruction): boolean => (row.flow === 'jump' || row.flow === 'indirect') && isLink(decoded.rd);
const isReturn = ({ row, decoded }: RegionInstruction): boolean => row.flow === 'indirect' && decoded.rd === 0 && isLink(decoded.rs1);

/** Where control goes from a block's last instruction, as far as the instruction tells. */
function targetsOf(last: RegionInstruction, reader: CodeReader): readonly number[] {
  switch (last.row.flow) {
    case 'branch': return [after(last), targetOf(last)];
    case 'jump': return [targetOf(last)];
    case 'indirect': return isReturn(last) ? [] : reader.indirectTargets(last);
    case 'trap': return [];
    case 'straight': return [after(last)];
  }
}

function cutAtLeaders(instructions: readonly RegionInstruction[], leaders: ReadonlyMap<number, unknown>): readonly RegionInstruction[] {
  const end = instructions.findIndex(({ offset }, index) => index > 0 && leaders.has(offset));
  return end === -1 ? instructions : instructions.slice(0, end);
}

/** `returns`: where the calls in the region return to. */
function terminatorOf({ last }: Block, blocks: ReadonlyMap<number, Block>, returns: readonly Block[], reader: CodeReader): Terminator {
  if (last === undefined) return { kind: 'indirect', targets: [] };
  const edge = (offset: number): Edge => blocks.get(offset) ?? offset;
  switch (last.row.flow) {
    case 'branch': return { kind: 'branch', taken: edge(targetOf(last)), next: edge(after(last)) };
    case 'jump': return { kind: 'go', to: edge(targetOf(last)) };
    case 'indirect': {
      const targets = isReturn(last) ? returns : reader.indirectTargets(last).flatMap((offset) => blocks.get(offset) ?? []);
      return { kind: 'indirect', targets: [...new Set(targets)] };
    }
    // Traps leave by themselves.
    case 'trap': return { kind: 'go', to: after(last) };
    case 'straight': return { kind: 'go', to: edge(after(last)) };
  }
}

// ---- structure ----

/** Orders the blocks and finds dominators and loops; edges into the middle of a loop are cut until there are none. */
function structure(root: Block): readonly Block[] {
  for (;;) {
    const blocks = reversePostorder(root);
    findDominators(root, blocks);
    let isReducible = true;
    for (const block of blocks) {
      for (const target of block.successors()) {
        if (target.order > block.order || dominates(target, block)) continue;
        block.cut.add(target);
        isReducible = false;
      }
    }
    if (!isReducible) continue;
    for (const block of blocks) {
      if (block.dominator !== undefined) block.dominator.children.push(block);
      markLabels(block);
    }
    return blocks;
  }
}

function reversePostorder(root: Block): readonly Block[] {
  const visited = new Set([root]);
  const finished: Block[] = [];
  const stack = [{ block: root, next: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const successor = top.block.successors()[top.next++];
    if (successor === undefined) {
      finished.push(top.block);
      stack.pop();
    } else if (!visited.has(successor)) {
      visited.add(successor);
      stack.push({ block: successor, next: 0 });
    }
  }
  finished.reverse();
  finished.forEach((block, index) => { block.order = index; });
  return finished;
}

function findDominators(root: Block, blocks: readonly Block[]): void {
  const predecessors = new Map<Block, Block[]>(blocks.map((block) => [block, []]));
  for (const block of blocks) {
    block.dominator = undefined;
    for (const target of block.successors()) predecessors.get(target)?.push(block);
  }
  const known = new Set([root]);
  for (let changed = true; changed;) {
    changed = false;
    for (const block of blocks) {
      if (block === root) continue;
      let dominator: Block | undefined;
      for (const predecessor of predecessors.get(block) ?? []) {
        if (known.has(predecessor)) dominator = dominator === undefined ? predecessor : commonDominator(dominator, predecessor);
      }
      known.add(block);
      if (dominator === block.dominator) continue;
      block.dominator = dominator;
      changed = true;
    }
  }
}

function commonDominator(one: Block, other: Block): Block {
  let [a, b] = [one, other];
  while (a !== b) {
    if (a.order > b.order) a = a.dominator ?? b;
    else b = b.dominator ?? a;
  }
  return a;
}

function dominates(block: Block, other: Block): boolean {
  let at: Block | undefined = other;
  while (at !== undefined && at.order > block.order) at = at.dominator;
  return at === block;
}

/** Says which targets of `block` are loops, and which need a label because control reaches them from several places before. */
function markLabels(block: Block): void {
  for (const target of block.successors()) {
    if (target.order <= block.order) target.isLoop = true;
    // A jump table leads to labels only.
    else if (block.terminator.kind === 'indirect' || target.isReached) target.isMerge = true;
    if (target.order > block.order) target.isReached = true;
  }
}
