/** Recorded events as a timeline shows them. */
import type { InputEvent } from '../machine/input.ts';
import type { TimelineInfo } from './session-types.ts';

const SHOWN_BYTES = 24;

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
    case 'rtc-base':
      return `real-time clock starts at ${event.ns} ns`;
  }
}
