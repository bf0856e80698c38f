/** Recorded events as a timeline shows them. */
import { floatRegisterNames, integerRegisterNames } from '../isa/registers.ts';
import type { InputEvent, MachineEdit } from '../machine/input.ts';
import type { TimelineInfo } from './session-types.ts';

const SHOWN_BYTES = 24;
const SHOWN_EDITS = 4;
const SHOWN_EDIT_BYTES = 8;

/** At most `limit` events, evenly thinned, oldest first. */
export function summariseEvents(events: readonly InputEvent[], limit: number): TimelineInfo['events'] {
  const count = Math.max(0, Math.min(events.length, limit));
  return Array.from({ length: count }, (_, index) => events[Math.floor((index * events.length) / count)])
    .filter((event) => event !== undefined)
    .map((event) => ({ position: event.at, kind: event.kind, summary: summarise(event) }));
}

function summarise(event: InputEvent): string {
  switch (event.kind) {
    case 'console': {
      const text = JSON.stringify(new TextDecoder('latin1').decode(event.bytes.subarray(0, SHOWN_BYTES)));
      return event.bytes.length > SHOWN_BYTES ? `console input ${text}... (${event.bytes.length} bytes)` : `console input ${text}`;
    }
    case 'idle':
      return `idle for ${(event.ns / 1e6).toFixed(3)} ms`;
    case 'entropy':
      return `${event.bytes.length} random bytes`;
    case 'terminal-size':
      return `terminal of ${event.columns} columns and ${event.rows} rows`;
    case 'edit':
      return `edit: ${summariseEdits(event.edits)}`;
    case 'rtc-base':
      return `real-time clock starts at ${event.ns} ns`;
  }
}

function summariseEdits(edits: readonly MachineEdit[]): string {
  const shown = edits.slice(0, SHOWN_EDITS).map(summariseEdit).join(', ');
  return edits.length > SHOWN_EDITS ? `${shown}, ... (${edits.length} places)` : shown;
}

function summariseEdit(edit: MachineEdit): string {
  switch (edit.kind) {
    case 'memory': {
      const { bytes } = edit;
      const digits = Array.from(bytes.subarray(0, SHOWN_EDIT_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
      const what = bytes.length > SHOWN_EDIT_BYTES ? `${digits} ... (${bytes.length} bytes)` : digits;
      return `memory at 0x${edit.gpa.toString(16)} = ${what}`;
    }
    case 'register': {
      const name = [...integerRegisterNames, ...floatRegisterNames][edit.register] ?? '';
      return `${name} = 0x${edit.value.toString(16)}`;
    }
    case 'pc':
      return `pc = 0x${edit.value.toString(16)}`;
  }
}
