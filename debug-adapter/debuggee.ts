/** What one debug session holds: the machine with its timeline, its symbols, breakpoints, and what is under way. */
import type { Session, TimelineInfo } from '../emulator/index.ts';
import { Breakpoints } from './breakpoints.ts';
import { ConsoleOutput } from './console-output.ts';
import { errors } from './errors.ts';
import { Listings } from './listings.ts';
import { Motion } from './motion.ts';
import type { StatusBody, TimelineBody } from './protocol.ts';
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
const CHANGED_INTERVAL_MS = 1000;
const STATUS_INTERVAL_MS = 250;

export class Debuggee {
  readonly emit: EmitEvent;
  readonly breakpoints = new Breakpoints();
  readonly listings = new Listings();
  readonly motion: Motion;
  /** What the client can do, from `initialize`. */
  client = { linesStartAt1: true, columnsStartAt1: true, progress: false };
  stopOnEntry = false;
  private loadedMachine: Loaded | undefined;
  private view: StopView | undefined;
  private output: ConsoleOutput | undefined;
  private ended = false;
  private changedMs = 0;
  private statusTimer: NodeJS.Timeout | undefined;
  private shownIdle = false;

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
    loaded.session.outputGate = () => output.gate();
  }

  timeline(): TimelineBody {
    const info = this.loaded.session.timeline(EVENTS_IN_TIMELINE);
    return { ...this.status(info), checkpoints: info.checkpoints, events: info.events, memoryBytes: info.framesUsed * PAGE_SIZE_BYTES };
  }

  /** Tells the client where the machine stands, after all that it printed on the way. */
  showPosition(): void {
    this.output?.flush();
    this.shownIdle = false;
    this.changedMs = Date.now();
    this.emit('chronovisor/changed', this.timeline());
  }

  private status(info: TimelineInfo): StatusBody {
    const { position, end, finished } = info;
    const { mips, idle } = this.loaded.session.speed();
    // A machine that was caught at an exception stands before the instruction that is the last one so far.
    const live = info.live || (!finished && this.motion.lastStop?.reason === 'trap' && position === end - 1);
    return { position, end, live, finished, running: this.motion.running, mips, idle };
  }

  async close(): Promise<void> {
    await this.motion.halt();
    this.ended = true;
    this.output?.flush();
    const loaded = this.loadedMachine;
    this.loadedMachine = undefined;
    this.view = undefined;
    loaded?.symbols.close();
    loaded?.session.close();
  }

  private moved(): void {
    if (this.ended || !this.motion.running) return;
    this.statusTimer ??= setInterval(() => { this.showStatus(); }, STATUS_INTERVAL_MS).unref();
    const nowMs = Date.now();
    if (nowMs - this.motion.startedMs < QUIET_MS || nowMs - this.changedMs < CHANGED_INTERVAL_MS) return;
    this.changedMs = nowMs;
    this.emit('chronovisor/changed', this.timeline());
  }

  /** While the machine runs; an idle one says so once. */
  private showStatus(): void {
    if (this.ended || !this.motion.running) {
      clearInterval(this.statusTimer);
      this.statusTimer = undefined;
      this.shownIdle = false;
      return;
    }
    const status = this.status(this.loaded.session.timeline(0));
    const isNews = !status.idle || !this.shownIdle;
    this.shownIdle = status.idle;
    if (isNews) this.emit('chronovisor/status', status);
  }
}
