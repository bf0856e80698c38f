/**
 * One machine: a hart, its memory, its board; runs to a position or a stop condition.
 *
 * A position p names the state after exactly p instructions, before the inputs, timers and interrupts of execution point
 * p are looked at. They are looked at, in `#crossBoundary`, at the start of the next execution, which always goes on to
 * execute an instruction.
 *
 * A breakpoint is met at p if the state at p has its pc: before the boundary there, so what arrives at p later (a key that is
 * typed while the machine stands there) does not change that. What the boundary leads to cannot be known before: the first
 * instruction of an interrupt handler, or the one after a wfi that ends. A breakpoint there is met at p "entered": the
 * machine stands behind the boundary, and keeps the state before it for whoever asks for the state at p (checkpoints and
 * digests). At one position both can be met, in this order.
 */
import { assert, AssertionError } from '../assert.ts';
import { loadImages } from '../boot/load-images.ts';
import {
  ACCESS_FETCH, HART_BASE, HART_CATCH_MASK, HART_CAUGHT_CAUSE, HART_EXTERNAL_SEIP, HART_IDLE_NS, HART_MEPC, HART_MIE, HART_MIP, HART_MTVAL, HART_PRIVILEGE,
  HART_SEPC, HART_STVAL, HART_WAITING, HART_WATCH_COUNT, HART_WATCH_HIT, HART_WATCH_LIST, PAGE_SIZE, POOL_USED, PRIVILEGE_M, REASON_BREAKPOINT,
  REASON_BUDGET, REASON_EVENT, REASON_OUT_OF_FRAMES, REASON_TRAP, REASON_WATCH, VM_BASE, WATCH_COUNT_MAX,
} from '../core/layout.ts';
import { UserError } from '../user-error.ts';
import { Board, type DiskBlocks } from './board.ts';
import { stateDigest, type StateDigest } from './digest.ts';
import type { EnginePort } from './engine-port.ts';
import { VirtualMachineMemory } from './guest-memory.ts';
import { HartView } from './hart-view.ts';
import type { InputDoor, Position } from './input.ts';
import { MachineState } from './machine-state.ts';
import type { AccessKind, Ending, MachineConfiguration, RunStop, StopConditions, Watch } from './machine-types.ts';
import { powerOn } from './power-on.ts';

/** WebAssembly has no on-stack replacement: a hot loop stays in the slow tier until the interpreter is entered anew. */
const SLICE_INSTRUCTIONS = 1_000_000;
/** A run ends early after its devices moved so much of memory, so that whoever paces runs by their length can breathe. */
const MOVED_BYTES_MAX = 32 * 1024 * 1024;
const SEIP = 1 << 9;
const MASK_32 = 0xffff_ffffn;

export const NO_CONDITIONS: StopConditions = { breakpoints: new Set(), watches: [], caughtCauses: new Set() };

const KINDS: Readonly<Record<AccessKind, number>> = { read: 1, write: 2, access: 3 };
const UNTIL: RunStop = { reason: 'until' };

/** What crossing the boundary at the present position came to. It leads elsewhere if an interrupt is taken or a wait ends. */
type Crossing = { readonly kind: 'crossed'; readonly leadsElsewhere: boolean } | { readonly kind: 'idle'; readonly untilTimerNs: number };

/**
 * A byte that the guest sent to the console, the position of the first state that has sent it, and how many it sent before.
 * After a step backward it sends the same ones again.
 */
export type ConsoleListener = (byte: number, position: Position, index: number) => void;

export class Machine {
  readonly memorySizeBytes: number;
  readonly hart: HartView;
  readonly vm = VM_BASE;
  /** The console's output, in the order in which the guest sends it; also while it sends again what it sent before. */
  onConsole: ConsoleListener | undefined;
  /** A run ends early, as after much work of devices, after so many accesses to them: each takes as long as hundreds of instructions. */
  accessesMax = Infinity;
  /** Called when the frame pool is full: frees frames, or returns false. */
  onOutOfFrames: (() => boolean) | undefined;

  readonly #engine: EnginePort;
  readonly #board: Board;
  readonly #memory: VirtualMachineMemory;
  #sentBytes = 0;
  #conditions = NO_CONDITIONS;
  /**
   * The state at the present position, when the boundary there was crossed and nothing was executed yet. It has a tree of its
   * own if a device reached into memory at the boundary.
   */
  #before: MachineState | undefined;
  #entered = false;

  /** The images go into guest memory, and are not kept: they are as large as all else together. */
  constructor(engine: EnginePort, configuration: MachineConfiguration) {
    this.memorySizeBytes = configuration.memorySizeBytes;
    this.#engine = engine;
    const loaded = loadImages(configuration);
    this.hart = new HartView(engine.memory, HART_BASE);
    const { core } = engine;
    if (core.vmInitialize(this.vm, configuration.memorySizeBytes / PAGE_SIZE) === 0) throw outOfFrames();
    core.hartReset(HART_BASE, this.vm, 0);
    this.#memory = new VirtualMachineMemory(core, this.hart, this.vm, configuration.memorySizeBytes);
    this.#memory.onOutOfFrames = () => { this.#freeFrames(); };
    this.#board = new Board({
      core, hart: this.hart, memory: this.#memory, virtio: configuration.devices,
      onConsole: (byte, position) => this.onConsole?.(byte, position, this.#sentBytes++),
    });
    engine.connect(HART_BASE, this.#board);
    if (!powerOn(engine, this.vm, this.hart, loaded)) throw outOfFrames();
    core.hartRefresh(HART_BASE);
    engine.setBreakpoints(NO_CONDITIONS.breakpoints);
  }

  get engine(): EnginePort {
    return this.#engine;
  }

  get icount(): Position {
    return this.hart.icount;
  }

  /** Set once the guest has ended the run: nothing executes any more. */
  get ending(): Ending | undefined {
    return this.#board.ending;
  }

  /** Console bytes that the guest's console has room for. */
  get consoleRoom(): number {
    return this.#board.consoleRoom;
  }

  /** The guest can be told the size of the user's terminal. */
  get tellsTerminalSize(): boolean {
    return this.#board.tellsTerminalSize;
  }

  /** Random bytes that the guest waits for. */
  get entropyWanted(): number {
    return this.#board.entropyWanted;
  }

  /** What disks keep of what was written to them, beside the frame pool. */
  get diskBlocks(): DiskBlocks {
    return this.#board.diskBlocks;
  }

  /** The boundary at the present position is behind, though nothing was executed: see above. */
  get entered(): boolean {
    return this.#entered;
  }

  /** Frames in use, of guest memory and checkpoints. */
  get framesUsed(): number {
    return this.hart.memory.getUint32(POOL_USED, true);
  }

  /**
   * Runs to `until` or a stop condition. `skipFirst`: a breakpoint that is met where the machine stands does not stop; one
   * that is met there behind the boundary does. A run ends before `until`, but with that reason, after much work of devices.
   */
  run(until: Position, conditions: StopConditions, door: InputDoor, skipFirst = true): RunStop {
    this.#arm(conditions);
    let skip = skipFirst;
    const movedBytesEnd = this.#memory.movedBytes + MOVED_BYTES_MAX;
    const accessesEnd = this.#board.limitAccesses(this.accessesMax);
    for (;;) {
      const at = this.icount;
      if (at >= until || this.#memory.movedBytes > movedBytesEnd || this.#board.accesses >= accessesEnd) return UNTIL;
      const { ending } = this;
      if (ending !== undefined) return ending === 'reset' ? { reason: 'reset' } : { reason: 'power-off', exitCode: ending };
      if (!this.#entered) {
        if (!skip && this.meets(conditions.breakpoints)) return { reason: 'breakpoint', pc: this.hart.pc };
        const crossing = this.#crossBoundary(at, door);
        if (crossing.kind === 'idle') return { reason: 'idle', untilTimerNs: crossing.untilTimerNs };
        skip = !crossing.leadsElsewhere;
      }
      const reason = this.#execute(at, this.#limit(at, until, door), skip);
      skip = false;
      const stop = this.#stopFor(reason);
      if (stop !== undefined) return stop;
    }
  }

  /**
   * A breakpoint of `breakpoints` is met by the state at the present position. One whose instruction cannot be fetched is
   * not: it traps instead.
   */
  meets(breakpoints: ReadonlySet<bigint>): boolean {
    const { hart } = this;
    if (breakpoints.size === 0 || this.#entered || this.ending !== undefined || hart.i32(HART_WAITING) !== 0) return false;
    const { pc } = hart;
    if (!breakpoints.has(pc)) return false;
    return this.#engine.core.debugTranslate(hart.address, Number(pc & MASK_32), Number(pc >> 32n), ACCESS_FETCH) !== 0;
  }

  /**
   * Crosses the boundary at the present position if that leads elsewhere, so that the machine stands at the instruction
   * that executes next. Otherwise nothing changes.
   */
  enter(door: InputDoor & { rewind(position: Position): void }): void {
    if (this.#entered || this.ending !== undefined) return;
    const at = this.icount;
    const before = this.#capture();
    this.#before = before;
    const crossing = this.#crossBoundary(at, door);
    if (crossing.kind === 'crossed' && crossing.leadsElsewhere) {
      this.#entered = true;
      return;
    }
    if (this.#rootBefore !== 0) this.#engine.core.treeRestore(this.vm, this.hart.address, this.#rootBefore);
    this.#putBack(before);
    door.rewind(at);
  }

  /** What a checkpoint holds. Its tree must be given back with `releaseState`. */
  saveState(): MachineState {
    const { core } = this.#engine;
    const state = this.#before ?? this.#capture();
    if (state.root === 0) return state.withRoot(core.treeCheckpoint(this.vm, this.hart.address));
    core.frameRetain(state.root);
    return state;
  }

  restoreState(state: MachineState): void {
    this.#engine.core.treeRestore(this.vm, this.hart.address, state.root);
    this.#putBack(state);
  }

  releaseState(state: MachineState): void {
    this.#engine.core.treeRelease(state.root);
  }

  /** Digest of the whole state at the present position. */
  digest(): StateDigest {
    const { core } = this.#engine;
    const before = this.#before;
    if (before === undefined) return stateDigest(core, this.vm, this.hart, this.#board.save());
    const entered = this.hart.saved();
    const enteredRoot = before.root === 0 ? 0 : core.treeCheckpoint(this.vm, this.hart.address);
    if (enteredRoot !== 0) core.treeRestore(this.vm, this.hart.address, before.root);
    this.hart.restore(before.hart);
    const digest = stateDigest(core, this.vm, this.hart, before.devices);
    this.hart.restore(entered);
    if (enteredRoot !== 0) {
      core.treeRestore(this.vm, this.hart.address, enteredRoot);
      core.treeRelease(enteredRoot);
    }
    return digest;
  }

  /** Frees the machine's memory. */
  close(): void {
    this.#forgetBefore();
    this.#engine.core.vmRelease(this.vm);
  }

  /** Guest pages written since the last checkpoint. */
  get dirtyPages(): number {
    return this.#engine.core.dirtyPageCount(this.vm);
  }

  /** Of those, the ones that `state`, an earlier one, has too: checkpoints make them be copied. */
  copiedPages(state: MachineState): number {
    return this.#engine.core.copiedPageCount(this.vm, state.root);
  }

  // ---- the boundary ------------------------------------------------------------------------------------------------

  #crossBoundary(at: Position, door: InputDoor): Crossing {
    const { hart } = this;
    const { core } = this.#engine;
    const events = door.take(at);
    const waiting = hart.i32(HART_WAITING) !== 0;
    // A copy of the state costs microseconds, and only a breakpoint can make the machine stand here.
    if (this.#conditions.breakpoints.size > 0 && (events.length > 0 || waiting || this.#isDue() || core.interruptDeliverable(hart.address) !== 0)) {
      this.#before ??= this.#capture();
    }
    for (const event of events) this.#board.apply(event);
    if (waiting) {
      const idle = this.#wake(at, events.length > 0, door);
      if (idle !== undefined) return idle;
    }
    this.#updateDevices();
    const interrupted = core.interruptTake(hart.address) !== 0;
    return { kind: 'crossed', leadsElsewhere: interrupted || waiting };
  }

  #updateDevices(): void {
    if (this.#before !== undefined && this.#board.movesMemory) {
      this.#before = this.#before.withRoot(this.#engine.core.treeCheckpoint(this.vm, this.hart.address));
    }
    this.#memory.reachable = true;
    try {
      this.#board.update();
    } finally {
      this.#memory.reachable = false;
    }
  }

  /** wfi: ends the wait, or says how long it lasts. */
  #wake(at: Position, hasEvents: boolean, door: InputDoor): Crossing | undefined {
    const { hart } = this;
    if (!hasEvents && !this.#interruptWaits()) {
      const untilTimerNs = this.#board.untilWakeNs();
      if (untilTimerNs > 0) {
        const ns = door.idle(at, untilTimerNs);
        if (ns === undefined) {
          this.#forgetBefore();
          return { kind: 'idle', untilTimerNs };
        }
        this.#board.addIdle(ns);
      }
    }
    hart.setI32(HART_WAITING, 0);
    return undefined;
  }

  /** An interrupt is pending and enabled, whether it can be taken or not. */
  #interruptWaits(): boolean {
    const external = this.hart.i32(HART_EXTERNAL_SEIP) !== 0 ? SEIP : 0;
    return ((this.hart.i32(HART_MIP) | external) & this.hart.i32(HART_MIE)) !== 0;
  }

  #isDue(): boolean {
    return this.#board.nextDeadlineNs() <= this.#board.nowNs();
  }

  // ---- execution ---------------------------------------------------------------------------------------------------

  /** Where the next slice must end; always past `at`. */
  #limit(at: Position, until: Position, door: InputDoor): Position {
    const deadline = this.#board.nextDeadlineNs() - this.hart.count(HART_IDLE_NS);
    return Math.max(at + 1, Math.min(until, deadline, door.nextPoint(), at + SLICE_INSTRUCTIONS));
  }

  /** Executes up to `limit`; a full frame pool is emptied and tried again. */
  #execute(from: Position, limit: Position, skip: boolean): number {
    for (;;) {
      const at = this.icount;
      this.#board.running = true;
      let reason: number;
      try {
        reason = this.#engine.run(this.hart.address, limit - at, skip && at === from);
      } finally {
        this.#board.running = false;
      }
      const moved = this.icount > from;
      if (moved) this.#forgetBefore();
      // A boundary at which nothing happened can be crossed again.
      this.#entered = !moved && (this.#before !== undefined || reason === REASON_OUT_OF_FRAMES);
      if (reason !== REASON_OUT_OF_FRAMES) {
        assert(moved || reason === REASON_BREAKPOINT, `nothing was executed at ${from}, reason ${reason}`);
        return reason;
      }
      this.#freeFrames();
    }
  }

  #freeFrames(): void {
    if (this.onOutOfFrames?.() !== true) throw outOfFrames();
  }

  #stopFor(reason: number): RunStop | undefined {
    const { hart } = this;
    switch (reason) {
      case REASON_BUDGET:
      case REASON_EVENT:
        return undefined;
      case REASON_BREAKPOINT:
        return { reason: 'breakpoint', pc: hart.pc };
      case REASON_WATCH: {
        const access = hart.i32(HART_WATCH_HIT + 8);
        return { reason: 'watch', address: hart.u64(HART_WATCH_HIT), sizeBytes: access & 0xff, kind: access >> 8 === 1 ? 'read' : 'write' };
      }
      case REASON_TRAP: {
        const machineLevel = hart.i32(HART_PRIVILEGE) === PRIVILEGE_M;
        const cause = hart.count(HART_CAUGHT_CAUSE);
        return { reason: 'trap', cause, pc: hart.u64(machineLevel ? HART_MEPC : HART_SEPC), value: hart.u64(machineLevel ? HART_MTVAL : HART_STVAL) };
      }
      default:
        throw new AssertionError(`the engine left with the unknown reason ${reason}`);
    }
  }

  // ---- stop conditions ---------------------------------------------------------------------------------------------

  #arm(conditions: StopConditions): void {
    if (conditions === this.#conditions) return;
    if (conditions.breakpoints !== this.#conditions.breakpoints) this.#engine.setBreakpoints(conditions.breakpoints);
    if (conditions.watches !== this.#conditions.watches) this.#setWatches(conditions.watches);
    const mask = [...conditions.caughtCauses].reduce((bits, cause) => bits | (1n << BigInt(cause)), 0n);
    this.hart.setU64(HART_CATCH_MASK, mask);
    this.#conditions = conditions;
  }

  #setWatches(watches: readonly Watch[]): void {
    if (watches.length > WATCH_COUNT_MAX) {
      throw new UserError(`${watches.length} data breakpoints are set, the machine watches at most ${WATCH_COUNT_MAX} at once: remove some`);
    }
    const { hart } = this;
    watches.forEach((watch, index) => {
      assert(watch.sizeBytes > 0, 'a watched range is empty');
      const entry = HART_WATCH_LIST + 24 * index;
      const first = BigInt.asUintN(64, watch.address);
      const last = first + BigInt(watch.sizeBytes) - 1n;
      hart.setU64(entry, first);
      hart.setU64(entry + 8, last > 0xffff_ffff_ffff_ffffn ? 0xffff_ffff_ffff_ffffn : last);
      hart.setI32(entry + 16, KINDS[watch.kind]);
    });
    hart.setI32(HART_WATCH_COUNT, watches.length);
    this.#engine.core.watchRefresh(hart.address);
  }

  // ---- state -------------------------------------------------------------------------------------------------------

  #capture(): MachineState {
    return new MachineState(this.icount, 0, this.hart.saved(), this.#board.save(), this.#sentBytes);
  }

  #putBack(state: MachineState): void {
    this.hart.restore(state.hart);
    this.#board.restore(state.devices);
    this.#sentBytes = state.sentBytes;
    this.#engine.core.hartRefresh(this.hart.address);
    this.#entered = false;
    this.#forgetBefore();
  }

  /** The tree that only the state before the boundary has; 0 if its memory is what it was. */
  get #rootBefore(): number {
    return this.#before?.root ?? 0;
  }

  #forgetBefore(): void {
    const root = this.#rootBefore;
    this.#before = undefined;
    if (root !== 0) this.#engine.core.treeRelease(root);
  }
}

function outOfFrames(): UserError {
  return new UserError('The frame pool is full: no host memory is left for guest pages and checkpoints; give the guest less memory');
}
