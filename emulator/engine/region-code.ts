/**
 * The WebAssembly function of a region: structured control flow over its blocks, the count of instructions at each block's head, and
 * the ways out. The function is position-independent: the page's virtual address comes from the pc with which it is entered.
 */
import { assert } from '../assert.ts';
import { HART_DATA_BANK, HART_LEAVE, HART_LEAVE_DESTINATION, HART_PC, HART_REMAINING, LEAVE_DONE, PAGE_SIZE } from '../core/layout.ts';
import type { Block, Edge, Region } from './region-graph.ts';
import { fixedLocalTypes, regionLocals, type RegionImports } from './region-operands.ts';
import { RegionRow } from './region-row.ts';
import { regionType } from './region-support.ts';
import { Op, WasmCode } from './wasm-code.ts';
import type { FunctionDefinition } from './wasm-module.ts';

/** A jump table covers at most so many halfwords of code. */
const JUMP_TABLE_MAX = 1024;
/** The dispatcher's table has at most so many halfwords for each place. */
const DISPATCH_TABLE_PER_PLACE_MAX = 32;
/** Fewer targets are compared one by one. */
const COMPARED_TARGETS_MAX = 3;

export function emitRegion(region: Region, imports: RegionImports): FunctionDefinition {
  return new RegionCode(region, imports).generate();
}

/** Bit number; offsets in a page are below. */
const BLOCK_LENGTH = 12;

/**
 * The local `way`: 0 = to the place in `target`; above 0 = the budget does not suffice for a block, whose offset it holds, and from
 * BLOCK_LENGTH on its length; or one of these.
 */
const AFTER_INSTRUCTION = -1;
/** The load has perhaps completed: HART_LEAVE tells. */
const AFTER_LOAD = -2;

class RegionCode {
  private readonly region: Region;
  private readonly imports: RegionImports;
  private readonly body = new WasmCode(1 << 12);
  private readonly row: RegionRow;
  /** Label of the way out: `way` says where to. */
  private readonly exit: number;
  private readonly loops = new Map<Block, number>();
  private readonly merges = new Map<Block, number>();

  constructor(region: Region, imports: RegionImports) {
    this.region = region;
    this.imports = imports;
    this.exit = this.body.block().label;
    const leave = this.body.block().label;
    const leaveLoad = this.body.block().label;
    this.row = new RegionRow(this.body, imports, { leave, leaveLoad });
  }

  generate(): FunctionDefinition {
    const [root] = this.region.blocks;
    if (root !== undefined) this.emitTree(root);
    this.emitWaysOut();
    const code = this.prologue().append(this.body);
    const locals = [...fixedLocalTypes, ...this.row.registers.types];
    return { type: regionType, locals, body: code };
  }

  private prologue(): WasmCode {
    const code = new WasmCode(1 << 10);
    const { hart, target, page, bank } = regionLocals;
    code.get(target).i64Const(-PAGE_SIZE).op(Op.i64And).set(page);
    code.get(hart).memory(Op.i32Load, HART_DATA_BANK).set(bank);
    this.row.registers.load(code);
    return code;
  }

  private emitWaysOut(): void {
    const { hart, remaining, target, page, way, value } = regionLocals;
    const code = this.body;
    code.op(Op.unreachable).end();
    code.i32Const(AFTER_LOAD).set(way).brTo(this.exit).end();
    code.i32Const(AFTER_INSTRUCTION).set(way).end();
    this.row.registers.writeBack(code);
    code.get(way).op(Op.i32Eqz).hint(true).if();
    code.get(hart).get(remaining).get(target).returnCall(this.imports.support('dispatch')).end();
    // The budget does not suffice for the block: the interpreter goes on at its head.
    code.get(way).i32Const(0).op(Op.i32GtS).if();
    code.get(hart).get(page).get(way).i32Const((1 << BLOCK_LENGTH) - 1).op(Op.i32And).op(Op.i64ExtendI32U).op(Op.i64Add).memory(Op.i64Store, HART_PC);
    code.get(hart).get(remaining).get(way).i32Const(BLOCK_LENGTH).op(Op.i32ShrU).op(Op.i32Add).memory(Op.i32Store, HART_REMAINING);
    code.i32Const(0).return().end();
    code.get(way).i32Const(AFTER_LOAD).op(Op.i32Eq).if();
    code.get(hart).memory(Op.i32Load, HART_LEAVE).i32Const(LEAVE_DONE).op(Op.i32Eq).if();
    code.get(hart).memory(Op.i32Load, HART_LEAVE_DESTINATION).get(hart).op(Op.i32Add).get(value).memory(Op.i64Store).end().end();
    code.i32Const(1);
  }

  // ---- structure ----

  /** The blocks that `block` dominates, itself first. */
  private emitTree(block: Block): void {
    const merges = block.children.filter((child) => child.isMerge).sort((one, other) => other.order - one.order);
    if (block.isLoop) this.loops.set(block, this.body.loop().label);
    this.emitWithin(block, merges);
    if (block.isLoop) this.body.end();
  }

  /** `block`, with a label behind it for each of `merges`, the last of which is nearest. */
  private emitWithin(block: Block, merges: readonly Block[]): void {
    const [outermost, ...others] = merges;
    if (outermost === undefined) {
      this.emitBlock(block);
      return;
    }
    this.merges.set(outermost, this.body.block().label);
    this.emitWithin(block, others);
    this.body.end();
    this.emitTree(outermost);
  }

  private emitBlock(block: Block): void {
    const { row } = this;
    if (block === this.region.dispatcher) {
      this.emitDispatcher(block);
      return;
    }
    this.count(block);
    row.beginBlock();
    const { length } = block.instructions;
    block.instructions.forEach((instruction, index) => { row.emit(instruction, length - 1 - index); });
    const { terminator } = block;
    switch (terminator.kind) {
      case 'go':
        this.go(block, terminator.to);
        break;
      case 'branch':
        row.pushCondition();
        this.body.if();
        this.go(block, terminator.taken);
        this.body.else();
        this.go(block, terminator.next);
        this.body.end();
        break;
      case 'indirect':
        this.goIndirectly(block, terminator.targets);
        break;
    }
  }

  /** remaining -= instructions of the block; leaves at its head if there are not as many. */
  private count({ offset, instructions: { length } }: Block): void {
    const { remaining, way } = regionLocals;
    const code = this.body;
    code.get(remaining).i32Const(length).op(Op.i32Sub).tee(remaining).i32Const(0).op(Op.i32LtS).hint(false).if();
    code.i32Const(offset | (length << BLOCK_LENGTH)).set(way).brTo(this.exit).end();
  }

  private go(from: Block, to: Edge): void {
    const code = this.body;
    if (typeof to === 'number' || from.cut.has(to)) {
      this.row.pushAddress(typeof to === 'number' ? to : to.offset);
      code.set(regionLocals.target).brTo(typeof to === 'number' ? this.exit : this.dispatch);
      return;
    }
    const label = to.order <= from.order ? this.loops.get(to) : this.merges.get(to);
    if (label === undefined) this.emitTree(to);
    else code.brTo(label);
  }

  /** Label that leads to the place in `target`, an entry or a place that some edge cannot reach otherwise. */
  private get dispatch(): number {
    const label = this.region.dispatcher === undefined ? undefined : this.loops.get(this.region.dispatcher);
    assert(label !== undefined, 'what is cut is dispatched');
    return label;
  }

  /** To the place in `target`, which is one of the dispatcher's. */
  private emitDispatcher(dispatcher: Block): void {
    const code = this.body;
    const { target, scratch32: [offset] } = regionLocals;
    const places = dispatcher.successors();
    code.get(target).op(Op.i32WrapI64).i32Const(PAGE_SIZE - 1).op(Op.i32And).set(offset);
    const first = Math.min(...places.map((place) => place.offset));
    const size = (Math.max(...places.map((place) => place.offset)) - first) / 2 + 1;
    if (places.length <= COMPARED_TARGETS_MAX || size > DISPATCH_TABLE_PER_PLACE_MAX * places.length) {
      for (const place of places) code.get(offset).i32Const(place.offset).op(Op.i32Eq).brIfTo(this.labelOf(dispatcher, place));
      code.op(Op.unreachable);
      return;
    }
    const depth = (label: number): number => code.label - label;
    const table = new Array<number>(size).fill(depth(this.exit));
    for (const place of places) table[(place.offset - first) / 2] = depth(this.labelOf(dispatcher, place));
    code.get(offset).i32Const(first).op(Op.i32Sub).i32Const(1).op(Op.i32ShrU).brTable(table, depth(this.exit));
  }

  /** To the place in `target`: one of `targets`, or out of the region. */
  private goIndirectly(block: Block, targets: readonly Block[]): void {
    const code = this.body;
    const { target, page } = regionLocals;
    const places = targets.filter((place) => !block.cut.has(place));
    const first = Math.min(...places.map(({ offset }) => offset));
    const size = (Math.max(...places.map(({ offset }) => offset)) - first) / 2 + 1;
    if (places.length <= COMPARED_TARGETS_MAX || size > JUMP_TABLE_MAX) {
      for (const place of places) {
        code.get(target);
        this.row.pushAddress(place.offset);
        code.op(Op.i64Eq).brIfTo(this.labelOf(block, place));
      }
      code.brTo(this.exit);
      return;
    }
    const depth = (label: number): number => code.label - label;
    const table = new Array<number>(size).fill(depth(this.exit));
    for (const place of places) table[(place.offset - first) / 2] = depth(this.labelOf(block, place));
    const { value } = regionLocals;
    code.get(target).get(page).op(Op.i64Sub).i64Const(first).op(Op.i64Sub).i64Const(1).op(Op.i64ShrU).tee(value);
    code.i64Const(size).op(Op.i64GeU).brIfTo(this.exit).get(value).op(Op.i32WrapI64).brTable(table, depth(this.exit));
  }

  private labelOf(from: Block, to: Block): number {
    return (to.order <= from.order ? this.loops.get(to) : this.merges.get(to)) ?? this.exit;
  }
}
