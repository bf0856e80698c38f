/** QEMU's qtest protocol (docs/devel/qtest.rst): reads and writes to a machine that is stopped. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { findTool, tools } from '../tools.ts';

const SUFFIX: Readonly<Record<number, string>> = { 1: 'b', 2: 'w', 4: 'l', 8: 'q' };

export function readCommand(gpa: number, size: number): string {
  return `read${SUFFIX[size]} 0x${gpa.toString(16)}`;
}

export function writeCommand(gpa: number, size: number, value: bigint): string {
  return `write${SUFFIX[size]} 0x${gpa.toString(16)} 0x${value.toString(16)}`;
}

/** For each command: the changes of the intercepted interrupts, then the value read. */
export async function runInQtest(options: readonly string[], commands: readonly string[]): Promise<string[]> {
  const qemu = spawn(findTool(tools.qemu) ?? '', [
    '-M', 'virt', '-bios', 'none', '-S', '-display', 'none', '-serial', 'null', '-monitor', 'none', ...options, '-qtest', 'stdio', '-qtest-log', '/dev/null',
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
    return splitAnswers(lines);
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
