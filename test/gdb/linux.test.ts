/** GDB on Linux: virtual addresses, supervisor mode, and back in time through what the kernel did. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLiveSession, NO_CONDITIONS } from '../../emulator/index.ts';
import { bootConfiguration } from '../../emulator/host/boot-files.ts';
import { nodeHost } from '../../emulator/host/node-host.ts';
import { missingLinuxGuest, missingTools, tools } from '../tools.ts';
import { gdbOnSession } from './gdb-process.ts';

test('a kernel that boots', { skip: missingTools(tools.gdb) || missingLinuxGuest() }, async () => {
  const session = createLiveSession({ configuration: bootConfiguration({ guest: 'linux', drives: [] }, (option) => option), idle: 'skip' }, nodeHost);
  await session.runForward(NO_CONDITIONS, { until: 150_000_000 });
  const { gdb, close } = await gdbOnSession(session);
  try {
    assert.match(await gdb.do('info registers priv'), /Supervisor/);
    assert.equal(await gdb.value('$satp'), session.inspect.csr(0x180));
    const pc = await gdb.value('$pc');
    assert.ok(pc > 2n ** 63n, 'the kernel runs at virtual addresses');
    assert.equal(await gdb.value('*(unsigned short *)$pc'), BigInt(Buffer.from(session.inspect.readVirtual(pc, 2)).readUInt16LE()));
    assert.match(await gdb.do('x/2i $pc'), /^=> 0xffffffff/);

    await gdb.do('tbreak *$stvec');
    await gdb.do('reverse-continue');
    const handler = session.timeline(0).position;
    assert.equal(await gdb.value('$pc'), await gdb.value('$stvec'));
    await gdb.do('monitor interrupts into');
    for (let count = 0; count < 5; count++) await gdb.do('reverse-stepi');
    assert.equal(session.timeline(0).position, handler - 5);

    await gdb.do('watch -location *(long *)($sp - 8)');
    await gdb.do('continue');
    assert.equal(await gdb.value('$pc'), session.inspect.pc);
    await gdb.do('delete');
    await gdb.do('monitor catch page');
    const trap = await gdb.do('reverse-continue');
    assert.match(trap, /SIGSEGV|No more reverse-execution history/);
  } finally {
    await close();
    session.close();
  }
});
