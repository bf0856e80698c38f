/** GDB's `monitor` commands: what its own commands have no words for. */
import { PAGE_SIZE } from '../core/layout.ts';
import type { Position } from '../machine/machine-types.ts';
import { formatPosition } from '../record/log-format.ts';
import { UserError } from '../user-error.ts';
import { NOT_SUPPORTED, OK, type Client } from './command.ts';
import { hexOfText } from './packets.ts';

interface MonitorCommand {
  readonly usage: string;
  readonly about: string;
  readonly run: (client: Client, words: readonly string[], text: string) => string | Promise<string>;
}

const LINES_MAX = 200;
/** Characters of one line of output that is sent. */
const OUTPUT_CHARACTERS = 2000;

/** Exception causes that can be caught together by a word (privileged ISA, table 3.6). */
const CAUSE_WORDS: Readonly<Record<string, readonly number[]>> = {
  none: [], misaligned: [0, 4, 6], access: [1, 5, 7], illegal: [2], ebreak: [3], ecall: [8, 9, 11], page: [12, 13, 15],
  all: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15],
};

const STALE = 'GDB still shows the state from before: "maintenance flush register-cache" and "maintenance flush dcache" make it look again.';

const commands: Readonly<Record<string, MonitorCommand>> = {
  help: { usage: 'help', about: 'this list', run: () => help() },
  position: { usage: 'position', about: 'where the machine stands, and how far the recording reaches', run: ({ resting }) => where(resting.timeline(0)) },
  seek: { usage: 'seek POSITION | +N | -N | start | end', about: 'go to a position, then tell GDB to look again', run: seek },
  checkpoints: { usage: 'checkpoints', about: 'checkpoints, and the pages written since the one before', run: checkpoints },
  events: { usage: 'events', about: 'what came from outside', run: events },
  digest: { usage: 'digest', about: 'digest of the whole state', run: ({ resting }) => resting.digest() },
  info: { usage: 'info', about: 'the machine', run: info },
  speed: { usage: 'speed', about: 'how fast it executes', run: ({ resting }) => `${resting.speed().mips.toFixed(0)} million instructions a second` },
  catch: {
    usage: `catch [${Object.keys(CAUSE_WORDS).join(' | ')} | CAUSE]...`, about: 'exceptions at which to stop, in both directions; none by default', run: catchCauses,
  },
  interrupts: { usage: 'interrupts [over | into]', about: 'whether a step goes over interrupts (default) or into their handlers', run: interrupts },
  type: { usage: 'type TEXT', about: 'type on the guest\'s console while live; \\r \\n \\t \\e \\\\ are understood', run: type },
};

function help(): string {
  return Object.values(commands).map(({ usage, about }) => `monitor ${usage}\n    ${about}`).join('\n');
}

function where({ position, end, live, finished }: { readonly position: Position; readonly end: Position; readonly live: boolean; readonly finished: boolean }): string {
  if (live) return `${formatPosition(position)}, live`;
  return `${formatPosition(position)} of ${formatPosition(end)}${finished ? '' : ', where the machine goes on live'}`;
}

function positionOf(text: string | undefined, present: Position, end: Position): Position {
  const digits = (text ?? '').replaceAll(/[,_]/g, '');
  if (text === 'start') return 0;
  if (text === 'end') return end;
  if (/^[+-]\d+$/.test(digits)) return present + Number(digits);
  if (/^@?\d+$/.test(digits)) return Number(digits.replace('@', ''));
  throw new UserError(`'${text ?? ''}' is no position: write monitor ${commands['seek']?.usage ?? ''}`);
}

async function seek(client: Client, [text]: readonly string[]): Promise<string> {
  const { position, end } = client.resting.timeline(0);
  const target = positionOf(text, position, end);
  const stop = await client.move(`Going to ${formatPosition(target)}`, (control) => client.driver.session.seek(target, control));
  const here = `${where(client.driver.session.timeline(0))}, pc 0x${client.driver.session.inspect.pc.toString(16)}`;
  if (stop.reason === 'paused') return `Interrupted at ${here}.`;
  return `${here}. ${STALE}`;
}

/** Not more lines than a person reads. */
function listed(lines: readonly string[], what: string): string {
  if (lines.length === 0) return `There are no ${what}.`;
  return lines.length <= LINES_MAX ? lines.join('\n') : [...lines.slice(0, LINES_MAX), `... and ${lines.length - LINES_MAX} more ${what}`].join('\n');
}

function checkpoints({ resting }: Client): string {
  return listed(resting.timeline(0).checkpoints.map(({ position, dirtyPages }) => `${formatPosition(position)}  ${dirtyPages} pages`), 'checkpoints');
}

function events({ resting }: Client): string {
  return listed(resting.timeline(LINES_MAX).events.map(({ position, summary }) => `${formatPosition(position)}  ${summary}`), 'events');
}

function info({ resting }: Client): string {
  const { checkpoints: kept, framesUsed } = resting.timeline(0);
  return [
    where(resting.timeline(0)), `mode ${resting.inspect.privilege}, memory ${(resting.inspect.pageCount * PAGE_SIZE) / 2 ** 20} MiB`,
    `${kept.length} checkpoints, ${framesUsed} pages of host memory`,
  ].join('\n');
}

function catchCauses({ points }: Client, words: readonly string[]): string {
  if (words.length > 0) {
    points.causes = new Set(words.flatMap((word) => {
      const cause = CAUSE_WORDS[word] ?? (/^\d{1,2}$/.test(word) ? [Number(word)] : undefined);
      if (cause === undefined) throw new UserError(`'${word}' is no exception: write monitor ${commands['catch']?.usage ?? ''}`);
      return cause;
    }));
  }
  return points.causes.size === 0 ? 'No exception stops.' : `Stops at exceptions with cause ${[...points.causes].sort((a, b) => a - b).join(', ')}.`;
}

function interrupts(client: Client, [word]: readonly string[]): string {
  if (word !== undefined && word !== 'over' && word !== 'into') throw new UserError(`'${word}' is neither over nor into.`);
  if (word !== undefined) client.stepsOverInterrupts = word === 'over';
  return `Steps go ${client.stepsOverInterrupts ? 'over interrupts' : 'into the handlers of interrupts'}.`;
}

const ESCAPES: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', e: '\u001b', '\\': '\\' };

function type({ resting }: Client, _: readonly string[], text: string): string {
  const typed = text.replaceAll(/\\(.)/g, (all, letter: string) => ESCAPES[letter] ?? all);
  if (typed === '') throw new UserError('There is nothing to type: write monitor type TEXT');
  if (!resting.consoleInput(new TextEncoder().encode(typed))) throw new UserError('Nothing can be typed here: the machine does not stand at the end of a recording that goes on live.');
  return 'The guest sees it when it goes on.';
}

/** Runs a command line; the output goes to GDB's console before the reply. */
export async function runMonitor(client: Client, line: string): Promise<string> {
  const [, name, text] = /^\s*(\S*)\s*([^]*)$/.exec(line) ?? [];
  const command = Object.hasOwn(commands, name ?? '') ? commands[name ?? ''] : undefined;
  try {
    if (command === undefined) throw new UserError(`There is no command '${name ?? ''}': monitor help lists them.`);
    const output = `${await command.run(client, (text ?? '').split(/\s+/).filter((word) => word !== ''), text ?? '')}\n`;
    for (let at = 0; at < output.length; at += OUTPUT_CHARACTERS) client.print(output.slice(at, at + OUTPUT_CHARACTERS));
    return OK;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (client.takesSentences) throw error;
    // GDB before version 16 shows no sentence here; a script has to stop all the same.
    client.print(`${error.message}\n`);
    return 'E01';
  }
}

/** The console output of one `O` packet. */
export function consoleReply(text: string): string {
  return text === '' ? NOT_SUPPORTED : `O${hexOfText(text)}`;
}
