/** What one debug session holds: the machine with its timeline, its symbols, breakpoints, and what is under way. */
import type { Session } from '../emulator/index.ts';
import { Breakpoints } from './breakpoints.ts';
import { ConsoleOutput } from './console-output.ts';
import { errors } from './errors.ts';
import { Motion } from './motion.ts';
import type { TimelineBody } from './protocol.ts';
import { StopView } from './stop-view.ts';
import type { SymbolSet } from './symbol-set.ts';

export type EmitEvent = (event: string, body?: unknown) => void;

/** A machine that was launched. */
export interface Loaded {
  readonly session: Session;
  readonly symbols: SymbolSet;
}

const EVENTS_IN_TIMELINE = 1000;
const PAGE_SIZE_BYTES = 4096;
/** A motion shorter than this shows where it ended, not what it passed: a step back searches to and fro. */
const QUIET_MS = 150;
const CHANGED_INTERVAL_MS = 100;

export class Debuggee {
  readonly emit: EmitEvent;
  readonly breakpoints = new Breakpoints();
  readonly motion: Motion;
  /** What the client can do, from `initialize`. */
  client = { linesStartAt1: true, columnsStartAt1: true, progress: false };
  stopOnEntry = false;
  private loadedMachine: Loaded | undefined;
  private view: StopView | undefined;
  private output: ConsoleOutput | undefined;
  private ended = false;
  private changedMs = 0;

  constructor(emit: EmitEvent) {
    this.emit = emit;
    this.motion = new Motion(this);
  }

  /** A session has one machine, once. */
  requireUnloaded(): void {
    if (this.ended) throw errors.ended();
    if (this.loadedMachine !== undefined) throw errors.alreadyLaunched();
  }

  get loaded(): Loaded {
    return this.requireLoaded();
  }

  requireLoaded(): Loaded {
    if (this.ended) throw errors.ended();
    if (this.loadedMachine === undefined) throw errors.notLaunched();
    return this.loadedMachine;
  }

  /** The machine, standing still: for requests that move it. */
  get resting(): Loaded {
    const { loaded } = this;
    if (this.motion.running) throw errors.running();
    return loaded;
  }

  /** The same, for requests that look at its state. */
  get stopped(): StopView {
    const loaded = this.resting;
    this.view ??= new StopView(loaded);
    return this.view;
  }

  /** Frames and variables of the last stop are void: time has moved. */
  forgetView(): void {
    this.view = undefined;
  }

  attach(loaded: Loaded, hasTerminal: boolean): void {
    this.requireUnloaded();
    this.loadedMachine = loaded;
    const output = new ConsoleOutput(this.emit, hasTerminal);
    this.output = output;
    loaded.session.onConsoleOutput((bytes, position) => {
      output.add(bytes, position);
    });
    loaded.session.onChange(() => { this.moved(); });
  }

  timeline(): TimelineBody {
    const info = this.loaded.session.timeline(EVENTS_IN_TIMELINE);
    const { position, end, finished, checkpoints, events } = info;
    // A machine that was caught at an exception stands before the instruction that is the last one so far.
    const live = info.live || (!finished && this.motion.lastStop?.reason === 'trap' && position === end - 1);
    return { position, end, live, finished, running: this.motion.running, checkpoints, events, memoryBytes: info.framesUsed * PAGE_SIZE_BYTES };
  }

  /** Tells the client where the machine stands, after all that it printed on the way. */
  showPosition(): void {
    this.output?.flush();
    this.changedMs = Date.now();
    this.emit('chronovisor/changed', this.timeline());
  }

  async close(): Promise<void> {
    await this.motion.halt();
    this.ended = true;
    this.output?.flush();
    const loaded = this.loadedMachine;
    this.loadedMachine = undefined;
    this.view = undefined;
    loaded?.session.close();
  }

  private moved(): void {
    const nowMs = Date.now();
    if (this.ended || !this.motion.running || nowMs - this.motion.startedMs < QUIET_MS || nowMs - this.changedMs < CHANGED_INTERVAL_MS) return;
    this.changedMs = nowMs;
    this.emit('chronovisor/changed', this.timeline());
  }
}
