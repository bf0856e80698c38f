/** `npm run demo`: the whole idea in one minute. Boots the sample guest, records it, proves the replay, and finds its bug backward. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { SymbolSet } from '../debug-adapter/symbol-set.ts';
import { Program } from '../debug-adapter/symbols/program.ts';
import { DEFAULT_MEMORY_SIZE_BYTES, createLiveSession, verifyRecording } from '../emulator/index.ts';
import type { Session, SessionStop, StopConditions } from '../emulator/index.ts';
import { createLogFile, nodeHost } from '../emulator/host/node-host.ts';

const guestFolder = join(import.meta.dirname, '..', 'guests', 'heisenbug');
const guestFile = join(guestFolder, 'heisenbug.elf');
/** Time between two keys, in instructions, and how much it varies. */
const KEY_INTERVAL = 25_000_000;
const KEY_JITTER = 1_000_003;
const KEYS_MAX = 500;
const LOAD_ACCESS_FAULT = 5;

const color = process.stdout.isTTY;
const bold = (text: string): string => (color ? `\x1b[1m${text}\x1b[0m` : text);
const dim = (text: string): string => (color ? `\x1b[2m${text}\x1b[0m` : text);
const red = (text: string): string => (color ? `\x1b[31m${text}\x1b[0m` : text);
const at = (position: number): string => `@${position.toLocaleString('en-US')}`;

function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

async function timed<Result>(work: () => Promise<Result>): Promise<{ result: Result; milliseconds: number }> {
  const start = performance.now();
  const result = await work();
  return { result, milliseconds: Math.round(performance.now() - start) };
}

const nothing: StopConditions = { breakpoints: new Set(), watches: [], caughtCauses: new Set() };
const crashes: StopConditions = { ...nothing, caughtCauses: new Set([LOAD_ACCESS_FAULT]) };

/** Presses keys at irregular moments until the guest crashes. */
async function typeUntilCrash(session: Session): Promise<{ keys: number; stop: SessionStop }> {
  let wait = 0;
  for (let keys = 0; keys < KEYS_MAX; keys++) {
    wait = (wait * 16807 + 12345) % KEY_JITTER;
    const until = session.timeline(0).position + KEY_INTERVAL + wait;
    const stop = await session.runForward(crashes, { until });
    if (stop.reason !== 'seek') return { keys, stop };
    session.consoleInput(Uint8Array.of('a'.charCodeAt(0) + (keys % 26)));
  }
  throw new Error(`The guest survived ${KEYS_MAX} keys, which its authors think impossible.`);
}

/** `letters.c:36` and the line itself. */
function sourceLine(symbols: SymbolSet, pc: bigint): { place: string; text: string } {
  const location = symbols.location(pc);
  if (location === undefined) return { place: `0x${pc.toString(16)}`, text: '' };
  const lines = readFileSync(join(guestFolder, basename(location.path)), 'utf8').split('\n');
  return { place: `${basename(location.path)}:${location.line}`, text: (lines[location.line - 1] ?? '').trim() };
}

function callChain(session: Session, symbols: SymbolSet): string {
  return symbols.stack(session.inspect, 8).map(({ name, lookupPc }) => `${name} ${dim(sourceLine(symbols, lookupPc).place)}`).join(' < ');
}

/** The address of the link that led the free-list walk astray: the last good letter before the bad one. */
async function lastGoodLetter(session: Session, symbols: SymbolSet, bad: bigint): Promise<bigint> {
  const walk = symbols.functionAt(session.inspect.pc);
  const pc = session.inspect.pc;
  if (walk === undefined) throw new Error('the crash is in no known function');
  const letter = (): bigint => {
    const [frame] = symbols.stack(session.inspect, 1);
    return frame === undefined ? 0n : BigInt(symbols.evaluate('letter', frame).value.split(' ')[0] ?? '0');
  };
  await session.findBackward(new Set([pc]), () => letter() !== bad);
  return letter();
}

async function demo(recording: string): Promise<void> {
  const bytes = new Uint8Array(readFileSync(guestFile));
  const configuration = { memorySizeBytes: DEFAULT_MEMORY_SIZE_BYTES, images: [{ name: 'heisenbug.elf', kind: 'elf' as const, bytes }] };
  const symbols = new SymbolSet([new Program(bytes, 'heisenbug.elf')], new Map(), guestFile);
  say(bold('Chronovisor: a bug found backward'));
  say();

  const session = createLiveSession({ configuration, log: createLogFile(recording) }, nodeHost);
  const live = await timed(() => typeUntilCrash(session));
  const { keys, stop } = live.result;
  if (stop.reason !== 'trap') throw new Error(`expected a crash, got ${stop.reason}`);
  const crash = sourceLine(symbols, stop.trap.pc);
  say(`1. ${bold('Record.')} heisenbug.elf boots on a RISC-V machine; you press keys now and then. After key ${keys} it dies:`);
  say(`   ${red(`load access fault at 0x${stop.trap.value.toString(16)}`)} in ${callChain(session, symbols)}`);
  say(`   ${dim('>')} ${crash.text}`);
  say(`   ${dim(`Run it again and it may not happen: it depends on when the keys are pressed. But this run, ${at(stop.position)} instructions, is on record.`)}`);
  say();

  const link = await lastGoodLetter(session, symbols, stop.trap.value);
  say(`2. ${bold('Step back.')} One round earlier in that innocent loop, the letter at 0x${link.toString(16)} links to 0x${stop.trap.value.toString(16)}, which is no letter.`);
  say('   Who wrote that link? Set a data breakpoint on it and run backward:');
  const watch: StopConditions = { ...nothing, watches: [{ address: link, sizeBytes: 8, kind: 'write' }] };
  const search = await timed(() => session.runBackward(watch));
  const guilty = sourceLine(symbols, session.inspect.pc);
  say();
  say(`3. ${bold('Found')} in ${search.milliseconds} ms, ${(stop.position - search.result.position).toLocaleString('en-US')} instructions before the crash, at ${at(search.result.position)}:`);
  say(`   ${red(guilty.place)} ${dim('>')} ${red(guilty.text)}`);
  say(`   ${callChain(session, symbols)}`);
  say('   A key arrived just after letter_give_back() had freed the letter on the desk, and the interrupt handler stamped');
  say('   it all the same: its time stamp overwrote the link of the free list. The desk should have been cleared first.');
  say();

  session.close();
  const sizeBytes = readFileSync(recording).length;
  const proof = await timed(() => verifyRecording({ bytes: new Uint8Array(readFileSync(recording)), name: 'demo.chrono' }, nodeHost));
  say(`4. ${bold('Proof.')} The recording is ${(sizeBytes / 1024).toFixed(0)} KiB, guest included; it replays bit for bit: ${proof.result.digestsChecked} digests of the whole machine equal (${proof.milliseconds} ms).`);
  say();
  say(`Now in the editor: ${bold('npm start')}, press F5, type into the terminal until it crashes, and press Step Back.`);
}

const folder = mkdtempSync(join(tmpdir(), 'chronovisor-demo-'));
try {
  await demo(join(folder, 'demo.chrono'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
