/**
 * Semantics of instructions inside a region. Whatever can trap or be observed finds HART_PC and HART_REMAINING exact; registers go back
 * to the hart structure when the region leaves, since nothing that is called before reads them.
 */
import { assert } from '../assert.ts';
import { HART_DATA_BANK, HART_LEAVE, HART_X_SINK } from '../core/layout.ts';
import type { Emitter } from '../isa/emitter.ts';
import type { CoreRoutine } from './core-module.ts';
import { wideningOperators } from './outlined-row.ts';
import { emitArithmetic, emitCompare, nativeOperations, type NativeArithmetic } from './region-float.ts';
import type { RegionInstruction } from './region-graph.ts';
import { regionLocals, registerField, RegionOperands, type RegionImports } from './region-operands.ts';
import { packAccess } from './region-support.ts';
import { BOX, lookupFails, lookupSucceeds, pushHostAddress, READ_TABLE, sizeLog2, WRITE_TABLE } from './row-emitter.ts';
import { Op, ValueType, type WasmCode } from './wasm-code.ts';

const { i64 } = ValueType;

/** Ways out of a region (see WasmCode.label): registers are written back, then the interpreter goes on at HART_PC. */
export interface RegionLabels {
  readonly leave: number;
  /** After loadSlow: its value, in `value`, is what its destination gets if the load has completed. */
  readonly leaveLoad: number;
}

export class RegionRow extends RegionOperands implements Emitter {
  private readonly ways: RegionLabels;
  /** Instructions of the block after this one: `remaining` does not count them any more. */
  private following = 0;
  /** What the last branch tests. */
  private condition: (() => void) | undefined;

  constructor(code: WasmCode, imports: RegionImports, ways: RegionLabels) {
    super(code, imports);
    this.ways = ways;
  }

  beginBlock(): void {
    this.forget();
    this.condition = undefined;
  }

  emit(instruction: RegionInstruction, following: number): void {
    this.begin(instruction);
    this.following = following;
    instruction.row.semantics(this);
  }

  /** Pushes what the block's branch tests, i32. */
  pushCondition(): void {
    assert(this.condition !== undefined, 'the block ends in a branch');
    this.condition();
  }

  // ---- control ----

  branch(condition: () => void): void {
    this.condition = condition;
  }

  private link(): void {
    this.rd(() => { this.pushAddress(this.present.offset + this.length); });
  }

  jumpAndLink(): void {
    this.link();
  }

  jumpAndLinkRegister(): void {
    const { code } = this;
    this.effectiveAddress();
    code.i64Const(-2).op(Op.i64And).set(regionLocals.target);
    this.link();
  }

  // ---- memory ----

  /** Pushes rs1 + imm. */
  private effectiveAddress(): void {
    this.rs1();
    if (this.present.decoded.imm === 0) return;
    this.imm();
    this.code.op(Op.i64Add);
  }

  private readonly pushBank = (): void => { this.code.get(regionLocals.bank); };

  /** Pushes the arguments of loadSlow and storeSlow, without the value. */
  private pushAccess(size: 1 | 2 | 4 | 8): void {
    const { hart, va, page, remaining } = regionLocals;
    const { destination, following, length, present: { offset } } = this;
    this.code.get(hart).get(va).get(page).get(remaining).i32Const(packAccess({
      offset, following, sizeLog2: sizeLog2(size), length, destination: destination === 0 ? HART_X_SINK : registerField(destination),
    }));
  }

  private pushRemaining(): void {
    const { code, following } = this;
    code.get(regionLocals.remaining);
    if (following !== 0) code.i32Const(following).op(Op.i32Add);
  }

  /** Loads with `operator`; `finish` makes of the i64 on the stack what the destination gets. */
  private loadValue(operator: number, size: 1 | 2 | 4 | 8, finish: () => void): void {
    const { code, imports } = this;
    const { hart, va, value } = regionLocals;
    this.effectiveAddress();
    code.set(va);
    lookupSucceeds(code, regionLocals, this.pushBank, READ_TABLE, size);
    code.hint(true).if(i64);
    pushHostAddress(code, regionLocals, READ_TABLE);
    code.memory(operator);
    finish();
    code.else();
    this.pushAccess(size);
    code.call(imports.support('loadSlow'));
    const widening = wideningOperators.get(operator);
    if (widening !== undefined) code.op(widening);
    finish();
    code.tee(value).get(hart).memory(Op.i32Load, HART_LEAVE).hint(false).brIfTo(this.ways.leaveLoad).end();
    this.setDestination();
  }

  load(operator: number, size: 1 | 2 | 4 | 8): void {
    this.loadValue(operator, size, () => undefined);
  }

  store(operator: number, size: 1 | 2 | 4 | 8): void {
    this.storeValue(operator, size, () => { this.rs2(); });
  }

  private storeValue(operator: number, size: 1 | 2 | 4 | 8, pushValue: () => void): void {
    const { code, imports } = this;
    const { va } = regionLocals;
    this.effectiveAddress();
    code.set(va);
    lookupFails(code, regionLocals, this.pushBank, WRITE_TABLE, size);
    code.hint(false).if();
    this.pushAccess(size);
    pushValue();
    code.call(imports.support('storeSlow')).hint(false).brIfTo(this.ways.leave).else();
    pushHostAddress(code, regionLocals, WRITE_TABLE);
    pushValue();
    code.memory(operator).end();
  }

  loadFloat(size: 4 | 8): void {
    this.loadValue(size === 4 ? Op.i64Load32U : Op.i64Load, size, () => {
      if (size === 4) this.code.i64Const(BOX).op(Op.i64Or);
    });
  }

  storeFloat(size: 4 | 8): void {
    this.storeValue(size === 4 ? Op.i64Store32 : Op.i64Store, size, () => { this.frs2(); });
  }

  // ---- calls ----

  call(routine: CoreRoutine, args: () => void): void {
    const { code } = this;
    const call = (): void => { code.call(this.imports.core(routine)); };
    args();
    const native = nativeOperations.get(routine);
    if (native?.kind === 'compare') emitCompare(code, native, call);
    else if (native === undefined || !this.tryNative(native, call)) call();
  }

  /** False: nothing was emitted, since rounding is never to nearest even here. */
  private tryNative(native: NativeArithmetic, call: () => void): boolean {
    const { code } = this;
    if (!this.canUseNative) return false;
    emitArithmetic(code, native, {
      pushMayUse: () => { this.pushMayUseNative(); },
      pushRounding: () => { this.roundingMode(); },
      call,
      afterCall: () => { this.loadInexact(); },
    });
    return true;
  }

  slowCall(routine: CoreRoutine, args: () => void): void {
    const { code, imports, destination } = this;
    const { hart, bank } = regionLocals;
    code.get(hart);
    this.pc();
    this.pushRemaining();
    code.i32Const(this.length).call(imports.support('begin'));
    args();
    code.call(imports.core(routine));
    if (this.takeRdWritten()) code.get(hart).memory(Op.i64Load, registerField(destination)).set(this.registers.of(destination));
    code.get(hart);
    this.pushAddress(this.present.offset + this.length);
    this.pushRemaining();
    code.call(imports.support('finish')).hint(false).brIfTo(this.ways.leave);
    if (routine !== 'csr') return;
    code.get(hart).memory(Op.i32Load, HART_DATA_BANK).set(bank);
    this.forget();
  }
}
