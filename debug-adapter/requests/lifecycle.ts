/** initialize, configurationDone, threads, cancel, terminate, disconnect. */
import { Arguments } from '../arguments.ts';
import { capabilities } from '../capabilities.ts';
import { RequestError } from '../errors.ts';
import type { RequestHandler } from '../request.ts';
import { stoppedEvent } from '../stopped-event.ts';

export const initialize: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('initialize', args);
  debuggee.client = {
    linesStartAt1: fields.optionalBoolean('linesStartAt1') ?? true,
    columnsStartAt1: fields.optionalBoolean('columnsStartAt1') ?? true,
    progress: fields.optionalBoolean('supportsProgressReporting') ?? false,
    memoryEvents: fields.optionalBoolean('supportsMemoryEvent') ?? false,
    invalidated: fields.optionalBoolean('supportsInvalidatedEvent') ?? false,
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
      debuggee.motion.start('Running', (control) => debuggee.breakpoints.runForward(control));
    },
  };
};

export const threads: RequestHandler = (debuggee) => ({ body: { threads: [{ id: 1, name: ['hart 0', debuggee.whereabouts()].filter(Boolean).join(' · ') }] } });

/** A request that still waits is cancelled as it arrives (see adapter.ts); one that was answered is over. */
export const cancel: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('cancel', args);
  const progressId = fields.optionalString('progressId');
  fields.optionalInteger('requestId');
  if (progressId !== undefined && !debuggee.motion.cancel(progressId)) throw new RequestError('Nothing to cancel: this has finished.');
  return undefined;
};

/** Ends the debuggee gracefully: the recording is complete up to here. */
export const terminate: RequestHandler = async (debuggee, args) => {
  new Arguments('terminate', args).optionalBoolean('restart');
  debuggee.requireLoaded();
  await debuggee.close();
  return { afterwards: () => { debuggee.emit('terminated'); } };
};

/** The machine is part of this process: it ends in any case. */
export const disconnect: RequestHandler = async (debuggee) => {
  await debuggee.close();
  return undefined;
};
