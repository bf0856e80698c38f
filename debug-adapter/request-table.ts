/** Request name → function. A request that is not here is answered with an error. */
import type { RequestHandler } from './request.ts';
import { cancel, configurationDone, disconnect, initialize, terminate, threads } from './requests/lifecycle.ts';
import { launch } from './requests/launch.ts';
import { setBreakpoints } from './requests/set-breakpoints.ts';
import { setFunctionBreakpoints } from './requests/set-function-breakpoints.ts';
import { setInstructionBreakpoints } from './requests/set-instruction-breakpoints.ts';
import { dataBreakpointInfo, setDataBreakpoints } from './requests/data-breakpoints.ts';
import { exceptionInfo, setExceptionBreakpoints } from './requests/exceptions.ts';
import { continueForward, pause, reverseContinue } from './requests/run.ts';
import { next, stepBack, stepIn, stepOut } from './requests/step.ts';
import { source } from './requests/source.ts';
import { stackTrace } from './requests/stack-trace.ts';
import { scopes, variables } from './requests/variables.ts';
import { evaluate } from './requests/evaluate.ts';
import { readMemory } from './requests/read-memory.ts';
import { disassemble } from './requests/disassemble.ts';
import { seek, timeline } from './requests/timeline.ts';
import { page, pages } from './requests/pages.ts';
import { consoleInput, terminalSize } from './requests/console.ts';

export const requestTable: Readonly<Record<string, RequestHandler>> = {
  initialize,
  launch,
  configurationDone,
  disconnect,
  terminate,
  cancel,
  threads,
  setBreakpoints,
  setFunctionBreakpoints,
  setInstructionBreakpoints,
  dataBreakpointInfo,
  setDataBreakpoints,
  setExceptionBreakpoints,
  exceptionInfo,
  continue: continueForward,
  reverseContinue,
  pause,
  next,
  stepIn,
  stepOut,
  stepBack,
  stackTrace,
  source,
  scopes,
  variables,
  evaluate,
  readMemory,
  disassemble,
  'chronovisor/timeline': timeline,
  'chronovisor/seek': seek,
  'chronovisor/pages': pages,
  'chronovisor/page': page,
  'chronovisor/console': consoleInput,
  'chronovisor/terminalSize': terminalSize,
};
