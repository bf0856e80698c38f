/** Debian's GDB drives the sample guest, forward and backward, live and recorded, and says what the session says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createLiveSession, NO_CONDITIONS, openRecording, type LiveOptions, type Session } from '../../emulator/index.ts';
import { missingTools, tools } from '../tools.ts';
import { memoryLog, randomFrom, testHost } from '../session/sessions.ts';
import { Gdb, gdbOnSession, type GdbOnSession } from './gdb-process.ts';

const elf = path.resolve(import.meta.dirname, '../../guests/heisenbug/heisenbug.elf');
const skip = missingTools(tools.gdb);

function boot(options: Partial<LiveOptions> = {}): Session {
  const configuration = { memorySizeBytes: 32 * 2 ** 20, images: [{ name: 'heisenbug.elf', kind: 'elf' as const, bytes: new Uint8Array(readFileSync(elf)) }] };
  return createLiveSession({ configuration, idle: 'skip', ...options }, testHost());
}

/** A recording of the sample with keys pressed on the way: its bytes. */
async function recorded(): Promise<Uint8Array> {
  const log = memoryLog();
  const session = boot({ log: log.log });
  const random = randomFrom(7);
  for (let key = 0; key < 12; key++) {
    await session.runForward(NO_CONDITIONS, { until: session.timeline(0).position + 500_000 + random(500_000) });
    session.consoleInput(Uint8Array.of(97 + key));
  }
  await session.runForward(NO_CONDITIONS, { until: session.timeline(0).position + 1_000_000 });
  session.close();
  return log.bytes();
}

const positionOf = (session: Session): number => session.timeline(0).position;

describe('a live guest', { skip }, () => {
  let session: Session;
  let on: GdbOnSession;
  let gdb: Gdb;
  before(async () => {
    session = boot();
    on = await gdbOnSession(session, elf);
    gdb = on.gdb;
  });
  after(async () => {
    await on.close();
    session.close();
  });

  test('break main, continue, backtrace', async () => {
    assert.match(await gdb.do('info registers pc'), /0x80000000\b/);
    await gdb.do('break main');
    assert.match(await gdb.do('continue'), /Breakpoint 1, main \(\) at/);
    assert.match(await gdb.do('bt'), /^#0 +main \(\) at \.\/main\.c:4\n$/);
    assert.match(await gdb.do('info threads'), /hart 0, @6, live/);
    assert.equal(session.inspect.pc, await gdb.value('$pc'));
  });

  test('all registers are what the session says', async () => {
    const { inspect } = session;
    for (let index = 0; index < 32; index++) {
      assert.equal(await gdb.value(`$x${index}`), inspect.register(index), `x${index}`);
    }
    for (const [name, number] of [['mstatus', 0x300], ['mtvec', 0x305], ['misa', 0x301], ['mcycle', 0xb00], ['satp', 0x180], ['pmpaddr0', 0x3b0], ['fcsr', 0x003]] as const) {
      assert.equal(await gdb.value(`$${name}`), inspect.csr(number), name);
    }
    assert.match(await gdb.do('info registers priv'), /\[Machine\]/);
    assert.match(await gdb.do('info registers fa0'), /fa0 .*\{float = .*double = /);
    assert.equal((await gdb.command('info all-registers')).error, undefined);
  });

  test('memory and disassembly', async () => {
    const word = await gdb.value('*(unsigned int *)$pc');
    assert.equal(word, BigInt(Buffer.from(session.inspect.readVirtual(session.inspect.pc, 4)).readUInt32LE()));
    assert.match(await gdb.do('x/4i $pc'), /^=> 0x8000007c <main>:/);
    assert.match((await gdb.command('x/x 0x10000000')).error ?? '', /Cannot access memory at address 0x10000000/);
  });

  test('a condition is evaluated where the machine runs', async () => {
    await gdb.do('delete');
    await gdb.do('break deliver_batch if batch == 5 && serial % 2 == 0');
    assert.match(await gdb.do('continue'), /deliver_batch \(batch=batch@entry=5\)/);
    assert.match(await gdb.do('info breakpoints'), /breakpoint already hit 1 time/);
    assert.equal(await gdb.value('serial'), 160n);
  });

  test('watchpoints show both values, and stop where the access was, in both directions', async () => {
    await gdb.do('delete');
    await gdb.do('watch serial');
    assert.match(await gdb.do('continue'), /Old value = 160\nNew value = 161\n/);
    const behind = positionOf(session);
    assert.match(await gdb.do('continue'), /Old value = 161\nNew value = 162\n/);
    assert.match(await gdb.do('reverse-continue'), /Old value = 162\nNew value = 161\n/);
    assert.match(await gdb.do('reverse-continue'), /Old value = 161\nNew value = 160\n/);
    assert.equal(positionOf(session), behind - 1);
    assert.match(await gdb.do('continue'), /Old value = 160\nNew value = 161\n/);
    assert.equal(positionOf(session), behind);
  });

  test('read and access watchpoints', async () => {
    await gdb.do('delete');
    await gdb.do('rwatch free_letters');
    assert.match(await gdb.do('continue'), /Hardware read watchpoint \d+: free_letters\n\nValue = /);
    await gdb.do('delete');
    await gdb.do('awatch free_letters');
    assert.match(await gdb.do('continue'), /Hardware access \(read\/write\) watchpoint \d+: free_letters\n\n/);
    await gdb.do('delete');
  });

  test('an interrupt, and what was changed meanwhile', async () => {
    setTimeout(() => { gdb.interrupt(); }, 300);
    assert.match(await gdb.do('continue'), /signal-name="SIGINT"/);
    assert.ok(session.timeline(0).live);
  });

  test('writing is refused in the past, with the reason', async () => {
    await gdb.do('reverse-stepi');
    assert.match((await gdb.command('print $a0 = 1')).error ?? '', /Could not write register "a0"; remote failure reply 'E\..*past/);
    assert.match((await gdb.command('print serial = 1')).error ?? '', /Cannot access memory/);
    await gdb.do('stepi');
  });

  test('writing while live, and a call of a function of the guest', async () => {
    await gdb.do('set var $t0 = 0x1234');
    assert.equal(session.inspect.register(5), 0x1234n);
    await gdb.do('set var $ft0 = 1.5');
    assert.equal(session.inspect.floatRegister(0), 0x3ff8_0000_0000_0000n);
    await gdb.do('set var keys_pressed = 77');
    assert.equal(await gdb.value('keys_pressed'), 77n);
    assert.match(await gdb.do('print letters_count_free()'), /= \d+\n/);
  });

  test('detach and connect again', async () => {
    const position = positionOf(session);
    await gdb.do('break book');
    await gdb.do('detach');
    assert.equal(positionOf(session), position);
    await gdb.do(`target remote 127.0.0.1:${on.endpoint.port}`);
    assert.equal(await gdb.value('$pc'), session.inspect.pc);
    assert.match(await gdb.do('continue'), /, book \(/);
    await gdb.do('delete');
  });

  test('a second GDB is told why not', async () => {
    const second = new Gdb(elf);
    const { text, error } = await second.command(`target remote 127.0.0.1:${on.endpoint.port}`);
    assert.match(text, /Another debugger is connected to this machine: disconnect it first/);
    assert.ok(error !== undefined);
    await second.quit();
    assert.equal(await gdb.value('$pc'), session.inspect.pc);
  });

  test('a GDB that dies while the guest runs', async () => {
    void gdb.command('continue');
    await new Promise((resolve) => { setTimeout(resolve, 200); });
    await gdb.kill();
    gdb = await Gdb.on(on.endpoint, elf);
    assert.equal(await gdb.value('$pc'), session.inspect.pc);
    await gdb.quit();
  });
});

describe('a recording', { skip }, () => {
  let session: Session;
  let on: GdbOnSession;
  let gdb: Gdb;
  let end: number;
  before(async () => {
    session = openRecording({ bytes: await recorded(), name: 'test.chrono' }, testHost());
    ({ end } = session.timeline(0));
    on = await gdbOnSession(session, elf);
    gdb = on.gdb;
  });
  after(async () => {
    await on.close();
    session.close();
  });

  test('the end and the beginning', async () => {
    assert.match(await gdb.do('continue'), /No more reverse-execution history/);
    assert.equal(positionOf(session), end);
    assert.match(await gdb.do('reverse-continue'), /No more reverse-execution history/);
    assert.equal(positionOf(session), 0);
  });

  test('monitor seek, and registers as the session has them', async () => {
    const random = randomFrom(3);
    for (let count = 0; count < 25; count++) {
      const position = random(end);
      await gdb.seek(position);
      assert.equal(positionOf(session), position);
      assert.equal(await gdb.value('$pc'), session.inspect.pc);
      assert.equal(await gdb.value('*(unsigned long *)$sp'), Buffer.from(session.inspect.readVirtual(session.inspect.register(2), 8)).readBigUInt64LE());
    }
  });

  test('steps back are those of the session', async () => {
    await gdb.do('monitor interrupts into');
    await gdb.seek(end - 1000);
    for (let count = 1; count <= 60; count++) {
      await gdb.do('reverse-stepi');
      assert.equal(positionOf(session), end - 1000 - count);
      const pc = await gdb.value('$pc');
      await session.stepForward();
      await session.stepBackward();
      assert.equal(session.inspect.pc, pc);
    }
    for (let count = 59; count >= 0; count--) await gdb.do('stepi');
    assert.equal(positionOf(session), end - 1000);
    await gdb.do('monitor interrupts over');
  });

  test('a step over an interrupt, and its inverse', async () => {
    const trapEntry = await gdb.value('&trap_entry');
    // The first instruction of a handler that somebody was interrupted for in sort().
    await session.seek(1_000_000);
    let interrupted: number | undefined;
    while (interrupted === undefined) {
      const stop = await session.runForward({ ...NO_CONDITIONS, breakpoints: new Set([trapEntry]) });
      assert.equal(stop.reason, 'breakpoint');
      await session.seek(stop.position);
      const place = session.inspect.pc;
      if (place >= (await gdb.value('(unsigned long)&sort')) && place < (await gdb.value('(unsigned long)&book'))) interrupted = stop.position;
      else await session.seek(stop.position + 1);
    }
    await gdb.seek(interrupted);
    const pc = await gdb.value('$pc');
    assert.match(await gdb.do('stepi'), /func="sort"/);
    assert.ok(positionOf(session) > interrupted + 20, 'the handler was passed through');
    await gdb.do('reverse-stepi');
    assert.equal(await gdb.value('$pc'), pc);
    assert.match(await gdb.do('reverse-stepi'), /func="sort"/);
    assert.equal(positionOf(session), interrupted - 1);
  });

  test('next and reverse-next are inverse', async () => {
    // A line of more than one piece has several beginnings, to which GDB goes back one by one: these lines have one.
    await gdb.do('tbreak sorting.c:46');
    await gdb.seek(0);
    await gdb.do('continue');
    const stops: (readonly [number, bigint])[] = [];
    for (let count = 0; count < 3; count++) {
      stops.push([positionOf(session), await gdb.value('$pc')]);
      await gdb.do('next');
    }
    for (const [position, pc] of stops.reverse()) {
      await gdb.do('reverse-next');
      assert.deepEqual([positionOf(session), await gdb.value('$pc')], [position, pc]);
    }
  });

  test('finish, reverse-finish and reverse-step', async () => {
    await gdb.do('delete');
    await gdb.do('tbreak letter_take');
    await gdb.seek(0);
    await gdb.do('continue');
    const inside = positionOf(session);
    assert.match(await gdb.do('finish'), /Run till exit .*letter_take[^]*Value returned is /);
    await gdb.do('reverse-step');
    assert.match(await gdb.do('bt 1'), /letter_take/);
    assert.match(await gdb.do('reverse-finish'), /Run back to call of [^]*func="(deliver_batch|write_batch)"/);
    assert.equal(positionOf(session), inside - 1);
  });

  test('reverse-continue to a breakpoint with a condition', async () => {
    await gdb.do('delete');
    await gdb.seek(end);
    await gdb.do('break letter_give_back if letter->serial == 17');
    assert.match(await gdb.do('reverse-continue'), /letter_give_back/);
    assert.equal(await gdb.value('letter->serial'), 17n);
    const last = positionOf(session);
    assert.match(await gdb.do('reverse-continue'), /No more reverse-execution history|letter_give_back/);
    await gdb.seek(0);
    await gdb.do('continue');
    assert.equal(positionOf(session), last);
    await gdb.do('delete');
  });

  test('hardware breakpoints, until and advance', async () => {
    await gdb.do('delete');
    await gdb.seek(0);
    await gdb.do('hbreak book');
    assert.match(await gdb.do('continue'), /book \(/);
    await gdb.do('delete');
    await gdb.do('until');
    await gdb.do('finish');
    assert.match(await gdb.do('advance sort'), /sort \(/);
  });

  test('monitor commands', async () => {
    const rows: readonly (readonly [string, RegExp])[] = [
      ['help', /^monitor help\n/],
      ['position', /^@[\d,]+ of @[\d,]+\n$/],
      ['seek start', /^@0 of @[\d,]+, pc 0x80000000\. GDB still shows/],
      ['seek +1,000', /^@1,000 of /],
      ['seek -10', /^@990 of /],
      ['seek end', new RegExp(`^@${end.toLocaleString('en')} of `)],
      ['checkpoints', /^@0 {2}\d+ pages\n@/],
      ['events', /^@[\d,]+ {2}\S/],
      ['digest', /^[0-9a-f]{16}\n$/],
      ['info', /mode M, memory 32 MiB\n/],
      ['speed', /^\d+ million instructions a second\n$/],
      ['catch', /^No exception stops\.\n$/],
      ['catch illegal 13', /^Stops at exceptions with cause 2, 13\.\n$/],
      ['catch none', /^No exception stops\.\n$/],
      ['interrupts', /^Steps go over interrupts\.\n$/],
    ];
    for (const [command, expected] of rows) assert.match(await gdb.do(`monitor ${command}`), expected, command);
    const refusals: readonly (readonly [string, RegExp])[] = [
      ['frob', /There is no command 'frob': monitor help lists them\./],
      ['seek', /'' is no position/],
      ['seek x', /'x' is no position/],
      [`seek ${end + 1}`, /is outside of the recording/],
      ['catch fire', /'fire' is no exception/],
      ['interrupts out', /'out' is neither over nor into/],
      ['type hello', /Nothing can be typed here/],
    ];
    for (const [command, expected] of refusals) {
      const { text, error } = await gdb.command(`monitor ${command}`);
      assert.match(text, expected, command);
      assert.ok(error !== undefined, `${command} fails, so a script stops`);
    }
  });
});
