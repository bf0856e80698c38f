/** Packets about what the server can do, threads, descriptions, and how a connection begins and ends. */
import { formatPosition } from '../record/log-format.ts';
import { malformed, NOT_SUPPORTED, OK, type Client, type Command } from './command.ts';
import { runMonitor } from './monitor.ts';
import { bytesOfHex, countOf, hexOfText, PACKET_BYTES_MAX } from './packets.ts';
import { isOurThread } from './resume-commands.ts';
import { MEMORY_MAP, targetDescription } from './target-description.ts';

const FEATURES = [
  `PacketSize=${PACKET_BYTES_MAX.toString(16)}`, 'QStartNoAckMode+', 'qXfer:features:read+', 'qXfer:memory-map:read+', 'vContSupported+', 'swbreak+', 'hwbreak+',
  'ReverseStep+', 'ReverseContinue+', 'ConditionalBreakpoints+', 'binary-upload+', 'error-message+',
];

const supported: Command = (client, rest) => {
  const features = rest.replace(/^:/, '').split(';');
  client.saysBreakpoints = features.includes('swbreak+');
  client.takesSentences = features.includes('error-message+');
  return FEATURES.join(';');
};

/** The piece of a document that `offset,length` asks for. */
function piece(document: string, range: string): string {
  const [, offsetDigits, lengthDigits] = /^([0-9a-f]+),([0-9a-f]+)$/i.exec(range) ?? [];
  const offset = countOf(offsetDigits);
  const length = countOf(lengthDigits);
  if (offset === undefined || length === undefined) throw malformed('qXfer');
  const size = Math.min(length, PACKET_BYTES_MAX / 2);
  return (offset + size < document.length ? 'm' : 'l') + document.slice(offset, offset + size);
}

const transfer: Command = (client, rest) => {
  const [, object, annex, range] = /^:([a-z-]+):read:([^:]*):(.*)$/.exec(rest) ?? [];
  if (object === 'features') return annex === 'target.xml' ? piece(targetDescription(client.resting.inspect), range ?? '') : 'E00';
  return object === 'memory-map' ? piece(MEMORY_MAP, range ?? '') : NOT_SUPPORTED;
};

const monitor: Command = async (client, rest) => {
  const bytes = bytesOfHex(rest.replace(/^,/, ''));
  if (bytes === undefined || !rest.startsWith(',')) throw malformed(`qRcmd${rest}`);
  return runMonitor(client, new TextDecoder().decode(bytes));
};

/** Shown by `info threads`. */
const threadInfo: Command = (client, rest) => {
  if (!isOurThread(rest.replace(/^,/, ''))) throw malformed(`qThreadExtraInfo${rest}`);
  const { position, live } = client.resting.timeline(0);
  return hexOfText(`hart 0, ${formatPosition(position)}${live ? ', live' : ''}`);
};

const selectThread: Command = (_, rest) => {
  if (!/^[cgGmM]/.test(rest) || !isOurThread(rest.slice(1))) throw malformed(`H${rest}`);
  return OK;
};

const leave: Command = (client) => {
  client.leave();
  return OK;
};

/** GDB's `run`: from the beginning. */
const run: Command = async (client) => client.resume('Going to the beginning', (control) => client.driver.session.seek(0, control), false);

function setPhysical(client: Client, rest: string): string {
  if (!/^:[01]$/.test(rest)) throw malformed(`Qqemu.PhyMemMode${rest}`);
  client.physical = rest === ':1';
  return OK;
}

export const queryCommands: Readonly<Record<string, Command>> = {
  qSupported: supported,
  QStartNoAckMode: (client) => {
    client.withoutAcknowledgements();
    return OK;
  },
  qXfer: transfer,
  qRcmd: monitor,
  qC: () => 'QC1',
  qAttached: () => '1',
  qSymbol: () => OK,
  qfThreadInfo: () => 'm1',
  qsThreadInfo: () => 'l',
  qThreadExtraInfo: threadInfo,
  // As QEMU has them; GDB sends them by `maintenance packet`.
  'qqemu.PhyMemMode': (client) => (client.physical ? '1' : '0'),
  'Qqemu.PhyMemMode': setPhysical,
  '?': (client) => client.presentStop(),
  '!': () => OK,
  H: selectThread,
  T: (_, rest) => {
    if (!isOurThread(rest)) throw malformed(`T${rest}`);
    return OK;
  },
  D: leave,
  // There is no program to kill: the machine stays, for the next client.
  vKill: () => OK,
  vRun: run,
  k: (client) => {
    client.leave();
    return undefined;
  },
  vMustReplyEmpty: () => NOT_SUPPORTED,
};
