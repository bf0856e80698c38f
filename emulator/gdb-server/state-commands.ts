/** Packets about registers and memory. */
import { UserError } from '../user-error.ts';
import { malformed, OK, type Client, type Command } from './command.ts';
import { bytesOf, bytesOfHex, countOf, hexOf, hexOfRegister, numberOf, PACKET_BYTES_MAX, registerOfHex, textOf } from './packets.ts';
import { readRegister, registerEdit } from './registers.ts';
import { PC } from './target-description.ts';

/** Registers of a `g` packet: x0..x31 and pc. GDB asks for the others one by one. */
const GENERAL_COUNT = PC + 1;
const REGISTER_DIGITS = 16;
/** Linux's error number, which GDB does not interpret. */
const EFAULT = 'E0e';
/** Binary data can be twice as long on its way. */
const BYTES_MAX = PACKET_BYTES_MAX / 2 - 16;

const readGeneral: Command = (client, rest) => {
  if (rest !== '') throw malformed(`g${rest}`);
  const { inspect } = client.resting;
  return Array.from({ length: GENERAL_COUNT }, (_, number) => hexOfRegister(readRegister(inspect, number) ?? 0n)).join('');
};

const writeGeneral: Command = (client, rest) => {
  const count = Math.min(GENERAL_COUNT, Math.floor(rest.length / REGISTER_DIGITS));
  const edits = Array.from({ length: count }, (_, number) => {
    const value = registerOfHex(rest.slice(number * REGISTER_DIGITS, (number + 1) * REGISTER_DIGITS));
    if (value === undefined) throw malformed('G');
    return value === readRegister(client.resting.inspect, number) ? [] : registerEdit(number, value) ?? [];
  }).flat();
  if (edits.length > 0) client.driver.edit(edits);
  return OK;
};

const readOne: Command = (client, rest) => {
  const number = countOf(rest);
  if (number === undefined) throw malformed(`p${rest}`);
  const value = readRegister(client.resting.inspect, number);
  if (value === undefined) throw new UserError(`There is no register ${number}.`);
  return hexOfRegister(value);
};

const writeOne: Command = (client, rest) => {
  const [, digits, valueDigits] = /^([0-9a-f]+)=([0-9a-f]+)$/i.exec(rest) ?? [];
  const number = countOf(digits);
  const value = registerOfHex(valueDigits ?? '');
  if (number === undefined || value === undefined) throw malformed(`P${rest}`);
  // GDB gives back all registers after a call in the guest, those that it did not change, too.
  if (value === readRegister(client.resting.inspect, number)) return OK;
  const edits = registerEdit(number, value);
  if (edits === undefined) throw new UserError('Control and status registers cannot be written: x1 to x31, f0 to f31 and pc can.');
  if (edits.length > 0) client.driver.edit(edits);
  return OK;
};

/** `addr,length`. */
function rangeOf(text: string, packet: string): { readonly address: bigint; readonly sizeBytes: number } {
  const [, addressDigits, sizeDigits] = /^([0-9a-f]+),([0-9a-f]+)$/i.exec(text) ?? [];
  const address = numberOf(addressDigits);
  const sizeBytes = countOf(sizeDigits);
  if (address === undefined || sizeBytes === undefined) throw malformed(`${packet}${text}`);
  return { address, sizeBytes };
}

/** GDB before version 16 takes a sentence for memory. */
function reading(client: Client, readBytes: () => string): string {
  try {
    return readBytes();
  } catch (error) {
    if (client.takesSentences || !(error instanceof UserError)) throw error;
    return EFAULT;
  }
}

/** Fewer bytes than asked for where memory ends, or a packet does. */
function read(client: Client, text: string, packet: string): Uint8Array {
  const { address, sizeBytes } = rangeOf(text, packet);
  const { inspect } = client.resting;
  const size = Math.min(sizeBytes, BYTES_MAX);
  const bytes = client.physical ? inspect.readPhysical(address, size) : inspect.readVirtual(address, size);
  if (bytes.length === 0 && size > 0) throw new UserError(`There is no memory at 0x${address.toString(16)}; devices are not read, since that could change them.`);
  return bytes;
}

function write(client: Client, rest: string, packet: string, decode: (data: string) => Uint8Array | undefined): string {
  const colon = rest.indexOf(':');
  const { address, sizeBytes } = rangeOf(rest.slice(0, Math.max(0, colon)), packet);
  const bytes = decode(rest.slice(colon + 1));
  if (bytes?.length !== sizeBytes) throw malformed(packet);
  // So GDB finds out whether binary data can be sent.
  if (sizeBytes === 0) return OK;
  if (client.physical) throw new UserError('Guest-physical memory is only read: write through a virtual address.');
  client.driver.edit([{ kind: 'memory', address, bytes }]);
  return OK;
}

export const stateCommands: Readonly<Record<string, Command>> = {
  g: readGeneral,
  G: writeGeneral,
  p: readOne,
  P: writeOne,
  m: (client, rest) => reading(client, () => hexOf(read(client, rest, 'm'))),
  x: (client, rest) => reading(client, () => `b${textOf(read(client, rest, 'x'))}`),
  M: (client, rest) => write(client, rest, 'M', bytesOfHex),
  X: (client, rest) => write(client, rest, 'X', bytesOf),
};
