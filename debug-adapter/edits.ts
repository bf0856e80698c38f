/** Changing the machine's state on behalf of a person. */
import type { StateEdit } from '../emulator/index.ts';
import type { Debuggee } from './debuggee.ts';

/** Refused in the past, with a UserError that says why. What the client shows keeps its ids, and is read anew. */
export function applyEdits(debuggee: Debuggee, edits: readonly StateEdit[]): void {
  const view = debuggee.stopped;
  view.session.edit(edits);
  view.refresh();
}

/** After the response. */
export function tellEdited(debuggee: Debuggee): void {
  debuggee.shownMemory.tellChanged(debuggee.emit);
  if (debuggee.client.invalidated) debuggee.emit('invalidated', { areas: ['variables'] });
  // The edit is an event of the recording.
  debuggee.showPosition();
}
