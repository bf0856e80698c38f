/** How soon a busy debug adapter answers: pause, and whatever else a client asks while the machine runs, replays or searches. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from './report.ts';

export interface PauseFigures {
  readonly what: string;
  /** Time from the pause request to the `stopped` event, as the client sees it. */
  readonly pause: Latency;
  /** From a request to its response, while the machine moves. */
  readonly request: Latency;
}

export interface Latency {
  readonly count: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

export interface PauseOptions {
  /** Program and arguments of a debug adapter on standard input and output. */
  readonly command: readonly [string, ...string[]];
  /** What boots, as a launch configuration. */
  readonly launch: Readonly<Record<string, unknown>>;
  readonly count: number;
}

type Message = Readonly<Record<string, unknown>>;

const BAR_MS = 50;
/** The machine moves for so long before it is paused: somewhere else each time. */
const MOVE_MS_MIN = 20;
const MOVE_MS_SPREAD = 130;
/** Somewhere in memory where no code is: a search for it goes through everything. */
const NOWHERE = '0xdeadbeef0000';
/** Where a history was gone through once there are checkpoints, and no way is long any more: it is then opened anew. */
const OPENINGS_MAX = 6;
const TIMEOUT_MS = 120_000;

/** A debug adapter as a process. */
class AdapterProcess {
  readonly child: ChildProcess;
  private readonly waiters = new Set<(message: Message) => void>();
  private text = Buffer.alloc(0);
  private seq = 0;

  constructor([program, ...args]: PauseOptions['command']) {
    this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdout?.on('data', (chunk: Buffer) => { this.receive(chunk); });
  }

  /** ms until the response. */
  async request(command: string, args: unknown = {}): Promise<number> {
    const seq = ++this.seq;
    const body = JSON.stringify({ seq, type: 'request', command, arguments: args });
    const begin = performance.now();
    const answered = this.message((message) => message['type'] === 'response' && message['request_seq'] === seq);
    this.child.stdin?.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    await answered;
    return performance.now() - begin;
  }

  event(name: string): Promise<Message> {
    return this.message((message) => message['type'] === 'event' && message['event'] === name);
  }

  private message(accepts: (message: Message) => boolean): Promise<Message> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => { reject(new Error('the adapter does not answer')); }, TIMEOUT_MS);
      const waiter = (message: Message): void => {
        if (!accepts(message)) return;
        clearTimeout(timer);
        this.waiters.delete(waiter);
        resolve(message);
      };
      this.waiters.add(waiter);
    });
  }

  private receive(chunk: Buffer): void {
    this.text = Buffer.concat([this.text, chunk]);
    for (;;) {
      const headerEnd = this.text.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/.exec(this.text.subarray(0, Math.max(0, headerEnd)).toString())?.[1]);
      const end = headerEnd + 4 + length;
      if (headerEnd < 0 || this.text.length < end) return;
      const message = JSON.parse(this.text.toString('utf8', headerEnd + 4, end)) as Message;
      this.text = this.text.subarray(end);
      for (const waiter of [...this.waiters]) waiter(message);
    }
  }
}

function latency(values: readonly number[]): Latency {
  return { count: values.length, medianMs: percentile(values, 0.5), p95Ms: percentile(values, 0.95), maxMs: Math.max(...values) };
}

interface Answers {
  readonly pauses: number[];
  readonly requests: number[];
}

/** Sets the machine going, asks things, and pauses it. Returns false if it had come to its end by itself. */
async function interrupt(adapter: AdapterProcess, round: number, start: () => Promise<unknown>, { pauses, requests }: Answers): Promise<boolean> {
  const state = { isStopped: false };
  const stopped = adapter.event('stopped').then(() => { state.isStopped = true; });
  await start();
  await sleep(MOVE_MS_MIN + ((round * 37) % MOVE_MS_SPREAD));
  requests.push(await adapter.request('threads'), await adapter.request('chronovisor/timeline'));
  requests.push(await adapter.request('evaluate', { expression: 'no such thing', context: 'hover' }));
  const begin = performance.now();
  const answered = adapter.request('pause', { threadId: 1 });
  const wasMoving = !state.isStopped;
  await Promise.all([answered, stopped]);
  if (wasMoving) pauses.push(performance.now() - begin);
  return wasMoving;
}

/** The machine stands at its beginning. */
async function launched(adapter: AdapterProcess, launch: PauseOptions['launch']): Promise<void> {
  await adapter.request('initialize', { adapterID: 'chronovisor' });
  const initialized = adapter.event('initialized');
  await adapter.request('launch', { ...launch, stopOnEntry: true });
  await initialized;
  await adapter.request('setExceptionBreakpoints', { filters: [] });
  const entry = adapter.event('stopped');
  await adapter.request('configurationDone');
  await entry;
}

async function withAdapter<Result>(command: PauseOptions['command'], action: (adapter: AdapterProcess) => Promise<Result>): Promise<Result> {
  const adapter = new AdapterProcess(command);
  try {
    const result = await action(adapter);
    await adapter.request('disconnect');
    return result;
  } finally {
    adapter.child.kill('SIGKILL');
  }
}

/** Live, then going to a far position, then searching backward; each paused `count` times, or less often where it is there too soon. */
export async function measurePauses(options: PauseOptions): Promise<PauseFigures[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'chronovisor-pause-'));
  try {
    const recording = path.join(folder, 'pause.chrono');
    const [live, searches, end] = await pausesOfLive(options, recording);
    const seeks = await pausesOfSeeks(options, recording, end);
    const all = [['live', live], ['going to a position', seeks], ['searching backward', searches]] as const;
    return all.map(([what, { pauses, requests }]) => ({ what, pause: latency(pauses), request: latency(requests) }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function pausesOfLive({ command, launch, count }: PauseOptions, recordTo: string): Promise<readonly [Answers, Answers, number]> {
  return withAdapter(command, async (adapter) => {
    const live: Answers = { pauses: [], requests: [] };
    const searches: Answers = { pauses: [], requests: [] };
    await launched(adapter, { ...launch, recordTo });
    for (let round = 0; round < count; round++) await interrupt(adapter, round, () => adapter.request('continue', { threadId: 1 }), live);
    const end = await endOf(adapter);
    await goTo(adapter, end);
    await adapter.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: NOWHERE }] });
    for (let round = 0; round < count; round++) {
      await interrupt(adapter, round, () => adapter.request('reverseContinue', { threadId: 1 }), searches);
      await goTo(adapter, end);
    }
    return [live, searches, end] as const;
  });
}

/** A recording that was just opened has no checkpoints, so the way to its end is long; after each pause it goes on from there. */
async function pausesOfSeeks({ command, count }: PauseOptions, recording: string, end: number): Promise<Answers> {
  const seeks: Answers = { pauses: [], requests: [] };
  for (let opening = 0; opening < OPENINGS_MAX && seeks.pauses.length < count; opening++) {
    await withAdapter(command, async (adapter) => {
      await launched(adapter, { recording });
      const go = (): Promise<unknown> => adapter.request('chronovisor/seek', { position: end });
      while (seeks.pauses.length < count && (await interrupt(adapter, seeks.pauses.length, go, seeks)));
    });
  }
  return seeks;
}

async function endOf(adapter: AdapterProcess): Promise<number> {
  let end = 0;
  const changed = adapter.event('chronovisor/changed').then(({ body }) => { end = (body as { end: number }).end; });
  await goTo(adapter, 0);
  await changed;
  return end;
}

async function goTo(adapter: AdapterProcess, position: number): Promise<void> {
  const stopped = adapter.event('stopped');
  await adapter.request('chronovisor/seek', { position });
  await stopped;
}

/** Rows for the bench: the bar is for the 95th percentile. Nothing passes that could not be paused because it had come to its end. */
export function pauseRows(figures: readonly PauseFigures[]): { what: string; figure: string; bar: string; passes: boolean }[] {
  return figures.map(({ what, pause, request }) => ({
    what: `pause, ${what}`, bar: `<= ${BAR_MS} ms`, passes: pause.count > 0 && pause.p95Ms <= BAR_MS,
    figure: pause.count === 0 ? 'it was there before' : `${pause.p95Ms.toFixed(0)} ms p95 of ${pause.count} (longest ${pause.maxMs.toFixed(0)}; other requests ${request.p95Ms.toFixed(0)})`,
  }));
}
