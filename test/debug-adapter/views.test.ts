/** What views of a client ask: pages of children, formats, contexts, locations, modules, words about exceptions; cancelling. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Inspection } from '../../emulator/index.ts';
import { walkPageTable, type Access } from '../../debug-adapter/page-walk.ts';
import { check, crashed, launched, source, type AdapterClient } from './adapter-client.ts';
import { recordedGuest } from './recordings.ts';

const recording = await recordedGuest(3_000_000);

async function toLetter(client: AdapterClient): Promise<void> {
  await client.breakpoints('sorting.c', 49);
  await client.move('continue');
}

check('children: paged, filtered, in hexadecimal', async (client) => {
  await toLetter(client);
  const text = await client.request<{ variablesReference: number; indexedVariables: number }>('evaluate', { expression: 'desk->text' });
  const names = async (range: object): Promise<string[]> => (await client.children(text.variablesReference, range)).map(({ name }) => name);
  assert.equal((await names({})).length, 36);
  assert.deepEqual(await names({ filter: 'indexed', start: 34, count: 5 }), ['[34]', '[35]']);
  assert.deepEqual(await names({ filter: 'indexed', start: 3, count: 1 }), ['[3]']);
  assert.deepEqual(await names({ filter: 'named' }), []);
  assert.deepEqual(await names({ start: 100 }), []);
  const [first] = await client.children(text.variablesReference, { count: 1, format: { hex: true } });
  assert.match(first?.value ?? '', /^0xd8 /);
  const locals = await client.request<DebugProtocol.ScopesResponse['body']>('scopes', { frameId: 1 });
  assert.equal((await client.children(locals.scopes[2]?.variablesReference ?? 0, { start: 2, count: 3 })).length, 3);
});

const contexts: readonly (readonly [string, string, RegExp])[] = [
  ['hover', 'desk->serial', /^39$/], ['watch', 'desk->serial,x', /^0x27$/], ['watch', '1 + 2 * 3', /^7$/], ['clipboard', 'desk->serial', /^39$/], ['clipboard', 'desk->text', /^\{216 .*, 205 .*\}$/],
  ['clipboard', '*desk', /^\{\n {2}stamped_at = .*\n {2}behind = 0x[^]*\n {2}text = \{216 .*\}\n\}$/], ['clipboard', 'desk', /^0x80003a30/], ['repl', 'x0', /./], ['repl', 'a0', /^0x/],
];

check('evaluation in its contexts', async (client) => {
  await toLetter(client);
  for (const [context, expression, expect] of contexts) {
    const response = await client.send('evaluate', { expression, context, frameId: 1 });
    assert.match(response.success ? (response.body as { result: string }).result : response.message ?? '', expect, `${context}: ${expression}`);
  }
  // What the pointer rests on may be anything: no dialog, no notification.
  for (const word of ['while', 'Reads the letter many times', 'hash = ', '// comment', '']) {
    const response = await client.send('evaluate', { expression: word, context: 'hover', frameId: 1 });
    assert.equal(response.success, false, word);
    assert.equal((response.body as { error: { showUser: boolean } }).error.showUser, false);
  }
});

check('breakpoint locations, and a breakpoint at a column', async (client) => {
  const ask = async (args: object): Promise<string[]> =>
    (await client.request<{ breakpoints: DebugProtocol.BreakpointLocation[] }>('breakpointLocations', { source: source('sorting.c'), ...args })).breakpoints.map(({ line, column }) => `${line}:${column ?? ''}`);
  const all = await ask({ line: 45 });
  assert.ok(all.length > 1 && all.every((place) => place.startsWith('45:')), all.join(' '));
  const columns = all.map((place) => Number(place.split(':')[1]));
  assert.deepEqual(columns, [...columns].sort((a, b) => a - b));
  assert.deepEqual(await ask({ line: 45, column: (columns[0] ?? 0) + 1 }), all.slice(1));
  assert.deepEqual(await ask({ line: 45, endLine: 45, endColumn: columns[0] }), all.slice(0, 1));
  assert.deepEqual(await ask({ line: 9999 }), []);
  for (const column of columns) {
    const { breakpoints } = await client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>('setBreakpoints', { source: source('sorting.c'), breakpoints: [{ line: 45, column }] });
    assert.deepEqual([breakpoints[0]?.line, breakpoints[0]?.column], [45, column]);
    assert.equal((await client.move('continue')).reason, 'breakpoint');
    const [frame] = await client.stack();
    assert.deepEqual([frame?.line, frame?.column], [45, column]);
  }
});

check('modules and sources', async (client) => {
  const { modules, totalModules } = await client.request<{ modules: DebugProtocol.Module[]; totalModules: number }>('modules');
  assert.deepEqual([modules.length, totalModules, modules[0]?.name], [1, 1, 'heisenbug.elf']);
  assert.match(modules[0]?.addressRange ?? '', /^0x80000000-0x8000/);
  assert.match(modules[0]?.symbolStatus ?? '', /DWARF 5/);
  assert.deepEqual((await client.request<{ modules: unknown[] }>('modules', { startModule: 1 })).modules, []);
  const told = client.received.filter((message) => message.type === 'event' && (message as DebugProtocol.Event).event === 'module');
  assert.equal(told.length, 1);
  const { sources } = await client.request<{ sources: DebugProtocol.Source[] }>('loadedSources');
  assert.ok(['main.c', 'sorting.c', 'start.S'].every((name) => sources.some((each) => each.name === name)));
});

check('an exception in words', async (client) => {
  await crashed(client);
  const { details } = await client.request<{ details: { message: string; stackTrace: string } }>('exceptionInfo', { threadId: 1 });
  assert.match(details.message, /^Load access fault at 0x1\.\nInstruction: ld a5,0\(a5\) at 0x800002e8 <letters_count_free\+14> \(.*letters\.c:29\), in machine mode\.\nThere is no memory at this physical address/);
  assert.match(details.stackTrace, /^at letters_count_free \(.*letters\.c:29\)\nat deliver_batch/);
});

check('panic functions can be others', async (client) => {
  await client.request('setExceptionBreakpoints', { filters: ['guest-panic'] });
  const stop = await client.move('continue');
  assert.deepEqual([stop.reason, stop.hitBreakpointIds?.length], ['exception', 1]);
  assert.match(await client.place(), /^book /);
  await client.request('setExceptionBreakpoints', { filters: [], filterOptions: [{ filterId: 'guest-panic', condition: '$a0 == 0x1000' }] });
  await client.request('continue', { threadId: 1 });
  assert.equal((await client.move('pause')).reason, 'pause');
}, () => ({ panicFunctions: ['book', 'no_such_function'] }));

check('restart: a recording from its beginning; a live machine not', async (client) => {
  await toLetter(client);
  assert.match((await client.move('restart')).description ?? '', /Beginning of the recording/);
  assert.equal(await client.position(), 0);
  const live = await launched();
  assert.match(await live.refusal('restart'), /Only a recording starts again/);
  await live.end();
}, () => ({ recording }));

test('requests that wait can be cancelled', async () => {
  const client = await launched();
  const seqs = ['stackTrace', 'scopes', 'threads'].map((command) => client.post(command, { frameId: 1 }));
  await client.request('cancel', { requestId: seqs[1] });
  await client.request('cancel', { requestId: 9999 });
  const answers = seqs.map((seq) => client.received.find((message) => message.type === 'response' && (message as DebugProtocol.Response).request_seq === seq) as DebugProtocol.Response);
  assert.deepEqual(answers.map(({ success, message }) => success || message), [true, 'cancelled', true]);
  await client.end();
});

interface Tables {
  readonly entries: Readonly<Record<string, bigint>>;
  readonly privilege?: 'U' | 'S' | 'M';
  readonly status?: bigint;
  readonly mode?: bigint;
}

/** A hart whose page table is at physical 0x1000, with the entries that are given by physical address. */
function hart({ entries, privilege = 'S', status = 0n, mode = 8n }: Tables): Inspection {
  const memory = new Map(Object.entries(entries).map(([address, entry]) => [BigInt(address), entry]));
  const parts: Partial<Inspection> = {
    privilege,
    csr: (number) => (number === 0x180 ? (mode << 60n) | 1n : number === 0x300 ? status : undefined),
    readPhysical: (address, sizeBytes) => {
      const bytes = Buffer.alloc(sizeBytes);
      if (address >= 0x10000n) return new Uint8Array(0);
      bytes.writeBigUInt64LE(memory.get(address) ?? 0n);
      return bytes;
    },
  };
  return parts as Inspection;
}

const pte = (physical: bigint, bits: bigint): bigint => ((physical >> 12n) << 10n) | bits;
const down = { '0x1000': pte(0x2000n, 1n), '0x2000': pte(0x3000n, 1n) };
const walks: readonly (readonly [string, Tables, bigint, Access, RegExp | undefined])[] = [
  ['machine mode', { entries: {}, privilege: 'M' }, 0n, 'load', undefined],
  ['bare', { entries: {}, mode: 0n }, 0n, 'load', undefined],
  ['nothing at all', { entries: {} }, 0x1234n, 'load', /^The level 2 entry of the Sv39 page table, at physical 0x1000, is not valid: 0x0\.$/],
  ['nothing at the last level', { entries: down }, 0x5678n, 'load', /^The level 0 entry of the Sv39 page table, at physical 0x3028, is not valid/],
  ['mapped', { entries: { ...down, '0x3000': pte(0x80005000n, 0xfn) } }, 0x678n, 'store', /maps it to physical 0x80005678 \(rwx-\)\.$/],
  ['read only', { entries: { ...down, '0x3000': pte(0x80005000n, 3n) } }, 0x678n, 'store', /\(r---\): it is not writable\.$/],
  ['not executable', { entries: { ...down, '0x3000': pte(0x80005000n, 3n) } }, 0x678n, 'fetch', /it is not executable\.$/],
  ['for the user', { entries: { ...down, '0x3000': pte(0x80005000n, 0x17n) } }, 0x678n, 'load', /for user mode, and SUM in sstatus is off/],
  ['for the user, SUM', { entries: { ...down, '0x3000': pte(0x80005000n, 0x17n) }, status: 1n << 18n }, 0x678n, 'load', /\(rw-u\)\.$/],
  ['not for the user', { entries: { ...down, '0x3000': pte(0x80005000n, 7n) }, privilege: 'U' }, 0x678n, 'load', /not for user mode/],
  ['a large page', { entries: { '0x1000': pte(0x2000n, 1n), '0x2000': pte(0x80200000n, 7n) } }, 0x1_5678n, 'load', /level 1 entry.*physical 0x80215678/],
  ['a large page, askew', { entries: { '0x1000': pte(0x2000n, 1n), '0x2000': pte(0x80201000n, 7n) } }, 0x5678n, 'load', /not aligned/],
  ['reserved', { entries: { '0x1000': 5n } }, 0n, 'load', /reserved, writable but not readable/],
  ['a table outside of memory', { entries: { '0x1000': pte(0x100000n, 1n) } }, 0n, 'load', /level 1 entry.*is not in memory/],
  ['no such address', { entries: {} }, 1n << 40n, 'load', /^Sv39 has no such address: bits 63 to 39 are not all the same as bit 38\.$/],
  ['Sv48', { entries: {}, mode: 9n }, 0n, 'load', /level 3 entry of the Sv48/],
  ['MPRV', { entries: {}, privilege: 'M', status: (1n << 17n) | (1n << 11n) }, 0n, 'load', /level 2 entry/],
  ['MPRV and a fetch', { entries: {}, privilege: 'M', status: (1n << 17n) | (1n << 11n) }, 0n, 'fetch', undefined],
];

for (const [what, tables, address, access, expect] of walks) {
  test(`page table walk: ${what}`, () => {
    const walk = walkPageTable(hart(tables), address, access);
    if (expect === undefined) assert.equal(walk, undefined);
    else assert.match(walk?.words ?? '', expect);
  });
}
