/** What one debug session holds: the machine with its timeline, its symbols, breakpoints, and what is under way. */
import type { Session } from '../emulator/index.ts';
import { Breakpoints } from './breakpoints.ts';
import { ConsoleOutput } from './console-output.ts';
import { errors } from './errors.ts';
import { Motion } from './motion.ts';
import type { TimelineBody } from './protocol.ts';
import { StopView } from './stop-view.ts';
import { SymbolSet } from './symbol-set.ts';

export type EmitEvent = (event: string, body?: unknown) => void;

/** A machine that was launched. */
export interface Loaded {
  readonly session: Session;
  readonly symbols: SymbolSet;
}

const EVENTS_IN_TIMELINE = 2000;
const PAGE_SIZE_BYTES = 4096;

export class Debuggee {
  readonly emit: EmitEvent;
  readonly breakpoints = new Breakpoints();
  readonly motion: Motion;
  /** What the client can do, from `initialize`. */
  client = { linesStartAt1: true, columnsStartAt1: true, progress: false };
  stopOnEntry = false;
  private loadedMachine: Loaded | undefined;
  private view: StopView | undefined;

  constructor(emit: EmitEvent) {
    this.emit = emit;
    this.motion = new Motion(this);
  }

  get isLoaded(): boolean {
    return this.loadedMachine !== undefined;
  }

  get loaded(): Loaded {
    if (this.loadedMachine === undefined) throw errors.notLaunched();
    return this.loadedMachine;
  }

  /** The machine, standing still: for requests that look at its state. */
  get stopped(): StopView {
    const loaded = this.loaded;
    if (this.motion.running) throw errors.running();
    this.view ??= new StopView(loaded);
    return this.view;
  }

  /** Frames and variables of the last stop are void: time has moved. */
  forgetView(): void {
    this.view = undefined;
  }

  attach(loaded: Loaded): void {
    if (this.loadedMachine !== undefined) throw errors.alreadyLaunched();
    this.loadedMachine = loaded;
    const output = new ConsoleOutput(this.emit);
    loaded.session.onConsoleOutput((bytes, position) => {
      output.add(bytes, position);
    });
    loaded.session.onChange(() => {
      this.emit('chronovisor/changed', this.timeline());
    });
  }

  timeline(): TimelineBody {
    const info = this.loaded.session.timeline(EVENTS_IN_TIMELINE);
    const { position, end, live, finished, checkpoints, events } = info;
    return { position, end, live, finished, running: this.motion.running, checkpoints, events, memoryBytes: info.framesUsed * PAGE_SIZE_BYTES };
  }

  async close(): Promise<void> {
    await this.motion.halt();
    this.loadedMachine?.session.close();
    this.loadedMachine = undefined;
    this.view = undefined;
  }
}
