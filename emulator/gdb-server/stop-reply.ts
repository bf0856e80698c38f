/** How a stop is told to GDB. Source: Debugging with GDB, appendix E, "Stop Reply Packets". */
import { formatPosition } from '../record/log-format.ts';
import type { Inspection, SessionStop } from '../session/session-types.ts';
import { hexOfRegister } from './packets.ts';
import type { Points } from './points.ts';
import { PC } from './target-description.ts';

/** Signal numbers are GDB's own (include/gdb/signals.def). */
const SIGINT = 2;
const SIGILL = 4;
const SIGTRAP = 5;
const SIGBUS = 10;
const SIGSEGV = 11;
const SIGSYS = 12;

/** By exception cause (privileged ISA, table 3.6): what a Unix would tell a program. */
const SIGNALS: Readonly<Record<number, number>> = {
  0: SIGBUS, 1: SIGSEGV, 2: SIGILL, 3: SIGTRAP, 4: SIGBUS, 5: SIGSEGV, 6: SIGBUS, 7: SIGSEGV, 8: SIGSYS, 9: SIGSYS, 11: SIGSYS, 12: SIGSEGV, 13: SIGSEGV, 15: SIGSEGV,
};

/** Registers that GDB wants at each stop: sent along, it need not ask for them. */
const EXPEDITED = [1, 2, 8];

/** Why it stopped, as far as a signal does not say it. */
function reasonOf(stop: SessionStop | undefined, inspect: Inspection, points: Points, saysBreakpoints: boolean): string {
  switch (stop?.reason) {
    case 'breakpoint': {
      const word = points.wordAt(inspect.pc);
      return word === undefined || !saysBreakpoints ? '' : `${word}:;`;
    }
    case 'watch': {
      const { word, address } = points.watchOf(stop.hit);
      return `${word}:${address.toString(16)};`;
    }
    case 'beginning':
      return 'replaylog:begin;';
    case 'end':
    case 'power-off':
    case 'reset':
      return 'replaylog:end;';
    default:
      return '';
  }
}

function signalOf(stop: SessionStop | undefined): number {
  if (stop?.reason === 'paused') return SIGINT;
  return stop?.reason === 'trap' ? (SIGNALS[stop.trap.cause] ?? SIGTRAP) : SIGTRAP;
}

/** `stop`: undefined where GDB finds the machine standing. `saysBreakpoints`: GDB wants to be told that a stop is a breakpoint. */
export function stopReply(stop: SessionStop | undefined, inspect: Inspection, points: Points, saysBreakpoints: boolean): string {
  const registers = EXPEDITED.map((index) => `${index.toString(16).padStart(2, '0')}:${hexOfRegister(inspect.register(index))};`).join('');
  const signal = signalOf(stop).toString(16).padStart(2, '0');
  return `T${signal}${reasonOf(stop, inspect, points, saysBreakpoints)}${registers}${PC.toString(16)}:${hexOfRegister(inspect.pc)};thread:1;`;
}

/** What GDB's words for a stop do not say, for its console. */
export function noticeOf(stop: SessionStop): string | undefined {
  const at = formatPosition(stop.position);
  switch (stop.reason) {
    case 'beginning':
      return 'This is the beginning: the machine has just been powered on.';
    case 'end':
      return `This is the end of the recording, ${at}.`;
    case 'power-off':
      return `The guest powered off with exit code ${stop.exitCode}, ${at}. You can still go back.`;
    case 'reset':
      return `The guest asked for a reset, which Chronovisor does not do: the machine stops here, ${at}. You can still go back.`;
    case 'trap':
      return `Exception ${stop.trap.cause}, value 0x${stop.trap.value.toString(16)}, ${at}.`;
    default:
      return undefined;
  }
}
