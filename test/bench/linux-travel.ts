/**
 * Going back in the boot of Linux: one session that recorded it live, and one that is opened from its recording. From random
 * positions, where a seek has come, and where a run forward has stopped; and from the prompt back to the kernel's entry.
 */
import { HART_SATP } from '../../emulator/core/layout.ts';
import { bootConfiguration } from '../../emulator/host/boot-files.ts';
import { nodeHost } from '../../emulator/host/node-host.ts';
import { createLiveSession, NO_CONDITIONS, openRecording, type MachineConfiguration, type Session } from '../../emulator/index.ts';
import { Lane } from '../lockstep/lane.ts';
import { courseWithoutInput } from '../lockstep/course.ts';
import { memoryLog, randomFrom } from '../session/sessions.ts';
import { costOf, type ProcessCost } from './processes.ts';

export interface LinuxTravelTask {
  readonly seed: number;
  /** Seeks, and runs forward, that steps back follow. */
  readonly seeks: number;
  readonly runs: number;
}

/** Steps back, in ms. */
export interface Steps {
  readonly wallMs: readonly number[];
  readonly cpuMs: readonly number[];
}

export interface TravelFigures {
  /** The first step back in the session. */
  readonly first: ProcessCost;
  /** Behind a seek: the first step, the steps after it; behind a run forward: the first. */
  readonly afterSeek: Steps;
  readonly following: Steps;
  readonly afterRun: Steps;
  readonly seeks: Steps;
  readonly reverseContinue: ProcessCost & { readonly distance: number; readonly found: boolean };
  readonly checkpoints: number;
  readonly framesUsed: number;
}

export interface LinuxTravelFigures {
  readonly end: number;
  /** Of the boot that is recorded live, with checkpoints; and of replaying it from the file to its end. */
  readonly boot: ProcessCost;
  readonly replay: ProcessCost;
  readonly live: TravelFigures;
  readonly file: TravelFigures;
}

const PROMPT = ':~# \x1b[6n';
const FOLLOWING_STEPS = 5;
const RUN_INSTRUCTIONS_MAX = 50_000_000;
/** The kernel begins to use its page tables before this. */
const ENTRY_BEFORE = 100_000_000;
const SEARCH_STEP = 100_000;

/** The first instruction that the kernel executes at a virtual address: every boot comes there once. */
function kernelEntry(configuration: MachineConfiguration): { readonly pc: bigint; readonly position: number } {
  const lane = new Lane(courseWithoutInput(configuration), {});
  const isVirtual = (): boolean => lane.machine.hart.u64(HART_SATP) !== 0n && lane.machine.hart.pc > 2n ** 63n;
  try {
    for (let at = SEARCH_STEP; at < ENTRY_BEFORE; at += SEARCH_STEP) {
      const before = lane.machine.saveState();
      lane.run(at);
      if (isVirtual()) {
        lane.restore(before);
        while (!isVirtual()) lane.run(lane.position + 1);
        return { pc: lane.machine.hart.pc, position: lane.position };
      }
      lane.machine.releaseState(before);
    }
  } finally {
    lane.close();
  }
  throw new Error('the kernel does not use virtual addresses');
}

class StepTimes {
  readonly wallMs: number[] = [];
  readonly cpuMs: number[] = [];

  async add(work: () => Promise<unknown>): Promise<void> {
    const cost = await costOf(work);
    this.wallMs.push(cost.wallMs);
    this.cpuMs.push(cost.cpuMs);
  }
}

async function travel(session: Session, { seed, seeks: count, runs }: LinuxTravelTask, entry: bigint): Promise<TravelFigures> {
  const { end } = session.timeline(0);
  const random = randomFrom(seed);
  const [afterSeek, following, afterRun, seeks] = [new StepTimes(), new StepTimes(), new StepTimes(), new StepTimes()];
  const stepBack = async (): Promise<void> => {
    const before = session.timeline(0).position;
    const { position } = await session.stepBackward();
    if (position !== before - 1) throw new Error(`a step back from ${before} came to ${position}`);
  };
  const first = await costOf(stepBack);
  // Before checkpoints are dense anywhere.
  await session.seek(end);
  const reverse = await costOf(() => session.runBackward({ ...NO_CONDITIONS, breakpoints: new Set([entry]) }));
  const found = { distance: end - session.timeline(0).position, found: session.inspect.pc === entry };
  for (let seek = 0; seek < count; seek++) {
    await seeks.add(() => session.seek(2 * FOLLOWING_STEPS + random(end - 2 * FOLLOWING_STEPS)));
    await afterSeek.add(stepBack);
    for (let step = 0; step < FOLLOWING_STEPS; step++) await following.add(stepBack);
  }
  for (let run = 0; run < runs; run++) {
    const from = random(end - 1);
    await session.seek(from);
    await session.runForward(NO_CONDITIONS, { until: Math.min(end, from + 1 + random(RUN_INSTRUCTIONS_MAX)) });
    await afterRun.add(stepBack);
  }
  const { checkpoints, framesUsed } = session.timeline(0);
  return {
    first, afterSeek, following, afterRun, seeks, reverseContinue: { ...reverse, ...found }, checkpoints: checkpoints.length, framesUsed,
  };
}

export async function measureLinuxTravel(task: LinuxTravelTask): Promise<LinuxTravelFigures> {
  const configuration = bootConfiguration({ guest: 'linux' }, String);
  const entry = kernelEntry(configuration);
  const log = memoryLog();
  const live = createLiveSession({ configuration, log: log.log, idle: 'skip' }, nodeHost);
  let text = '';
  const arrived = new AbortController();
  live.onConsoleOutput((bytes) => {
    text = (text + Buffer.from(bytes).toString('latin1')).slice(-PROMPT.length);
    if (text === PROMPT) arrived.abort();
  });
  const boot = await costOf(() => live.runForward(NO_CONDITIONS, { signal: arrived.signal }));
  const figures = await travel(live, task, entry.pc);
  live.close();
  const recorded = openRecording({ bytes: log.bytes(), name: 'linux.chrono' }, nodeHost);
  const { end } = recorded.timeline(0);
  const replay = await costOf(() => recorded.runForward(NO_CONDITIONS));
  const file = await travel(recorded, { ...task, seed: task.seed + 1 }, entry.pc);
  recorded.close();
  return { end, boot, replay, live: figures, file };
}
