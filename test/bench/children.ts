/** Measurements run in processes of their own: what one leaves behind in the engine would change the next. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { build } from 'esbuild';
import type { CheckpointCost, CheckpointTask } from './checkpoint-cost.ts';
import type { DebuggerFigures, DebuggerTask } from './debugger-cost.ts';
import type { InterpreterSpeed } from './interpreter.ts';
import type { LinuxTravelFigures, LinuxTravelTask } from './linux-travel.ts';
import type { InterpreterTask } from './measure.ts';
import type { RecordingCost, RecordingCostTask } from './recording-cost.ts';
import type { RunCost, RunTask } from './run-cost.ts';
import type { StepBackFigures, StepBackTask } from './step-back.ts';
import type { SymbolsFigures, SymbolsTask } from './symbols-cost.ts';

interface Tasks {
  readonly interpreter: [InterpreterTask, InterpreterSpeed];
  readonly recording: [RecordingCostTask, RecordingCost];
  readonly run: [RunTask, RunCost];
  readonly 'step-back': [StepBackTask, StepBackFigures];
  readonly checkpoint: [CheckpointTask, CheckpointCost[]];
  readonly debugger: [DebuggerTask, DebuggerFigures];
  readonly symbols: [SymbolsTask, SymbolsFigures];
  readonly 'linux-travel': [LinuxTravelTask, LinuxTravelFigures];
}

/** Does a task of measure.ts. */
export function child<Name extends keyof Tasks>(name: Name, task: Tasks[Name][0]): Tasks[Name][1] {
  const script = path.join(import.meta.dirname, 'measure.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script, name, JSON.stringify(task)], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`the measurement ${name} ${JSON.stringify(task)} failed: ${stderr}`);
  return JSON.parse(stdout) as Tasks[Name][1];
}

/** Bundles a program as it is shipped, for plain Node; the path of the bundle. `entry`: relative to the repository. */
export async function bundle(folder: string, entry: string): Promise<string> {
  const outfile = path.join(folder, `${path.basename(entry, '.ts')}.mjs`);
  await build({
    absWorkingDir: path.resolve(import.meta.dirname, '../..'), entryPoints: [entry], outfile, bundle: true, platform: 'node', target: 'node20', format: 'esm', logLevel: 'warning',
    banner: { js: "import { createRequire as createRequireForBundle } from 'node:module';\nconst require = createRequireForBundle(import.meta.url);" },
  });
  return outfile;
}
