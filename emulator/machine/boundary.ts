/**
 * The boundary at a position (see Machine): inputs arrive, a wait ends, devices catch up, an interrupt is taken. Keeps the
 * state before it, while the machine stands behind it without having executed anything, or shows edits.
 */
import { HART_EXTERNAL_SEIP, HART_MIE, HART_MIP, HART_WAITING } from '../core/layout.ts';
import { applyEdits } from './apply-edits.ts';
import type { ArmedConditions } from './armed-conditions.ts';
import type { Board } from './board.ts';
import type { EnginePort } from './engine-port.ts';
import type { VirtualMachineMemory } from './guest-memory.ts';
import type { HartView } from './hart-view.ts';
import type { EditEvent, InputDoor, InputEvent, MachineEdit, Position } from './input.ts';
import type { MachineState } from './machine-state.ts';

const SEIP = 1 << 9;

/** What crossing came to. It leads elsewhere if an interrupt is taken, a wait ends or an edit moves pc. */
export type Crossing = { readonly kind: 'crossed'; readonly leadsElsewhere: boolean; readonly isInterrupted: boolean } | { readonly kind: 'idle'; readonly untilTimerNs: number };

export interface BoundaryParts {
  readonly engine: EnginePort;
  readonly vm: number;
  readonly hart: HartView;
  readonly memory: VirtualMachineMemory;
  readonly board: Board;
  readonly armed: ArmedConditions;
  /** The present state, without a tree. */
  readonly capture: () => MachineState;
}

export class Boundary {
  readonly #parts: BoundaryParts;
  #before: MachineState | undefined;

  constructor(parts: BoundaryParts) {
    this.#parts = parts;
  }

  /** The state before, if it is kept. It has a tree of its own if something reached into memory. */
  get before(): MachineState | undefined {
    return this.#before;
  }

  /** Keeps the present state as the one before. */
  keep(): MachineState {
    return (this.#before ??= this.#parts.capture());
  }

  forget(): void {
    const root = this.#before?.root ?? 0;
    this.#before = undefined;
    if (root !== 0) this.#parts.engine.core.treeRelease(root);
  }

  cross(at: Position, door: InputDoor): Crossing {
    const { hart, armed, engine: { core } } = this.#parts;
    const taken = door.take(at);
    const isBehind = (event: InputEvent): event is EditEvent => event.kind === 'edit' && event.isBehind;
    const events = taken.filter((event) => !isBehind(event));
    const waiting = hart.i32(HART_WAITING) !== 0;
    // A copy of the state costs microseconds, and only a stop condition can make the machine stand here.
    if (armed.watchesBoundaries && (events.length > 0 || waiting || this.#isDue() || core.interruptDeliverable(hart.address) !== 0)) this.keep();
    const { pc } = hart;
    this.#applyEvents(events);
    const isMoved = hart.pc !== pc;
    if (waiting) {
      const idle = this.#wake(at, events.length > 0, door);
      if (idle !== undefined) return idle;
    }
    this.#updateDevices();
    const isInterrupted = core.interruptTake(hart.address) !== 0;
    for (const event of taken) if (isBehind(event)) this.apply(event.edits);
    return { kind: 'crossed', leadsElsewhere: isInterrupted || waiting || isMoved, isInterrupted };
  }

  apply(edits: readonly MachineEdit[]): void {
    const { memory, hart } = this.#parts;
    if (edits.some(({ kind }) => kind === 'memory')) this.#keepMemory();
    memory.reachable = true;
    try {
      applyEdits(edits, hart, memory);
    } finally {
      memory.reachable = false;
    }
  }

  #applyEvents(events: readonly InputEvent[]): void {
    for (const event of events) {
      if (event.kind === 'edit') this.apply(event.edits);
      else this.#parts.board.apply(event);
    }
  }

  /** Something reaches into memory: the state before, if it is kept, needs a tree of its own. */
  #keepMemory(): void {
    const { engine, vm, hart } = this.#parts;
    if (this.#before === undefined || this.#before.root !== 0) return;
    this.#before = this.#before.withRoot(engine.core.treeCheckpoint(vm, hart.address));
  }

  #updateDevices(): void {
    const { board, memory } = this.#parts;
    if (board.movesMemory) this.#keepMemory();
    memory.reachable = true;
    try {
      board.update();
    } finally {
      memory.reachable = false;
    }
  }

  /** wfi: ends the wait, or says how long it lasts. */
  #wake(at: Position, hasEvents: boolean, door: InputDoor): Crossing | undefined {
    const { board, hart } = this.#parts;
    if (!hasEvents && !this.#interruptWaits()) {
      const untilTimerNs = board.untilWakeNs();
      if (untilTimerNs > 0) {
        const ns = door.idle(at, untilTimerNs);
        if (ns === undefined) {
          this.forget();
          return { kind: 'idle', untilTimerNs };
        }
        board.addIdle(ns);
      }
    }
    hart.setI32(HART_WAITING, 0);
    return undefined;
  }

  /** An interrupt is pending and enabled, whether it can be taken or not. */
  #interruptWaits(): boolean {
    const { hart } = this.#parts;
    const external = hart.i32(HART_EXTERNAL_SEIP) !== 0 ? SEIP : 0;
    return ((hart.i32(HART_MIP) | external) & hart.i32(HART_MIE)) !== 0;
  }

  #isDue(): boolean {
    const { board } = this.#parts;
    return board.nextDeadlineNs() <= board.nowNs();
  }
}
