/** One measurement in a process of its own: `measure.ts NAME TASK`, both from children.ts; prints its result as JSON. */
import { measureCheckpoints, type CheckpointTask } from './checkpoint-cost.ts';
import { measureDebugger, type DebuggerTask } from './debugger-cost.ts';
import { measureInterpreter, type InterpreterSpeed } from './interpreter.ts';
import { measureRecordingCost, type RecordingCostTask } from './recording-cost.ts';
import { measureLinuxTravel, type LinuxTravelTask } from './linux-travel.ts';
import { measureRun, type RunTask } from './run-cost.ts';
import { measureStepBack, type StepBackTask } from './step-back.ts';
import { measureSymbols, type SymbolsTask } from './symbols-cost.ts';

export interface InterpreterTask {
  readonly guest: string;
  readonly isTranslated: boolean;
  readonly scale: number;
}

async function interpreter({ guest, ...options }: InterpreterTask): Promise<InterpreterSpeed> {
  let result: InterpreterSpeed | undefined;
  await measureInterpreter([guest], options, (speed) => { result = speed; });
  if (result === undefined) throw new Error(`${guest} was not measured`);
  return result;
}

const [name, json = '{}'] = process.argv.slice(2);
const task: unknown = JSON.parse(json);

async function measure(): Promise<unknown> {
  switch (name) {
    case 'interpreter': return interpreter(task as InterpreterTask);
    case 'recording': return measureRecordingCost(task as RecordingCostTask);
    case 'step-back': return measureStepBack(task as StepBackTask);
    case 'run': return measureRun(task as RunTask);
    case 'linux-travel': return measureLinuxTravel(task as LinuxTravelTask);
    case 'symbols': return measureSymbols(task as SymbolsTask);
    case 'debugger': return measureDebugger(task as DebuggerTask);
    case 'checkpoint': return measureCheckpoints(task as CheckpointTask);
    default: throw new Error(`there is no measurement ${String(name)}`);
  }
}

process.stdout.write(JSON.stringify(await measure()));
