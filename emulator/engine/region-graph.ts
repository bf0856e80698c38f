/**
 * A region: guest code within one page that is translated together. This file finds its basic blocks from the bytes of the frame,
 * starting at the place that is wanted, and the structure that WebAssembly's control flow needs: reverse postorder, dominators, loops.
 *
 * A region may be entered at several places: where it was wanted, where calls that it makes return to, and at loops. The dispatcher,
 * a block without instructions, leads to them; edges into the middle of a loop go through it too, so that what remains is reducible.
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
  /** Successors that are reached through the dispatcher: edges into the middle of a loop. */
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
  /** In reverse postorder; the first is the dispatcher if there is one, else the only entry. */
  readonly blocks: readonly Block[];
  readonly dispatcher: Block | undefined;
  /** Page offsets at which it may be entered, that which was wanted first. */
  readonly entries: readonly number[];
}

/** The page as the region builder sees it. */
export interface CodeReader {
  /** The instruction at a page offset; undefined if it cannot be translated. */
  read(offset: number): RegionInstruction | undefined;
  /** Page offsets where the indirect jump `instruction` may go, likely ones first. */
  indirectTargets(instruction: RegionInstruction): readonly number[];
  /** Does control come so often to this page offset from elsewhere that it is to be an entry, unless some region has one there? */
  isWanted(offset: number): boolean;
}

/** Of the dispatcher. */
const NO_OFFSET = -1;
const BLOCKS_MAX = 32;
const INSTRUCTIONS_MAX = 200;
/** Calls are followed into functions of the same page only as long as the region is so small: a long one is compiled often enough. */
const FOLLOWED_INSTRUCTIONS_MAX = 80;
/** Functions of the page that a call through a register may lead to. */
const CALLED_THROUGH_REGISTER_MAX = 4;
/** Straight-line code is cut into blocks of at most so many instructions, so that a budget always lets some run. */
const BLOCK_INSTRUCTIONS_MAX = 200;

/** The region that begins at page offset `entry`, or undefined if its first instruction cannot be translated. */
export function buildRegion(entry: number, reader: CodeReader): Region | undefined {
  const { scanned, callees, continuations } = discover(entry, reader);
  const blocks = new Map<number, Block>();
  for (const [offset, instructions] of scanned) blocks.set(offset, new Block(offset, cutAtLeaders(instructions, scanned)));
  const root = blocks.get(entry);
  if (root === undefined) return undefined;
  const isFollowed = (last: RegionInstruction): boolean => isCall(last) && (callees.get(last.offset) ?? []).some((target) => blocks.has(target));
  const returns = [...blocks.values()].flatMap(({ last }) => (last !== undefined && isFollowed(last) ? blocks.get(after(last)) ?? [] : []));
  for (const block of blocks.values()) block.terminator = terminatorOf(block, blocks, { returns, callees, reader });
  return structure(root, continuations.flatMap((offset) => blocks.get(offset) ?? []));
}

interface Discovery {
  /** Leaders that the region takes in, each with the straight-line code from there. */
  readonly scanned: ReadonlyMap<number, readonly RegionInstruction[]>;
  /** Where the calls that are followed lead, by the call's offset. */
  readonly callees: ReadonlyMap<number, readonly number[]>;
  /** Leaders to which calls return that leave the region. */
  readonly continuations: readonly number[];
}

/** The function's own code first, then what it calls. */
function discover(entry: number, reader: CodeReader): Discovery {
  const scanned = new Map<number, readonly RegionInstruction[]>();
  const continuations: number[] = [];
  const own = [entry];
  const calls: RegionInstruction[] = [];
  const callees = new Map<number, readonly number[]>();
  let total = 0;
  let limit = INSTRUCTIONS_MAX;
  const follow = (): number | undefined => {
    const call = calls.shift();
    if (call === undefined) return undefined;
    limit = FOLLOWED_INSTRUCTIONS_MAX;
    own.push(...callees.get(call.offset) ?? [], after(call));
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
    if (!isCall(last)) {
      own.push(...targetsOf(last, reader));
      continue;
    }
    const places = placesCalled(last, reader).filter((place) => last.row.flow === 'jump' || !scanned.has(place));
    const next = after(last);
    if (places.length > 0) {
      calls.push(last);
      callees.set(last.offset, places);
    } else if (isInPage(next) && reader.isWanted(next)) {
      own.push(next);
      continuations.push(next);
    }
  }
  return { scanned, callees, continuations };
}

/** Where a call leads in the page; through a register, to a few places that were arrived at. */
function placesCalled(call: RegionInstruction, reader: CodeReader): readonly number[] {
  const places = call.row.flow === 'jump' ? [targetOf(call)] : reader.indirectTargets(call).slice(0, CALLED_THROUGH_REGISTER_MAX);
  return places.filter(isInPage);
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
    // Where returns go depends on the calls in the region.
    case 'indirect': return isReturn(last) ? [] : reader.indirectTargets(last);
    case 'trap': return [];
    case 'straight': return [after(last)];
  }
}

function cutAtLeaders(instructions: readonly RegionInstruction[], leaders: ReadonlyMap<number, unknown>): readonly RegionInstruction[] {
  const end = instructions.findIndex(({ offset }, index) => index > 0 && leaders.has(offset));
  return end === -1 ? instructions : instructions.slice(0, end);
}

interface Surroundings {
  /** Where the calls in the region return to. */
  readonly returns: readonly Block[];
  readonly callees: ReadonlyMap<number, readonly number[]>;
  readonly reader: CodeReader;
}

function terminatorOf({ last }: Block, blocks: ReadonlyMap<number, Block>, { returns, callees, reader }: Surroundings): Terminator {
  if (last === undefined) return { kind: 'indirect', targets: [] };
  const edge = (offset: number): Edge => blocks.get(offset) ?? offset;
  switch (last.row.flow) {
    case 'branch': return { kind: 'branch', taken: edge(targetOf(last)), next: edge(after(last)) };
    case 'jump': return { kind: 'go', to: edge(targetOf(last)) };
    case 'indirect': {
      const places = isCall(last) ? callees.get(last.offset) ?? [] : targetsOf(last, reader);
      const targets = isReturn(last) ? returns : places.flatMap((offset) => blocks.get(offset) ?? []);
      return { kind: 'indirect', targets: [...new Set(targets)] };
    }
    // Traps leave by themselves.
    case 'trap': return { kind: 'go', to: after(last) };
    case 'straight': return { kind: 'go', to: edge(after(last)) };
  }
}

// ---- structure ----

/** Orders the blocks and finds dominators and loops; edges into the middle of a loop go through the dispatcher until there are none. */
function structure(wanted: Block, continuations: readonly Block[]): Region {
  const dispatcher = new Block(NO_OFFSET, []);
  const entries = new Set([wanted, ...continuations]);
  const dispatched = new Set(entries);
  for (;;) {
    dispatcher.terminator = { kind: 'indirect', targets: [...dispatched] };
    const root = dispatched.size > 1 ? dispatcher : wanted;
    const blocks = reversePostorder(root);
    findDominators(root, blocks);
    const before = dispatched.size;
    let isCut = false;
    for (const block of blocks) {
      for (const target of block.successors()) {
        if (target.order > block.order || dominates(target, block)) continue;
        block.cut.add(target);
        dispatched.add(target);
        isCut = true;
      }
    }
    if (isCut) continue;
    for (const loop of outermostLoops(blocks)) {
      entries.add(loop);
      dispatched.add(loop);
    }
    if (dispatched.size > before) continue;
    for (const block of blocks) {
      if (block.dominator !== undefined) block.dominator.children.push(block);
      markLabels(block);
      if (block.cut.size > 0) dispatcher.isLoop = true;
    }
    return { blocks, dispatcher: root === dispatcher ? dispatcher : undefined, entries: [...entries].map(({ offset }) => offset) };
  }
}

/** Heads of loops that are in no other loop. */
function outermostLoops(blocks: readonly Block[]): readonly Block[] {
  const predecessors = predecessorsOf(blocks);
  const inner = new Set<Block>();
  const heads: Block[] = [];
  for (const head of blocks) {
    const latches = (predecessors.get(head) ?? []).filter(({ order }) => order >= head.order);
    if (latches.length === 0) continue;
    // Blocks come after those that dominate them: an outer loop is seen before the loops in it.
    if (!inner.has(head)) heads.push(head);
    const body = new Set([head]);
    for (let block = latches.pop(); block !== undefined; block = latches.pop()) {
      if (body.has(block)) continue;
      body.add(block);
      inner.add(block);
      latches.push(...predecessors.get(block) ?? []);
    }
  }
  return heads;
}

function predecessorsOf(blocks: readonly Block[]): ReadonlyMap<Block, Block[]> {
  const predecessors = new Map<Block, Block[]>(blocks.map((block) => [block, []]));
  for (const block of blocks) {
    for (const target of block.successors()) predecessors.get(target)?.push(block);
  }
  return predecessors;
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
  const predecessors = predecessorsOf(blocks);
  for (const block of blocks) block.dominator = undefined;
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
