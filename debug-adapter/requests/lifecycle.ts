/** initialize, configurationDone, threads, cancel, terminate, disconnect. */
import { Arguments } from '../arguments.ts';
import { exceptionFilters } from '../exception-causes.ts';
import { RequestError } from '../errors.ts';
import type { RequestHandler } from '../request.ts';
import { stoppedEvent } from '../stopped-event.ts';

const capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsStepBack: true,
  supportsSteppingGranularity: true,
  supportsFunctionBreakpoints: true,
  supportsInstructionBreakpoints: true,
  supportsDataBreakpoints: true,
  supportsDataBreakpointBytes: true,
  supportsReadMemoryRequest: true,
  supportsDisassembleRequest: true,
  supportsExceptionInfoRequest: true,
  supportsEvaluateForHovers: true,
  supportsTerminateRequest: true,
  supportsCancelRequest: true,
  supportsDelayedStackTraceLoading: true,
  exceptionBreakpointFilters: exceptionFilters.map(({ filter, label, description, default: isDefault }) => ({ filter, label, description, default: isDefault })),
} as const;

export const initialize: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('initialize', args);
  debuggee.client = {
    linesStartAt1: fields.optionalBoolean('linesStartAt1') ?? true,
    columnsStartAt1: fields.optionalBoolean('columnsStartAt1') ?? true,
    progress: fields.optionalBoolean('supportsProgressReporting') ?? false,
  };
  return { body: capabilities };
};

export const configurationDone: RequestHandler = (debuggee) => {
  const { session } = debuggee.resting;
  if (debuggee.stopOnEntry) {
    const { event } = stoppedEvent({ reason: 'beginning', position: session.timeline(0).position }, debuggee);
    return {
      afterwards: () => {
        debuggee.showPosition();
        debuggee.emit('stopped', event);
      },
    };
  }
  return {
    afterwards: () => {
      debuggee.motion.start('Running', (control) => session.runForward(debuggee.breakpoints.conditions(), control));
    },
  };
};

export const threads: RequestHandler = () => ({ body: { threads: [{ id: 1, name: 'hart 0' }] } });

export const cancel: RequestHandler = (debuggee, args) => {
  const progressId = new Arguments('cancel', args).optionalString('progressId');
  if (progressId !== undefined && !debuggee.motion.cancel(progressId)) throw new RequestError('Nothing to cancel: this has finished.');
  return undefined;
};

/** Ends the debuggee gracefully: the recording is complete up to here. */
export const terminate: RequestHandler = async (debuggee) => {
  debuggee.requireLoaded();
  await debuggee.close();
  return { afterwards: () => { debuggee.emit('terminated'); } };
};

export const disconnect: RequestHandler = async (debuggee) => {
  await debuggee.close();
  return undefined;
};
