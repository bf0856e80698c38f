/** How soon a busy debug adapter answers: pause, and whatever else a client asks while the machine runs, replays or searches. */
import { spawn, type ChildProcess } from 'node:child_process';
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

/** Sets the machine going again and again, asks things, and pauses it. */
async function interrupted(adapter: AdapterProcess, what: string, count: number, start: (round: number) => Promise<unknown>): Promise<PauseFigures> {
  const pauses: number[] = [];
  const requests: number[] = [];
  for (let round = 0; round < count; round++) {
    const state = { isStopped: false };
    const stopped = adapter.event('stopped').then(() => { state.isStopped = true; });
    await start(round);
    await sleep(MOVE_MS_MIN + ((round * 37) % MOVE_MS_SPREAD));
    requests.push(await adapter.request('threads'), await adapter.request('chronovisor/timeline'));
    requests.push(await adapter.request('evaluate', { expression: 'no such thing', context: 'hover' }));
    const begin = performance.now();
    const answered = adapter.request('pause', { threadId: 1 });
    // It may have come to its end by itself.
    const wasMoving = !state.isStopped;
    await Promise.all([answered, stopped]);
    if (wasMoving) pauses.push(performance.now() - begin);
  }
  return { what, pause: latency(pauses), request: latency(requests) };
}

/** Live, then going to far positions, then searching backward; each paused `count` times. */
export async function measurePauses({ command, launch, count }: PauseOptions): Promise<PauseFigures[]> {
  const adapter = new AdapterProcess(command);
  try {
    await adapter.request('initialize', { adapterID: 'chronovisor' });
    const initialized = adapter.event('initialized');
    await adapter.request('launch', { ...launch, stopOnEntry: true });
    await initialized;
    await adapter.request('setExceptionBreakpoints', { filters: [] });
    const entry = adapter.event('stopped');
    await adapter.request('configurationDone');
    await entry;
    const live = await interrupted(adapter, 'live', count, () => adapter.request('continue', { threadId: 1 }));
    const end = await endOf(adapter);
    const seeks = await interrupted(adapter, 'going to a position', count, (round) => adapter.request('chronovisor/seek', { position: round % 2 === 0 ? Math.floor(end * 0.99) - round : 1000 + round }));
    await goTo(adapter, end);
    await adapter.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: NOWHERE }] });
    const searches: PauseFigures[] = [];
    for (let round = 0; round < count; round++) {
      searches.push(await interrupted(adapter, 'searching backward', 1, () => adapter.request('reverseContinue', { threadId: 1 })));
      await goTo(adapter, end);
    }
    const all = (figure: (figures: PauseFigures) => Latency): Latency => latency(searches.map((figures) => figure(figures).maxMs));
    await adapter.request('disconnect');
    return [live, seeks, { what: 'searching backward', pause: all(({ pause }) => pause), request: all(({ request }) => request) }];
  } finally {
    adapter.child.kill('SIGKILL');
  }
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
