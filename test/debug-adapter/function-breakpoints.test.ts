/** Breakpoints by the name of a function: forward, backward, several, unknown ones. */
import assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { check, type AdapterClient } from './adapter-client.ts';

async function set(client: AdapterClient, ...names: string[]): Promise<DebugProtocol.Breakpoint[]> {
  return (await client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>('setFunctionBreakpoints', { breakpoints: names.map((name) => ({ name })) })).breakpoints;
}

check('stop behind the prologue, forward and backward at the same positions', async (client) => {
  const [breakpoint] = await set(client, 'sort');
  assert.ok(breakpoint?.verified === true && breakpoint.source?.name === 'sorting.c');
  const positions: number[] = [];
  for (let count = 0; count < 3; count++) {
    const stop = await client.move('continue');
    assert.deepEqual([stop.reason, stop.hitBreakpointIds], ['function breakpoint', [breakpoint.id]]);
    assert.equal(await client.place(), `sort sorting.c:${breakpoint.line ?? 0}`);
    positions.push(await client.position());
  }
  for (const position of positions.slice(0, -1).reverse()) {
    assert.equal((await client.move('reverseContinue')).reason, 'function breakpoint');
    assert.equal(await client.position(), position);
  }
});

check('several at once, an address among them; removed again', async (client) => {
  const [first, unknown, address] = await set(client, 'deliver_batch', 'no_such_function', '0x80000000');
  assert.deepEqual([first?.verified, unknown?.verified, address?.verified], [true, false, true]);
  assert.equal(unknown?.message, "The guest has no function 'no_such_function'.");
  await client.move('continue');
  assert.match(await client.place(), /^deliver_batch /);
  await set(client);
  await client.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: '0x80000000' }] });
  assert.equal((await client.move('reverseContinue')).reason, 'instruction breakpoint');
  assert.equal(await client.position(), 0);
});

check('what is no function is not taken for one', async (client) => {
  for (const name of ['', ' ', 'ticks', '*', '0x', 'sorting.c']) {
    const [breakpoint] = await set(client, name);
    assert.equal(breakpoint?.verified, false, `'${name}'`);
  }
  assert.match(await client.refusal('setFunctionBreakpoints', { breakpoints: [{}] }), /'name'/);
});
