/** What it takes to run a bare guest to its end: plainly, recorded to a file as `chronovisor record` does it, or replayed from one. */
import { readFileSync, statSync } from 'node:fs';
import { createLiveSession, NO_CONDITIONS, openRecording, type Session } from '../../emulator/index.ts';
import { createLogFile, nodeHost } from '../../emulator/host/node-host.ts';
import { configurationOf } from './bench-guests.ts';
import { costOf, type ProcessCost } from './processes.ts';

export interface RunTask {
  readonly mode: 'run' | 'record' | 'replay';
  readonly elf: string;
  /** The recording. */
  readonly file: string;
  readonly memorySizeBytes?: number;
}

export interface RunCost extends ProcessCost {
  readonly instructions: number;
  readonly framesUsed: number;
  readonly fileSizeBytes: number;
}

/** Nobody goes back in time here. */
const timeline = { checkpointSpacing: Infinity };

function open({ mode, elf, file, memorySizeBytes }: RunTask): Session {
  if (mode === 'replay') return openRecording({ bytes: new Uint8Array(readFileSync(file)), name: file, timeline }, nodeHost);
  return createLiveSession({ configuration: configurationOf(elf, memorySizeBytes), timeline, ...(mode === 'record' ? { log: createLogFile(file, true) } : {}) }, nodeHost);
}

export async function measureRun(task: RunTask): Promise<RunCost> {
  const session = open(task);
  const cost = await costOf(() => session.runForward(NO_CONDITIONS));
  const { position, framesUsed } = session.timeline(0);
  session.close();
  return { ...cost, instructions: position, framesUsed, fileSizeBytes: task.mode === 'run' ? 0 : statSync(task.file).size };
}
