/** Handlers inside the interpreter's loop. */
import type { InstructionRow } from '../isa/instruction.ts';
import { assert } from '../assert.ts';
import { SLOT_REGION } from '../core/layout.ts';
import type { CoreRoutine } from './core-module.ts';
import {
  lookupFails, pushHostAddress, READ_TABLE, RowEmitter, SLOT_IMMEDIATE, WRITE_TABLE, type Surroundings, type RowLocals,
} from './row-emitter.ts';
import { Op, type WasmCode } from './wasm-code.ts';

/** Locals of the loop. */
export interface LoopLocals extends RowLocals {
  /** i64: pc = bias + ip / 8 (a slot of 16 bytes stands for 2 bytes of code). */
  readonly bias: number;
  /** i32: instructions left in the slice, this one not counted, plus 1. */
  readonly count: number;
  /** i64: where `refetch` goes on. */
  readonly target: number;
}

/** Labels of the loop (see WasmCode.label). */
export interface LoopLabels {
  /** Next instruction, at `ip`. */
  readonly next: number;
  /** Go on at `target`, in whatever page it is. */
  readonly refetch: number;
  /** Leave this instruction to the slow function; nothing of it has happened yet. */
  readonly slow: number;
  /** Something is to be done at `ip` before it executes: see SLOT_REGION. */
  readonly hot: number;
}

/**
 * Where a branch or jump leads: anywhere, or into the same page, so that it is a distance between slots; 'head': into the same page,
 * to a place that is counted.
 */
export type TargetKind = 'any' | 'near' | 'head';

/** A slot (16 bytes) stands for 2 bytes of code. */
const SLOT_BYTES_LOG2 = 3;

export class InlineRow extends RowEmitter {
  private readonly loop: LoopLocals;
  private readonly labels: LoopLabels;
  private readonly target: TargetKind;
  private readonly translateAfter: number;
  private left = false;

  constructor(
    row: InstructionRow, code: WasmCode, surroundings: Surroundings, locals: LoopLocals, labels: LoopLabels, target: TargetKind, translateAfter: number,
  ) {
    super(row, code, surroundings, locals);
    this.loop = locals;
    this.labels = labels;
    this.target = target;
    this.translateAfter = translateAfter;
  }

  pc(): void {
    pushPc(this.code, this.loop);
  }

  /** To pc + immediate. */
  private go(): void {
    const { code, loop } = this;
    if (this.target === 'any') {
      this.goFar();
      return;
    }
    // ip += distance of the immediate
    code.get(loop.ip).get(loop.ip).memory(Op.i32Load, SLOT_IMMEDIATE).i32Const(SLOT_BYTES_LOG2).op(Op.i32Shl).op(Op.i32Add).set(loop.ip);
    if (this.target === 'head') countArrival(code, loop, this.translateAfter, this.labels.hot);
    code.brTo(this.labels.next);
  }

  private goFar(): void {
    this.pc();
    this.imm();
    this.code.op(Op.i64Add).set(this.loop.target).brTo(this.labels.refetch);
  }

  branch(condition: () => void): void {
    const { code } = this;
    condition();
    code.if();
    this.go();
    code.end();
  }

  private link(): void {
    this.rd(() => {
      this.pc();
      this.code.i64Const(this.length).op(Op.i64Add);
    });
  }

  jumpAndLink(): void {
    this.link();
    this.go();
    this.left = true;
  }

  jumpAndLinkRegister(): void {
    const { code, loop } = this;
    this.rs1();
    this.imm();
    code.op(Op.i64Add).i64Const(-2).op(Op.i64And).set(loop.target);
    this.link();
    code.brTo(this.labels.refetch);
    this.left = true;
  }

  load(operator: number, size: 1 | 2 | 4 | 8): void {
    const { code, loop } = this;
    this.effectiveAddress();
    lookupFails(code, loop, () => { this.pushBank(); }, READ_TABLE, size);
    code.hint(false).brIfTo(this.labels.slow);
    this.rd(() => {
      pushHostAddress(code, loop, READ_TABLE);
      code.memory(operator);
    });
  }

  store(operator: number, size: 1 | 2 | 4 | 8): void {
    const { code, loop } = this;
    this.effectiveAddress();
    lookupFails(code, loop, () => { this.pushBank(); }, WRITE_TABLE, size);
    code.hint(false).brIfTo(this.labels.slow);
    pushHostAddress(code, loop, WRITE_TABLE);
    this.rs2();
    code.memory(operator);
  }

  slowCall(routine: CoreRoutine): void {
    assert(false, `${this.row.mnemonic} calls ${routine}: its handler is a function`);
  }

  /** Goes on with the following instruction, unless the semantics went elsewhere. */
  finish(): void {
    if (!this.left) advance(this.code, this.loop, this.labels, this.length);
  }
}

export function pushPc(code: WasmCode, locals: Pick<LoopLocals, 'bias' | 'ip'>): void {
  code.get(locals.bias).get(locals.ip).i32Const(SLOT_BYTES_LOG2).op(Op.i32ShrU).op(Op.i64ExtendI32U).op(Op.i64Add);
}

/** Counts an arrival at `ip`; to `hot` when there were `translateAfter` of them before, or it is not counted (any more). */
export function countArrival(code: WasmCode, { ip, entry }: Pick<LoopLocals, 'ip' | 'entry'>, translateAfter: number, hot: number): void {
  code.get(ip).memory(Op.i32Load16U, SLOT_REGION).tee(entry).i32Const(translateAfter).op(Op.i32GeU).hint(false).brIfTo(hot);
  code.get(ip).get(entry).i32Const(1).op(Op.i32Add).memory(Op.i32Store16, SLOT_REGION);
}

/** Goes on `length` bytes of code further. */
export function advance(code: WasmCode, locals: Pick<LoopLocals, 'ip'>, labels: Pick<LoopLabels, 'next'>, length: number): void {
  code.get(locals.ip).i32Const(length << SLOT_BYTES_LOG2).op(Op.i32Add).set(locals.ip).brTo(labels.next);
}
