/**
 * The devices against QEMU's own, register by register: random accesses through QEMU's qtest protocol (docs/devel/qtest.rst).
 * QEMU's machine is stopped, so its clock stands at 0, like the board's.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CLINT_BASE } from '../../emulator/devices/memory-map.ts';
import { missingTools, tools } from '../tools.ts';
import { Board } from './board.ts';
import { access, isEnableWrite, type Operation } from './device-operations.ts';
import { readCommand, runInQtest, writeCommand } from './qtest.ts';

const SEQUENCES = 8 * Number(process.env['FUZZ_ROUNDS'] ?? 1);
const SEQUENCE_LENGTH = 1500;
const RTC_BASE_TIME = '2020-01-01T00:00:00';
const RTC_BASE_NS = BigInt(Date.parse(`${RTC_BASE_TIME}Z`)) * 1_000_000n;

function command(step: Operation): string {
  assert(step.kind === 'read' || step.kind === 'write');
  return step.kind === 'read' ? readCommand(step.gpa, step.size) : writeCommand(step.gpa, step.size, step.value);
}

/** For each step: the changes of the hart's interrupt inputs, then the value read. */
async function runInQemu(steps: readonly Operation[]): Promise<string[]> {
  const answers = await runInQtest(['-rtc', `base=${RTC_BASE_TIME},clock=vm`], ['irq_intercept_in /machine/soc0/harts[0]', ...steps.map(command)]);
  return answers.slice(1);
}

function runHere(steps: readonly Operation[]): string[] {
  const board = new Board(RTC_BASE_NS);
  return steps.map((step) => {
    board.log.length = 0;
    const value = step.kind === 'read' ? board.read(step.gpa, step.size) : undefined;
    if (step.kind === 'write') board.write(step.gpa, step.size, step.value);
    const events = board.log.filter((line) => line.startsWith('IRQ'));
    return [...events, ...(value === undefined ? [] : [value.toString(16)])].join(', ');
  });
}

/** What an enable bit brings about comes with it here, with the next access in QEMU. */
function joinEnableWrites(steps: readonly Operation[], answers: readonly string[]): string[] {
  const joined = [...answers];
  steps.forEach((step, index) => {
    if (!isEnableWrite(step)) return;
    joined[index + 1] = [joined[index], joined[index + 1]].filter((answer) => answer !== '').join(', ');
    joined[index] = '';
  });
  return joined;
}

test('registers and interrupts equal QEMU', { skip: missingTools(tools.qemu), timeout: 60_000 * SEQUENCES }, async () => {
  // MTIP is high at power-on, before qtest listens.
  const quiet: Operation = { kind: 'write', gpa: CLINT_BASE + 0x4000, size: 8, value: 0n };
  const sequences = fc.sample(fc.array(access, { minLength: SEQUENCE_LENGTH, maxLength: SEQUENCE_LENGTH, size: 'max' }), { numRuns: SEQUENCES, seed: 42 });
  for (const sequence of sequences) {
    const steps: readonly Operation[] = [quiet, ...sequence.flat()];
    const theirs = joinEnableWrites(steps, await runInQemu(steps));
    const ours = joinEnableWrites(steps, runHere(steps));
    assert.equal(theirs.length, steps.length, 'QEMU answered every command');
    const first = ours.findIndex((answer, index) => answer !== theirs[index]);
    if (first === -1) continue;
    const context = steps.slice(Math.max(0, first - 25), first + 1).map(command).join('\n');
    assert.fail(`after\n${context}\nhere: "${ours[first]}", QEMU: "${theirs[first]}"`);
  }
});
