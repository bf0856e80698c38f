/** What people write wrong in a launch configuration, and what is wrong with their files, against the adapter's own process: one sentence each, and nothing is left behind. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { createLiveSession } from '../../emulator/index.ts';
import { createLogFile } from '../../emulator/host/node-host.ts';
import { Bundles, type Child } from '../cli/bundles.ts';
import { NOTHING, testHost } from '../session/sessions.ts';
import { guestFile } from './adapter-client.ts';
import { Wire, type Message } from './wire.ts';

const bundles = new Bundles('cli.mjs', 'debug-adapter.cjs');
after(() => { bundles.remove(); });
const at = (name: string): string => path.join(bundles.folder, name);
const elf = readFileSync(guestFile);

/** A copy with another byte at `offset`. */
function changed(bytes: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[offset] = value;
  return copy;
}

async function recording(): Promise<Uint8Array> {
  const file = at('good.chrono');
  const images = [{ name: 'heisenbug.elf', kind: 'elf', bytes: new Uint8Array(elf) }] as const;
  const session = createLiveSession({ configuration: { memorySizeBytes: 4 << 20, images }, log: createLogFile(file) }, testHost());
  await session.runForward(NOTHING, { until: 100_000 });
  session.close();
  return readFileSync(file);
}

const good = await recording();
/** Where the first frame begins: after the magic number and the version. */
const VERSION_OFFSET = 8;
const files: Readonly<Record<string, Uint8Array>> = {
  'text.elf': Buffer.from('#!/bin/sh\n'), 'empty.elf': new Uint8Array(0), 'cut.elf': elf.subarray(0, 3000),
  'x86.elf': changed(elf, 18, 62), 'rv32.elf': changed(elf, 4, 1), 'empty.chrono': new Uint8Array(0), 'short.chrono': good.subarray(0, 10),
  'version.chrono': changed(good, VERSION_OFFSET, 99), 'image.chrono': changed(good, 5000, (good[5000] ?? 0) ^ 1), 'cut.chrono': good.subarray(0, 9000),
};
for (const [name, bytes] of Object.entries(files)) writeFileSync(at(name), bytes);
mkdirSync(at('folder'));

const program = guestFile;
const rows: readonly (readonly [string, unknown, RegExp])[] = [
  ['no arguments', null, /needs either 'program'.*or 'recording'/],
  ['a list', [], /needs either 'program'/],
  ['an unknown key', { program, progam: 'x' }, /unknown attribute 'progam': remove it or correct its name/],
  ['an empty program', { program: '' }, /an empty 'program': give a file/],
  ['a program of a wrong type', { program: 5 }, /configuration needs 'program' to be a string: correct it/],
  ['memory of a wrong type', { program, memory: 128 }, /configuration needs 'memory' to be a string: correct it/],
  ['symbols of a wrong type', { program, symbols: 'x' }, /configuration needs 'symbols' to be an array of file names/],
  ['a source map of a wrong type', { program, sourceMap: { a: 1 } }, /configuration needs 'sourceMap' to be pairs of path prefixes/],
  ['a missing program', { program: '/nowhere/x.elf' }, /Cannot read the guest image \/nowhere\/x\.elf: there is no such file or folder; check the name/],
  ['a folder', { program: at('folder') }, /folder: it is a folder; give a file/],
  ['no ELF', { program: at('text.elf') }, /text\.elf is not an ELF file.*give an ELF executable/],
  ['an empty file', { program: at('empty.elf') }, /empty\.elf is not an ELF file/],
  ['a part of an ELF', { program: at('cut.elf') }, /cut\.elf is cut off or damaged.*copy or build it again/],
  ['x86', { program: at('x86.elf') }, /x86\.elf is for another processor \(ELF machine 62.*build it with a RISC-V compiler/],
  ['rv32', { program: at('rv32.elf') }, /rv32\.elf is not a 64-bit ELF file.*build it for rv64/],
  ['a recording as a program', { program: at('good.chrono') }, /is a recording, good\.chrono: make it the 'recording'/],
  ['too much memory', { program, memory: '3G' }, /memory size of 3221225472 bytes is not possible; choose a multiple of 4 KiB up to 2 GiB/],
  ['too little memory', { program, memory: '4K' }, /outside memory.*give the machine more memory/],
  ['memory that is no size', { program, memory: 'lots' }, /'memory': 'lots' is not a size; write one such as 128M/],
  ['no memory', { program, memory: '0' }, /'memory': '0' is not a size/],
  ['a load address that is none', { program, loadAddress: 'here' }, /loadAddress 'here', where nothing can be: write one in memory/],
  ['a load address far out', { program, loadAddress: '0xffffffffffffffff' }, /loadAddress '0xffffffffffffffff', where nothing can be/],
  ['a load address outside', { program, loadAddress: '0x1000' }, /outside memory.*load it at another address/],
  ['a program as a recording', { recording: program }, /heisenbug\.elf is not a Chronovisor recording: give a \.chrono file/],
  ['an empty recording', { recording: at('empty.chrono') }, /empty\.chrono is empty, not a recording: give a \.chrono file/],
  ['the beginning of a recording', { recording: at('short.chrono') }, /ends after 10 bytes, inside its header.*record again/],
  ['a recording without its images', { recording: at('cut.chrono') }, /is cut at byte \d+, before its guest images are complete.*record again/],
  ['a recording of another version', { recording: at('version.chrono') }, /has recording format 99, this Chronovisor reads format [\d and]+: replay it with the Chronovisor that recorded it/],
  ['a recording whose image changed', { recording: at('image.chrono') }, /image\.chrono is damaged: the frame at byte \d+ has a wrong checksum; restore the file from a copy/],
  ['a recording and a file to record to', { recording: at('good.chrono'), recordTo: at('new.chrono') }, /'recordTo', which goes with what boots.*Remove it/],
  ['a recording and memory', { recording: at('good.chrono'), memory: '1G' }, /'memory', which goes with what boots/],
  ['missing symbols', { program, symbols: ['/nowhere/x.elf'] }, /Cannot read the symbol file \/nowhere\/x\.elf.*check the name/],
  ['symbols that are no ELF', { program, symbols: [at('text.elf')] }, /Cannot read text\.elf: it is not an ELF file; give the ELF file/],
  ['symbols of another processor', { program, symbols: [at('x86.elf')] }, /Cannot read x86\.elf: it is an ELF file of another processor; build it for riscv64/],
  ['a recording that exists', { program, recordTo: at('good.chrono') }, /good\.chrono exists already and is not overwritten: choose another name/],
  ['a folder to record to', { program, recordTo: at('folder') }, /folder: it is a folder; give a file name in it/],
  ['a missing folder to record to', { program, recordTo: '/nowhere/x.chrono' }, /Cannot create the recording \/nowhere\/x\.chrono: .*choose another place/],
  ['an empty file name to record to', { program, recordTo: '' }, /an empty 'recordTo'/],
  ['a folder to trace to', { program, trace: at('folder') }, /Cannot write the trace .*folder: it is a folder; choose another file, or remove 'trace'/],
];

/** The sentence of a refusal. */
function sentenceOf(answer: Message): string {
  assert.equal(answer['success'], false, JSON.stringify(answer));
  const { error } = answer['body'] as { error: { format: string; showUser: boolean } };
  assert.equal(error.showUser, true, `is not shown: ${error.format}`);
  assert.doesNotMatch(error.format, /Internal error|[\n\r]|\bat .*\.[tj]s:\d/);
  return error.format;
}

async function serving(child: Child, drive: (wire: Wire) => Promise<void>): Promise<void> {
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => { complaints += chunk.toString(); });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  try {
    const wire = new Wire(child.stdout, child.stdin);
    await wire.request('initialize');
    await drive(wire);
    await wire.request('disconnect');
    assert.deepEqual([(await exit)[0], complaints], [0, '']);
  } finally {
    child.kill('SIGKILL');
  }
}

test('every wrong launch is one sentence, and a right one follows', { timeout: 20_000 }, async () => {
  await serving(bundles.start('debug-adapter.cjs'), async (wire) => {
    for (const [what, attributes, sentence] of rows) assert.match(sentenceOf(await wire.request('launch', attributes)), sentence, what);
    assert.equal((await wire.request('launch', { program, recordTo: at('right.chrono') }))['success'], true);
  });
});

test('a launch that fails leaves no file, and keeps the one that is there', { timeout: 20_000 }, async () => {
  const failing = rows.map(([, attributes]) => attributes).filter((attributes): attributes is object => attributes !== null && 'program' in (attributes as object) && !('recordTo' in (attributes as object)));
  const before = readdirSync(bundles.folder).sort();
  writeFileSync(at('old.txt'), 'precious');
  await serving(bundles.start('debug-adapter.cjs'), async (wire) => {
    for (const attributes of failing) {
      for (const name of ['left.chrono', 'old.txt']) sentenceOf(await wire.request('launch', { ...attributes, recordTo: at(name) }));
      assert.equal(existsSync(at('left.chrono')), false, JSON.stringify(attributes));
    }
    assert.equal((await wire.request('launch', { program, recordTo: at('made.chrono') }))['success'], true);
  });
  assert.equal(readFileSync(at('old.txt'), 'utf8'), 'precious');
  assert.deepEqual(readdirSync(bundles.folder).sort(), [...before, 'made.chrono', 'old.txt'].sort());
  const verified = await bundles.run('verify', at('made.chrono'));
  assert.equal(verified.code, 0, verified.stderr);
});

test('a trace has every message of a session, and the next session adds to it', { timeout: 20_000 }, async () => {
  const trace = at('messages.txt');
  const said: Message[] = [];
  for (let sessions = 0; sessions < 2; sessions++) {
    await serving(bundles.start('debug-adapter.cjs'), async (wire) => {
      assert.equal((await wire.request('launch', { program, stopOnEntry: true, trace }))['success'], true);
      await wire.request('setBreakpoints', { source: { path: 'x'.repeat(10_000) }, breakpoints: [] });
      await wire.request('nonsense');
      said.push(...wire.messages);
    });
  }
  const lines = readFileSync(trace, 'utf8').trimEnd().split('\n').map((line) => /^\d{4}-\d\d-\d\dT[\d:.]+Z (client|adapter) (.*)$/.exec(line) ?? assert.fail(line));
  const requests = lines.filter(([, sender]) => sender === 'client').map(([, , text = '']) => /"command":"(\w+)"/.exec(text)?.[1]);
  assert.deepEqual(requests, [1, 2].flatMap(() => ['initialize', 'launch', 'setBreakpoints', 'nonsense', 'disconnect']));
  const answers = new Set(lines.filter(([, sender]) => sender === 'adapter').map(([, , text]) => text));
  const asLogged = (text: string): string => (text.length > 4000 ? `${text.slice(0, 4000)}…` : text);
  for (const message of said) assert.ok(answers.has(asLogged(JSON.stringify(message))), `not in the trace: ${JSON.stringify(message).slice(0, 200)}`);
  assert.ok(lines.every(([, , text = '']) => text.length <= 4001), 'long messages are cut');
});

test('a trace that cannot grow any more does not disturb the session', { skip: process.platform === 'win32', timeout: 20_000 }, async () => {
  await serving(bundles.startLimited(4, 'debug-adapter.cjs'), async (wire) => {
    assert.equal((await wire.request('launch', { program, stopOnEntry: true, trace: at('full.txt') }))['success'], true);
    for (let requests = 0; requests < 40; requests++) assert.equal((await wire.request('setBreakpoints', { source: { path: '/x'.repeat(1000) }, breakpoints: [] }))['success'], true);
  });
  assert.ok(readFileSync(at('full.txt')).length <= 4 * 1024);
});

test('a launch for whose recording there is no room leaves no part of it', { skip: process.platform === 'win32', timeout: 20_000 }, async () => {
  await serving(bundles.startLimited(4, 'debug-adapter.cjs'), async (wire) => {
    const answer = await wire.request('launch', { program, recordTo: at('part.chrono') });
    assert.match(sentenceOf(answer), /Cannot write the recording .*part\.chrono: the file would be larger than is allowed; make room, or record to another place/);
    assert.equal(existsSync(at('part.chrono')), false);
    assert.equal((await wire.request('launch', { program }))['success'], true);
  });
});

test('a port in use is one sentence from the command line, too', { timeout: 20_000 }, async () => {
  const first = bundles.start('cli.mjs', 'debug', '--port', '0');
  try {
    const [said] = await once(first.stderr, 'data') as [Buffer];
    const port = /127\.0\.0\.1:(\d+)/.exec(said.toString())?.[1] ?? assert.fail(said.toString());
    assert.deepEqual(await bundles.run('debug', '--port', port), { code: 2, stdout: '', stderr: `chronovisor: port ${port} is in use: choose another one, or 0 for any free one.\n` });
  } finally {
    first.kill('SIGTERM');
    await once(first, 'exit');
  }
});
