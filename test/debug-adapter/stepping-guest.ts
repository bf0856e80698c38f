/** Builds the guests of the stepping tests, and walks through them without a client. */
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NO_CONDITIONS, createLiveSession } from '../../emulator/index.ts';
import type { Control, Session, SessionStop, StopConditions } from '../../emulator/index.ts';
import { nodeHost } from '../../emulator/host/node-host.ts';
import { Program } from '../../debug-adapter/symbols/program.ts';
import { SymbolSet } from '../../debug-adapter/symbol-set.ts';
import { backward, forward } from '../../debug-adapter/stepping/stepping.ts';
import type { Granularity, Travelling } from '../../debug-adapter/stepping/stepping.ts';
import type { BackwardKind } from '../../debug-adapter/stepping/backward.ts';
import type { ForwardKind, IntoTarget } from '../../debug-adapter/stepping/forward.ts';
import { run } from '../dwarf/corpus.ts';
import { findTool, tools } from '../tools.ts';

const CORPUS = path.join(import.meta.dirname, 'stepping-corpus');
const FLAGS = ['-march=rv64gc', '-mabi=lp64d', '-mcmodel=medany', '-ffreestanding', '-fno-builtin'];

export interface GuestOptions {
  /** Of the compiler, for what is debugged. */
  readonly flags: readonly string[];
  /** Units of 100 instructions between timer interrupts; 0: none. */
  readonly tick: number;
  /** Rounds of a loop in a function without lines. */
  readonly busy?: number;
}

let directory: string | undefined;
const built = new Map<string, string>();

function temporaryDirectory(): string {
  if (directory === undefined) {
    const made = mkdtempSync(path.join(tmpdir(), 'chronovisor-stepping-'));
    directory = made;
    process.on('exit', () => { rmSync(made, { recursive: true, force: true }); });
  }
  return directory;
}

/** The ELF file; built once per process. */
export function buildGuest({ flags, tick, busy = 50 }: GuestOptions): string {
  const name = [...flags, tick, busy].join('');
  let file = built.get(name);
  if (file === undefined) {
    const folder = temporaryDirectory();
    const compiler = findTool(tools.gcc) ?? '';
    const object = (source: string, options: readonly string[]): string => {
      const to = path.join(folder, `${built.size}-${source}.o`);
      run(compiler, [...FLAGS, ...options, '-c', path.join(CORPUS, source), '-o', to]);
      return to;
    };
    const objects = [
      object('start.S', ['-g']), object('main.c', [...flags, '-g', '-gdwarf-5', `-DTICK=${tick}`, `-DBUSY=${busy}`]), object('plain.c', flags),
    ];
    file = path.join(folder, `${built.size}.elf`);
    run(compiler, ['-nostdlib', '-static', '-Wl,--build-id=none', ...flags, '-T', path.join(CORPUS, 'link.ld'), ...objects, '-lgcc', '-o', file]);
    built.set(name, file);
  }
  return file;
}

/** Where the machine stands. */
export interface Stand {
  readonly position: number;
  readonly pc: bigint;
  readonly cfa: bigint | undefined;
  /** Of the innermost frame, inlined or not. */
  readonly name: string;
  readonly line: number;
  /** Frames on the stack. */
  readonly depth: number;
}

/** A machine with its symbols, and the steps. */
export class Walker {
  readonly session: Session;
  readonly symbols: SymbolSet;
  user: StopConditions = NO_CONDITIONS;
  granularity: Granularity = 'line';

  constructor(file: string) {
    const bytes = new Uint8Array(readFileSync(file));
    this.session = createLiveSession({ configuration: { memorySizeBytes: 16 << 20, images: [{ name: 'guest.elf', kind: 'elf', bytes }] }, idle: 'skip' }, nodeHost);
    this.symbols = new SymbolSet([new Program(bytes, 'guest.elf')], new Map(), file);
  }

  close(): void {
    this.session.close();
  }

  get position(): number {
    return this.session.timeline(0).position;
  }

  stand(): Stand {
    const frames = this.symbols.stack(this.session.inspect, 512);
    const [frame] = frames;
    return {
      position: this.position, pc: this.session.inspect.pc, cfa: frame?.cfa, name: frame?.name ?? '?', line: frame?.location?.line ?? 0,
      depth: frames.length,
    };
  }

  private parts(control: Control): Travelling {
    return { session: this.session, symbols: this.symbols, control, conditions: () => this.user };
  }

  forward(kind: ForwardKind, target?: IntoTarget, control: Control = {}): Promise<SessionStop> {
    return forward(this.parts(control), kind, this.granularity, target);
  }

  backward(kind: BackwardKind, control: Control = {}): Promise<SessionStop> {
    return backward(this.parts(control), kind, this.granularity);
  }

  /** Runs to the first statement of a function. */
  async runToFunction(name: string): Promise<void> {
    const [address] = this.symbols.functionAddresses(name);
    if (address === undefined) throw new Error(`the guest has no function ${name}`);
    await this.session.runForward({ ...NO_CONDITIONS, breakpoints: new Set([address]) });
  }
}

export function show({ position, pc, name, line, depth }: Stand): string {
  return `@${position} ${name}:${line} pc ${pc.toString(16)} depth ${depth}`;
}
