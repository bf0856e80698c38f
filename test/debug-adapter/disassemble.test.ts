/** Disassembly forward and backward from any instruction, compared with objdump's: compressed code has instructions of two lengths. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { objdumpMissing } from '../isa/objdump.ts';
import { guestFile, launched, type AdapterClient } from './adapter-client.ts';

const RUNS = 150;

/** Addresses of all instructions, and of the zeros that fill gaps between functions. */
function listed(): bigint[] {
  const text = execFileSync('riscv64-unknown-elf-objdump', ['-d', '-z', guestFile], { encoding: 'utf8' });
  // Behind the last function, constants are in the same section.
  return [...text.slice(0, text.indexOf('<power_off>:')).matchAll(/^\s*([0-9a-f]+):\t/gm)].map((match) => BigInt(`0x${match[1] ?? ''}`));
}

async function ask(client: AdapterClient, address: bigint, instructionOffset: number, instructionCount: number, more: object = {}): Promise<DebugProtocol.DisassembledInstruction[]> {
  const args = { memoryReference: `0x${address.toString(16)}`, instructionOffset, instructionCount, ...more };
  return (await client.request<{ instructions: DebugProtocol.DisassembledInstruction[] }>('disassemble', args)).instructions;
}

test('any window of instructions', { skip: objdumpMissing }, async () => {
  const all = listed();
  assert.ok(all.length > 250, `${all.length}`);
  const client = await launched();
  await fc.assert(fc.asyncProperty(fc.nat(all.length - 1), fc.integer({ min: -60, max: 20 }), fc.integer({ min: 1, max: 80 }), async (index, skip, count) => {
    const expect = all.slice(Math.max(index + skip, 0), Math.max(index + skip + count, 0));
    const answer = await ask(client, all[index] ?? 0n, skip, count);
    assert.equal(answer.length, count);
    // Before the first instruction and behind the last one are data, or nothing.
    const inside = answer.map(({ address }) => BigInt(address)).filter((address) => address >= (all[0] ?? 0n) && address <= (all.at(-1) ?? 0n));
    assert.deepEqual(inside, expect);
  }), { numRuns: RUNS });
  await client.end();
});

test('without symbols; what is no instruction', async () => {
  const client = await launched();
  const [plain] = await ask(client, 0x8000_01f6n, 0, 1, { resolveSymbols: false });
  assert.equal(plain?.instruction, 'jal 0x80000290');
  const [named] = await ask(client, 0x8000_01f6n, 0, 1);
  assert.equal(named?.instruction, 'jal 0x80000290 <letter_give_back>');
  const [zeros] = await ask(client, 0x8010_0000n, 0, 1);
  assert.equal(zeros?.presentationHint, 'invalid');
  await client.end();
});
