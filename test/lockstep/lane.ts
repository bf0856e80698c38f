/** One of the two machines that run in step. */
import { createEngine, type Engine, type EngineOptions } from '../../emulator/engine/engine.ts';
import type { InputEvent } from '../../emulator/machine/input.ts';
import type { MachineState } from '../../emulator/machine/machine-state.ts';
import { Machine, NO_CONDITIONS } from '../../emulator/machine/machine.ts';
import type { MachineConfiguration, Position, RunStop } from '../../emulator/machine/machine-types.ts';
import { Replayer } from '../../emulator/record/replayer.ts';

/** What both lanes are given: the same guest, the same inputs. */
export interface Course {
  readonly configuration: MachineConfiguration;
  readonly events: readonly InputEvent[];
  /** Where the inputs end; Infinity: all other waiting is skipped up to the next timer. */
  readonly end: Position;
}

/** Changes the state of a machine when it passes a position: a difference that must be found. */
export interface Tampering {
  readonly at: Position;
  readonly change: (machine: Machine) => void;
}

export interface LaneOptions extends EngineOptions {
  readonly tampering?: Tampering;
}

class CourseDoor extends Replayer {
  override idle(at: Position, untilTimerNs: number): number | undefined {
    return untilTimerNs === Infinity ? undefined : super.idle(at, untilTimerNs);
  }
}

export class Lane {
  readonly engine: Engine;
  readonly machine: Machine;
  readonly #door: CourseDoor;
  readonly #tampering: Tampering | undefined;

  constructor(course: Course, options: LaneOptions) {
    this.engine = createEngine(options);
    this.machine = new Machine(this.engine, course.configuration);
    this.#door = new CourseDoor(course.events, course.end);
    this.#door.rewind(0);
    this.#tampering = options.tampering;
  }

  get position(): Position {
    return this.machine.icount;
  }

  /** Registers, CSRs and architectural TLB, as bytes. */
  get registers(): Uint8Array {
    return this.machine.hart.saved();
  }

  /** Runs to `until`, or as far as the guest goes. */
  run(until: Position): RunStop {
    const { machine } = this;
    const tampering = this.#tampering;
    if (tampering !== undefined && machine.icount < tampering.at && tampering.at <= until) {
      const stop = this.#run(tampering.at);
      if (stop.reason !== 'until') return stop;
      tampering.change(machine);
    }
    return this.#run(until);
  }

  restore(state: MachineState): void {
    this.machine.restoreState(state);
    this.#door.rewind(state.position);
  }

  /** Stands at the instruction that executes next: behind an interrupt, if one is taken here. */
  enter(): void {
    this.machine.enter(this.#door);
  }

  close(): void {
    this.machine.close();
  }

  #run(until: Position): RunStop {
    const { machine } = this;
    while (machine.icount < until) {
      const stop = machine.run(until, NO_CONDITIONS, this.#door);
      if (stop.reason !== 'until') return stop;
    }
    return { reason: 'until' };
  }
}
