/** What one debug session holds: the machine with its timeline, its symbols, breakpoints, and what is under way. */
import { formatPosition } from '../emulator/index.ts';
import type { Session, TimelineInfo } from '../emulator/index.ts';
import { Breakpoints } from './breakpoints/breakpoints.ts';
import { ConsoleIndex } from './console-index.ts';
import { ConsoleOutput } from './console-output.ts';
import { errors } from './errors.ts';
import { Listings } from './listings.ts';
import { Motion } from './motion.ts';
import type { StatusBody, TimelineBody } from './protocol.ts';
import type { MessageTrace } from './message-trace.ts';
import { ShownMemory } from './shown-memory.ts';
import { StopView } from './stop-view.ts';
import type { StoppedBody } from './stopped-event.ts';
import type { SymbolSet } from './symbol-set.ts';

export type EmitEvent = (event: string, body?: unknown) => void;

/** A machine that was launched. */
export interface Loaded {
  readonly session: Session;
  readonly symbols: SymbolSet;
}

/** What the client can do, and how it counts. */
export interface Client {
  readonly linesStartAt1: boolean;
  readonly columnsStartAt1: boolean;
  readonly progress: boolean;
  readonly memoryEvents: boolean;
  readonly invalidated: boolean;
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
  readonly shownMemory = new ShownMemory();
  readonly motion: Motion;
  readonly trace: MessageTrace;
  /** What the client can do, from `initialize`. */
  client: Client = { linesStartAt1: true, columnsStartAt1: true, progress: false, memoryEvents: false, invalidated: false };
  stopOnEntry = false;
  /** It was recorded before: it has a beginning to go back to, and does not grow. */
  isRecording = false;
  private loadedMachine: Loaded | undefined;
  private view: StopView | undefined;
  /** Stops so far that somebody looked at. */
  private viewCount = 0;
  private output: ConsoleOutput | undefined;
  private index: ConsoleIndex | undefined;
  /** The client is our extension, which shows the console itself. */
  private hasTerminal = false;
  private ended = false;
  private changedMs = 0;
  private statusTimer: NodeJS.Timeout | undefined;
  private shownIdle = false;

  constructor(emit: EmitEvent, trace: MessageTrace) {
    this.trace = trace;
    this.emit = (event, body) => { emit(event, event === 'stopped' ? this.titled(body) : body); };
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
    return this.requireResting();
  }

  requireResting(): Loaded {
    const { loaded } = this;
    if (this.motion.running) throw errors.running();
    return loaded;
  }

  /** The same, for requests that look at its state. */
  get stopped(): StopView {
    const loaded = this.resting;
    this.view ??= new StopView(loaded, ++this.viewCount);
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
    this.hasTerminal = hasTerminal;
    this.index = new ConsoleIndex(loaded.session.consoleLines);
    loaded.session.onConsoleOutput((bytes, position) => {
      output.add(bytes, position);
    });
    loaded.session.onChange(() => { this.moved(); });
    loaded.session.outputGate = () => output.gate();
  }

  /** The guest's console, line by line. */
  get consoleIndex(): ConsoleIndex {
    if (this.index === undefined) throw errors.notLaunched();
    return this.index;
  }

  /** The last line of the console that was begun at the present position; -1 if none was. */
  presentLine(): number {
    return this.consoleIndex.lineAt(this.loaded.session.timeline(0).position);
  }

  /** `PAST @1,234 of @5,678`, for the title of the call stack; undefined while nothing is loaded. */
  whereabouts(): string | undefined {
    if (this.ended || this.loadedMachine === undefined) return undefined;
    const { position, end, live } = this.status(this.loadedMachine.session.timeline(0));
    if (live) return `LIVE ${formatPosition(position)}`;
    return position === end ? `END ${formatPosition(end)}` : `PAST ${formatPosition(position)} of ${formatPosition(end)}`;
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
    const live = info.live || (!finished && position === end - 1 && position === this.motion.caughtAt);
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
    if (this.ended) return;
    if (!this.motion.running) {
      // Somebody has changed the state where the machine stands.
      this.emit('chronovisor/changed', this.timeline());
      return;
    }
    this.statusTimer ??= setInterval(() => { this.showStatus(); }, STATUS_INTERVAL_MS).unref();
    const nowMs = Date.now();
    if (nowMs - this.motion.startedMs < QUIET_MS || nowMs - this.changedMs < CHANGED_INTERVAL_MS) return;
    this.changedMs = nowMs;
    this.emit('chronovisor/changed', this.timeline());
    // VS Code asks again for the name of a thread that has started, which says where it is.
    if (this.hasTerminal) this.emit('thread', { reason: 'started', threadId: 1 });
  }

  /** A stop as VS Code is told it: the description is the title of the call stack, which says where the machine stands. */
  private titled(body: unknown): unknown {
    const where = this.hasTerminal ? this.whereabouts() : undefined;
    if (where === undefined) return body;
    const { reason, description = `Paused on ${reason}` } = body as StoppedBody;
    return { ...(body as StoppedBody), description: `${where} · ${description}` };
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
