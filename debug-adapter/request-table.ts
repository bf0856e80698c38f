/** Request name → function. A request that is not here is answered with an error. */
import type { RequestHandler } from './request.ts';
import { cancel, configurationDone, disconnect, initialize, terminate, threads } from './requests/lifecycle.ts';
import { launch } from './requests/launch.ts';
import { breakpointLocations, setBreakpoints } from './requests/set-breakpoints.ts';
import { setFunctionBreakpoints } from './requests/set-function-breakpoints.ts';
import { setInstructionBreakpoints } from './requests/set-instruction-breakpoints.ts';
import { dataBreakpointInfo, setDataBreakpoints } from './requests/data-breakpoints.ts';
import { exceptionInfo, setExceptionBreakpoints } from './requests/exceptions.ts';
import { continueForward, pause, reverseContinue } from './requests/run.ts';
import { next, stepBack, stepBackInto, stepBackOut, stepIn, stepOut, toFunctionStart } from './requests/step.ts';
import { stepInTargets } from './requests/step-in-targets.ts';
import { goTo, gotoTargets } from './requests/goto.ts';
import { restartFrame } from './requests/restart-frame.ts';
import { nextEvent, previousEvent } from './requests/reverse.ts';
import { lastWrite } from './requests/last-write.ts';
import { runToLine } from './requests/run-to-line.ts';
import { source } from './requests/source.ts';
import { stackTrace } from './requests/stack-trace.ts';
import { scopes, variables } from './requests/variables.ts';
import { setExpression, setVariable } from './requests/set-variable.ts';
import { completions } from './requests/completions.ts';
import { loadedSources, modules } from './requests/modules.ts';
import { restart } from './requests/restart.ts';
import { evaluate } from './requests/evaluate.ts';
import { readMemory, writeMemory } from './requests/read-memory.ts';
import { disassemble } from './requests/disassemble.ts';
import { seek, timeline } from './requests/timeline.ts';
import { page, pages } from './requests/pages.ts';
import { consoleInput, terminalSize } from './requests/console.ts';
import { consoleLines, findConsoleLines } from './requests/console-lines.ts';

export const requestTable: Readonly<Record<string, RequestHandler>> = {
  initialize,
  launch,
  configurationDone,
  disconnect,
  terminate,
  cancel,
  threads,
  restart,
  breakpointLocations,
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
  stepInTargets,
  gotoTargets,
  goto: goTo,
  restartFrame,
  stackTrace,
  source,
  loadedSources,
  modules,
  scopes,
  variables,
  setVariable,
  evaluate,
  setExpression,
  completions,
  readMemory,
  writeMemory,
  disassemble,
  'chronovisor/stepBackInto': stepBackInto,
  'chronovisor/stepBackOut': stepBackOut,
  'chronovisor/toFunctionStart': toFunctionStart,
  'chronovisor/previousEvent': previousEvent,
  'chronovisor/nextEvent': nextEvent,
  'chronovisor/runToLine': runToLine,
  'chronovisor/lastWrite': lastWrite,
  'chronovisor/timeline': timeline,
  'chronovisor/seek': seek,
  'chronovisor/pages': pages,
  'chronovisor/page': page,
  'chronovisor/console': consoleInput,
  'chronovisor/terminalSize': terminalSize,
  'chronovisor/consoleLines': consoleLines,
  'chronovisor/findConsoleLines': findConsoleLines,
};
