/**
 * One machine: a hart, its memory, its board; runs to a position or a stop condition.
 *
 * A position p names the state after exactly p instructions, before the inputs, timers and interrupts of execution point
 * p are looked at. They are looked at, in `Boundary`, at the start of the next execution, which always goes on to
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
  HART_BASE, HART_IDLE_NS, PAGE_SIZE, POOL_USED, REASON_BREAKPOINT, REASON_BUDGET, REASON_EVENT,
  REASON_OUT_OF_FRAMES, REASON_TRAP, REASON_WATCH, VM_BASE,
} from '../core/layout.ts';
import { UserError } from '../user-error.ts';
import { ArmedConditions, NO_CONDITIONS } from './armed-conditions.ts';
import { Board, type DiskBlocks } from './board.ts';
import { Boundary } from './boundary.ts';
import { stateDigest, type StateDigest } from './digest.ts';
import type { EnginePort } from './engine-port.ts';
import { VirtualMachineMemory } from './guest-memory.ts';
import { HartView } from './hart-view.ts';
import type { InputDoor, MachineEdit, Position } from './input.ts';
import { MachineState } from './machine-state.ts';
import type { Ending, MachineConfiguration, RunStop, StopConditions } from './machine-types.ts';
import { powerOn } from './power-on.ts';

/** WebAssembly has no on-stack replacement: a hot loop stays in the slow tier until the interpreter is entered anew. */
const SLICE_INSTRUCTIONS = 1_000_000;
/** A run ends early after its devices moved so much of memory, so that whoever paces runs by their length can breathe. */
const MOVED_BYTES_MAX = 32 * 1024 * 1024;
const UNTIL: RunStop = { reason: 'until' };

/**
 * A byte that the guest sent to the console, the position of the first state that has sent it, and how many it sent before.
 * After a step backward it sends the same ones again.
 */
export type ConsoleListener = (byte: number, position: Position, index: number) => void;

/** A door whose next events can be taken again. */
type RewindingDoor = InputDoor & { rewind(position: Position): void };

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
  readonly #armed: ArmedConditions;
  readonly #boundary: Boundary;
  #sentBytes = 0;
  #entered = false;
  #showsEdits = false;

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
    this.#armed = new ArmedConditions(engine, this.hart);
    this.#boundary = new Boundary({ engine, vm: this.vm, hart: this.hart, memory: this.#memory, board: this.#board, armed: this.#armed, capture: () => this.#capture() });
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
   * that is met there behind the boundary does. A run ends before `until`, but with that reason, after much work of devices,
   * and after many questions to `conditions.accept`; whatever it has met was asked once, and what is met where it ends was not.
   */
  run(until: Position, conditions: StopConditions, door: InputDoor, skipFirst = true): RunStop {
    assert(!this.#showsEdits, 'edits that are only shown are in force');
    this.#armed.arm(conditions);
    const stop = this.#runArmed(until, door, skipFirst);
    this.#armed.throwFailure();
    return stop;
  }

  #runArmed(until: Position, door: InputDoor, skipFirst: boolean): RunStop {
    const armed = this.#armed;
    let skip = skipFirst;
    const movedBytesEnd = this.#memory.movedBytes + MOVED_BYTES_MAX;
    const accessesEnd = this.#board.limitAccesses(this.accessesMax);
    for (;;) {
      const at = this.icount;
      if (at >= until || this.#memory.movedBytes > movedBytesEnd || this.#board.accesses >= accessesEnd || armed.isSpent) return UNTIL;
      const { ending } = this;
      if (ending !== undefined) return ending === 'reset' ? { reason: 'reset' } : { reason: 'power-off', exitCode: ending };
      if (!this.#entered) {
        if (!skip && armed.meetsBreakpoint()) return { reason: 'breakpoint', pc: this.hart.pc };
        const crossing = this.#boundary.cross(at, door);
        if (crossing.kind === 'idle') return { reason: 'idle', untilTimerNs: crossing.untilTimerNs };
        const interrupt = crossing.isInterrupted ? armed.stopAtInterrupt() : undefined;
        if (interrupt !== undefined) {
          assert(this.#boundary.before !== undefined, 'the state before an interrupt is kept');
          this.#entered = true;
          return interrupt;
        }
        skip = !crossing.leadsElsewhere;
      }
      const reason = this.#execute(at, this.#limit(at, until, door), skip);
      skip = false;
      const stop = this.#stopFor(reason);
      if (stop !== undefined) return stop;
    }
  }

  /**
   * A breakpoint of `conditions` is met and accepted where the machine stands, in front of the boundary or behind it. One whose
   * instruction cannot be fetched is not: it traps instead.
   */
  meets(conditions: StopConditions): boolean {
    if (this.ending !== undefined) return false;
    this.#armed.arm(conditions);
    const isMet = this.#armed.meetsBreakpoint();
    this.#armed.throwFailure();
    return isMet;
  }

  /**
   * Crosses the boundary at the present position if that leads elsewhere, so that the machine stands at the instruction
   * that executes next. Otherwise nothing changes.
   */
  enter(door: RewindingDoor): void {
    assert(!this.#showsEdits, 'edits that are only shown are in force');
    if (this.#entered || this.ending !== undefined) return;
    const at = this.icount;
    const before = this.#boundary.keep();
    const crossing = this.#boundary.cross(at, door);
    if (crossing.kind === 'crossed' && crossing.leadsElsewhere) {
      this.#entered = true;
      return;
    }
    this.#backTo(this.#boundary.before ?? before);
    door.rewind(at);
  }

  /** Where the machine stands entered: changes its state, as an event behind the boundary says. If that fails it stands in front of it. */
  edit(edits: readonly MachineEdit[], door: RewindingDoor): void {
    const { before } = this.#boundary;
    assert(this.#entered && before !== undefined, 'the boundary was crossed');
    try {
      this.#boundary.apply(edits);
    } catch (error) {
      this.#backTo(this.#boundary.before ?? before);
      door.rewind(this.icount);
      throw error;
    }
  }

  /**
   * Shows what edits that the boundary at the present position will bring make of the state. That position's own state
   * (checkpoints, digests) is still the one before.
   */
  showEdits(edits: readonly MachineEdit[]): void {
    assert(!this.#entered, 'the boundary is ahead');
    this.#boundary.keep();
    this.#showsEdits = true;
    this.#boundary.apply(edits);
  }

  hideEdits(): void {
    const { before } = this.#boundary;
    if (this.#showsEdits && before !== undefined) this.#backTo(before);
  }

  /** What a checkpoint holds. Its tree must be given back with `releaseState`. */
  saveState(): MachineState {
    const { core } = this.#engine;
    const state = this.#boundary.before ?? this.#capture();
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
    const { before } = this.#boundary;
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
    this.#boundary.forget();
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

  // ---- execution ---------------------------------------------------------------------------------------------------

  /** Where the next slice must end; always past `at`. */
  #limit(at: Position, until: Position, door: InputDoor): Position {
    const deadline = this.#board.nextDeadlineNs() - this.hart.count(HART_IDLE_NS);
    return Math.max(at + 1, Math.min(until, deadline, door.nextPoint(), at + SLICE_INSTRUCTIONS));
  }

  /** Executes up to `limit`; a full frame pool is emptied and tried again. */
  #execute(from: Position, limit: Position, skip: boolean): number {
    this.#armed.beginExecution(from);
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
      if (moved) this.#boundary.forget();
      // A boundary at which nothing happened can be crossed again.
      this.#entered = !moved && (this.#boundary.before !== undefined || reason === REASON_OUT_OF_FRAMES);
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
    switch (reason) {
      case REASON_BUDGET:
      case REASON_EVENT:
        return undefined;
      case REASON_BREAKPOINT:
        return this.#armed.stopAtBreakpoint();
      case REASON_WATCH:
        return this.#armed.stopAfterAccess();
      case REASON_TRAP:
        return this.#armed.stopAfterTrap();
      default:
        throw new AssertionError(`the engine left with the unknown reason ${reason}`);
    }
  }

  // ---- state -------------------------------------------------------------------------------------------------------

  #capture(): MachineState {
    return new MachineState(this.icount, 0, this.hart.saved(), this.#board.save(), this.#sentBytes);
  }

  /** To the state that was kept when the boundary was crossed. */
  #backTo(before: MachineState): void {
    if (before.root !== 0) this.#engine.core.treeRestore(this.vm, this.hart.address, before.root);
    this.#putBack(before);
  }

  #putBack(state: MachineState): void {
    this.hart.restore(state.hart);
    this.#board.restore(state.devices);
    this.#sentBytes = state.sentBytes;
    this.#engine.core.hartRefresh(this.hart.address);
    this.#entered = false;
    this.#showsEdits = false;
    this.#boundary.forget();
  }
}

export { NO_CONDITIONS };

function outOfFrames(): UserError {
  return new UserError('The frame pool is full: no host memory is left for guest pages and checkpoints; give the guest less memory');
}
