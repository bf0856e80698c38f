/**
 * What the command line and the debug adapter drive: one machine with its timeline, live or from a recording.
 * Every method that can take long runs in slices of about 10 ms of host time, yields in between, reports progress and can be cancelled.
 */
import type { CompileModule } from '../engine/engine-modules.ts';
import type { RegionStore } from '../engine/region-store.ts';
import type { TimelineOptions } from '../timeline/timeline.ts';
import type { DriveImage, GuestImage, MachineConfiguration, Position, RunStop, StateEdit, StopConditions, TerminalSize } from '../machine/machine-types.ts';
import type { ConsoleLines } from './console-log.ts';
import type { Speed } from './speed-meter.ts';

/** The part of an AbortSignal that is used. */
export interface CancelSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Things of the host that the emulator may use; handed in, so that the core runs anywhere. */
export interface Host {
  /** Lets pending input, requests and cancels happen (setImmediate). */
  yield(): Promise<void>;
  /** Resolves after `ms`, or at once when `signal` aborts. */
  sleep(ms: number, signal?: CancelSignal): Promise<void>;
  /** Monotonic host time in ms; used for slices, progress and idle pacing only, never visible to a guest except as a recorded event. */
  monotonicMs(): number;
  /** Wall-clock ns since 1970, for the RTC's base (recorded). */
  wallClockNs(): bigint;
  /** Random bytes, for a machine with an entropy device (recorded). */
  entropy?(sizeBytes: number): Uint8Array;
  /** Translated code of machines with these images from earlier runs, and where that of this run goes; undefined: none is kept. */
  translations?(images: readonly GuestImage[]): KeptTranslations | undefined;
}

export interface KeptTranslations {
  readonly store: RegionStore;
  /** Makes one of the engine's own modules. */
  readonly compile: CompileModule;
  /** Keeps what is new. Never fails: translated code can be made again. */
  save(): void;
}

/** Where a recording goes (append only) or comes from. */
export interface LogSink {
  append(bytes: Uint8Array): void;
  /** Makes what was appended durable and closes. */
  close(): void;
  /** Closes, and takes back what was appended: the session that it was for could not be made. */
  discard?(): void;
}

export interface Control {
  readonly signal?: CancelSignal;
  /** Fraction 0..1 done, called at most about every 50 ms. */
  onProgress?(fraction: number, position: Position): void;
  /** runForward only: stop with reason 'seek' when this position is reached, live or recorded. */
  readonly until?: Position;
}

export interface LiveOptions {
  readonly configuration: MachineConfiguration;
  /** Absent: the run is recorded in memory only (time travel works, no file). */
  readonly log?: LogSink;
  /**
   * What the machine does while its hart waits in wfi and there is no input. 'sleep' (default): real time passes, as on a
   * board. 'skip': the time up to the next timer passes at once, for runs without a person at the console.
   */
  readonly idle?: 'sleep' | 'skip';
  /** How densely the timeline is checkpointed; the defaults are right for people. */
  readonly timeline?: Partial<TimelineOptions>;
}

export interface RecordingOptions {
  /** The whole .chrono file. */
  readonly bytes: Uint8Array;
  readonly name: string;
  /** Images by content hash, when the recording embeds only their hash. */
  readonly images?: readonly GuestImage[];
  /** The images of the drives that the recording names; it never embeds them. */
  readonly drives?: readonly DriveImage[];
  /** Gets one sentence when the recording was not closed properly: where it was cut, and up to where it is opened. */
  onNotice?(sentence: string): void;
  /** Gets the guest's images while the recording is opened: the session does not keep them. */
  onImages?(images: readonly GuestImage[]): void;
  readonly timeline?: Partial<TimelineOptions>;
}

/** How a request that moves in time ended. The session then stands at `position`. */
export type SessionStop =
  /** A run stop; for 'trap' the session stands at the instruction that trapped, before it. For backward watch hits: just before the accessing instruction. */
  | { readonly reason: 'breakpoint' | 'step' | 'seek'; readonly position: Position }
  | { readonly reason: 'watch'; readonly position: Position; readonly hit: Extract<RunStop, { reason: 'watch' }> }
  | { readonly reason: 'trap'; readonly position: Position; readonly trap: Extract<RunStop, { reason: 'trap' }> }
  /** The session stands at the first instruction of the interrupt's handler, behind the boundary at `position`. */
  | { readonly reason: 'interrupt'; readonly position: Position; readonly interrupt: Extract<RunStop, { reason: 'interrupt' }> }
  /** The signal aborted it (pause). */
  | { readonly reason: 'paused'; readonly position: Position }
  /** Backward: nothing earlier; stands at 0. */
  | { readonly reason: 'beginning'; readonly position: Position }
  /** Forward in a finished recording: nothing later. */
  | { readonly reason: 'end'; readonly position: Position }
  | { readonly reason: 'power-off'; readonly position: Position; readonly exitCode: number }
  /** The guest asked for a reset, which the machine does not do: nothing later, as with 'power-off'. */
  | { readonly reason: 'reset'; readonly position: Position };

export type PageState = 'untouched' | 'zero' | 'private' | 'shared';
export interface PageInfo {
  readonly state: PageState;
  readonly accessed: boolean;
  /** Written since the last checkpoint. */
  readonly dirty: boolean;
}

export interface CheckpointInfo {
  readonly position: Position;
  readonly dirtyPages: number;
}

export interface TimelineInfo {
  readonly position: Position;
  /** How far the recording reaches. */
  readonly end: Position;
  /** True when at the end of a session that can go on live. */
  readonly live: boolean;
  /** True when the recording can never grow (opened from a file, or powered off). */
  readonly finished: boolean;
  readonly checkpoints: readonly CheckpointInfo[];
  /** Positions and kinds of recorded events, oldest first, at most `limit` evenly thinned. */
  readonly events: readonly { readonly position: Position; readonly kind: string; readonly summary: string }[];
  readonly framesUsed: number;
}

/** Registers and memory at the present position. All reads are free of side effects. */
export interface Inspection {
  /** x0..x31, unsigned 64-bit. */
  register(index: number): bigint;
  floatRegister(index: number): bigint;
  readonly pc: bigint;
  readonly privilege: 'U' | 'S' | 'M';
  /** CSR by number (0..4095); undefined if there is none. */
  csr(number: number): bigint | undefined;
  /** Bytes at a virtual address as the guest's loads would see them (devices excluded); shorter than asked where unmapped. */
  readVirtual(address: bigint, sizeBytes: number): Uint8Array;
  readPhysical(address: bigint, sizeBytes: number): Uint8Array;
  /** Guest-physical address or undefined. */
  translate(address: bigint): bigint | undefined;
  /** Number of DRAM pages, and the state of one. */
  readonly pageCount: number;
  page(index: number): PageInfo;
}

export interface Session {
  readonly inspect: Inspection;
  timeline(eventLimit?: number): TimelineInfo;
  /** 16 hex digits: digest of the whole state (registers, CSRs, architectural TLB, devices, memory) at the present position. */
  digest(): string;
  /** Goes to a position inside 0..end. */
  seek(position: Position, control?: Control): Promise<SessionStop>;
  /** Executes one instruction (an interrupt may be taken first). */
  stepForward(control?: Control): Promise<SessionStop>;
  /** To the position before. */
  stepBackward(control?: Control): Promise<SessionStop>;
  /**
   * Forward until a stop condition; past the recorded end a live session goes on live, seamlessly. A condition met at the starting
   * position itself does not count. Each time that a place is passed, `accept` is asked once, in the motion that comes there.
   */
  runForward(conditions: StopConditions, control?: Control): Promise<SessionStop>;
  /** Backward to the last position before the present at which a condition is met. */
  runBackward(conditions: StopConditions, control?: Control): Promise<SessionStop>;
  /**
   * The last position before the present at which a breakpoint of `addresses` is met and `accept` (called with the session standing there) is true; undefined if none.
   * Building block of source-level reverse stepping. The session stands at the found position, or where it was.
   */
  findBackward(addresses: ReadonlySet<bigint>, accept: () => boolean, control?: Control): Promise<Position | undefined>;
  /**
   * Replays [from, to) once, with `conditions.accept` asked at everything that is met there and never stopping: what it answers is
   * ignored. A breakpoint on the instruction at `to` is not met, an access by the instruction before is. Then the session stands where it stood.
   */
  passThrough(from: Position, to: Position, conditions: StopConditions, control?: Control): Promise<'done' | 'cancelled'>;
  /**
   * Changes registers and memory while live, at rest: recorded as an event at the present position, so that a replay makes the same
   * change, and seen at once. The state at the position (`digest`) stays the one before the edit. Throws a UserError that says why
   * not: the past, a finished recording, a running machine, an address without memory, more than 64 KiB.
   */
  edit(edits: readonly StateEdit[]): void;
  /** Console input from the user: taken at the next opportunity while live; ignored with false in the past or in a finished recording. */
  consoleInput(bytes: Uint8Array): boolean;
  /** Bytes of console input that the guest did not take yet: whoever has more should wait. */
  readonly consoleInputWaiting: number;
  /** The user's terminal has this size now: told to a guest whose console can be told (see VirtioOptions.terminalSize), while live. */
  terminalSize(size: TerminalSize): void;
  /** Guest console output, exactly once per byte, when it is first produced. What replaying a recording prints for the first time counts as first produced; see also consoleText. */
  onConsoleOutput(listener: (bytes: Uint8Array, position: Position) => void): void;
  /** What the console showed at the present position. */
  consoleText(): Uint8Array;
  /** What the console has shown so far, line by line, each with the moment when it was begun; further than the present position, in the past. */
  readonly consoleLines: ConsoleLines;
  /** Asked between the slices of a run: it goes on when the promise is kept. For output that somebody takes more slowly than the guest prints. */
  outputGate: (() => Promise<void> | undefined) | undefined;
  /** How fast the machine executes; new about every 250 ms while it does. */
  speed(): Speed;
  /** Fires after every change of position and at checkpoints, at most about 20 times a second during long runs. */
  onChange(listener: () => void): void;
  /** Called once, when the session is closed. */
  onClosed(listener: () => void): void;
  /** Flushes and closes the log. */
  close(): void;
}
