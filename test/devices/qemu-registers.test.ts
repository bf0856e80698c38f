/**
 * The devices against QEMU's own, register by register: random accesses through QEMU's qtest protocol (docs/devel/qtest.rst).
 * QEMU's machine is stopped, so its clock stands at 0, like the board's.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import fc from 'fast-check';
import { CLINT_BASE } from '../../emulator/devices/memory-map.ts';
import { findTool, missingTools, tools } from '../tools.ts';
import { Board } from './board.ts';
import { access, isEnableWrite, type Operation } from './device-operations.ts';

const SEQUENCES = 8 * Number(process.env['FUZZ_ROUNDS'] ?? 1);
const SEQUENCE_LENGTH = 1500;
const RTC_BASE_TIME = '2020-01-01T00:00:00';
const RTC_BASE_NS = BigInt(Date.parse(`${RTC_BASE_TIME}Z`)) * 1_000_000n;
const SUFFIX: Readonly<Record<number, string>> = { 1: 'b', 2: 'w', 4: 'l', 8: 'q' };

function command(step: Operation): string {
  assert(step.kind === 'read' || step.kind === 'write');
  const address = `0x${step.gpa.toString(16)}`;
  return step.kind === 'read' ? `read${SUFFIX[step.size]} ${address}` : `write${SUFFIX[step.size]} ${address} 0x${step.value.toString(16)}`;
}

/** For each step: the changes of the hart's interrupt inputs, then the value read. */
async function runInQemu(steps: readonly Operation[]): Promise<string[]> {
  const commands = ['irq_intercept_in /machine/soc0/harts[0]', ...steps.map(command)];
  const qemu = spawn(findTool(tools.qemu) ?? '', [
    '-M', 'virt', '-bios', 'none', '-S', '-display', 'none', '-serial', 'null', '-monitor', 'none',
    '-rtc', `base=${RTC_BASE_TIME},clock=vm`, '-qtest', 'stdio', '-qtest-log', '/dev/null',
  ], { stdio: ['pipe', 'pipe', 'ignore'] });
  qemu.stdin.on('error', () => undefined);
  qemu.stdin.write(`${commands.join('\n')}\n`);
  try {
    const lines: string[] = [];
    let answered = 0;
    for await (const line of createInterface(qemu.stdout)) {
      lines.push(line);
      // QEMU does not end by itself when its input does.
      if (line.startsWith('OK') && ++answered === commands.length) break;
    }
    return splitAnswers(lines).slice(1);
  } finally {
    qemu.kill('SIGKILL');
  }
}

/** One string per command: what came before its OK, and its value. */
function splitAnswers(lines: readonly string[]): string[] {
  const answers: string[] = [];
  let events: string[] = [];
  for (const line of lines) {
    if (line.startsWith('OK')) {
      const value = line.slice(2).trim();
      answers.push([...events, ...(value === '' ? [] : [BigInt(value).toString(16)])].join(', '));
      events = [];
    } else {
      events.push(line);
    }
  }
  return answers;
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
