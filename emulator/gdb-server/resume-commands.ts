/** Packets that move in time, and those for the places where that stops. */
import { UserError } from '../user-error.ts';
import { compileCondition } from './agent-expression.ts';
import { malformed, NOT_SUPPORTED, OK, type Client, type Command } from './command.ts';
import { bytesOfHex, countOf, numberOf } from './packets.ts';
import { continueBackward, continueForward, stepBackward, stepForward, stepRange, type Traveller } from './motions.ts';
import { Points, type Condition } from './points.ts';
import { readRegister } from './registers.ts';

/** Threads are named 1; 0 is any, -1 all. */
const OUR_THREADS = ['1', '01', '0', '-1', 'p1.1', 'p1.-1'];

export function isOurThread(text: string): boolean {
  return OUR_THREADS.includes(text);
}

function traveller(client: Client): Traveller {
  return { session: client.driver.session, points: client.points, stepsOverInterrupts: client.stepsOverInterrupts };
}

function forward(client: Client): Promise<string> {
  return client.resume('GDB continues', (control) => continueForward(traveller(client), control), true);
}

function backward(client: Client): Promise<string> {
  return client.resume('GDB continues backward', (control) => continueBackward(traveller(client), control), false);
}

function step(client: Client): Promise<string> {
  return client.resume('GDB steps', (control) => stepForward(traveller(client), control), false);
}

/** A signal that GDB passes on has nobody to go to: the guest is a machine. An address to go on at is out of use, GDB writes pc. */
function withoutAddress(packet: string, motion: (client: Client) => Promise<string>, pattern: RegExp): Command {
  return (client, rest) => {
    if (!pattern.test(rest)) throw malformed(`${packet}${rest}`);
    return motion(client);
  };
}

const reverse: Command = (client, rest) => {
  if (rest === 'c') return backward(client);
  if (rest === 's') return client.resume('GDB steps back', (control) => stepBackward(traveller(client), control), false);
  return NOT_SUPPORTED;
};

const vCont: Command = (client, rest) => {
  // The first action that is for our only thread.
  const actions = rest.split(';').slice(1).map((each) => each.split(':'));
  const action = actions.find(([, thread]) => thread === undefined || isOurThread(thread))?.[0] ?? '';
  const [, kind, argument] = /^([cs]|[CS][0-9a-f]{2}|r)(.*)$/i.exec(action) ?? [];
  switch (kind?.[0] ?? '') {
    case 'c':
    case 'C':
      return forward(client);
    case 's':
    case 'S':
      return step(client);
    case 'r': {
      const [start, end] = (argument ?? '').split(',').map(numberOf);
      if (start === undefined || end === undefined) break;
      return client.resume('GDB steps', (control) => stepRange(traveller(client), start, end, control), false);
    }
  }
  throw malformed(`vCont${rest}`);
};

/** GDB's bytecode for the conditions of a breakpoint, `;X length,bytes` for each; one of them has to hold. */
function conditionOf(client: Client, text: string): Condition | undefined {
  if (text === '') return undefined;
  const machine = {
    register: (number: number) => readRegister(client.driver.session.inspect, number),
    memory: (address: bigint, sizeBytes: number) => client.driver.session.inspect.readVirtual(address, sizeBytes),
  };
  const conditions = text.split(';').filter((each) => each !== '').map((each) => {
    const [, size, digits] = /^X([0-9a-f]+),([0-9a-f]*)$/i.exec(each) ?? [];
    const code = bytesOfHex(digits ?? '');
    if (code === undefined || size === undefined || code.length !== countOf(size)) throw malformed(`Z0;${text}`);
    return compileCondition(code, machine);
  });
  return () => conditions.some((holds) => holds());
}

function pointOf(rest: string, packet: string): { readonly type: number; readonly address: bigint; readonly sizeBytes: number; readonly more: string } {
  const [, type, addressDigits, sizeDigits, more] = /^(\d+),([0-9a-f]+),([0-9a-f]+)(?:;(.*))?$/i.exec(rest) ?? [];
  const address = numberOf(addressDigits);
  const sizeBytes = countOf(sizeDigits);
  if (address === undefined || sizeBytes === undefined) throw malformed(`${packet}${rest}`);
  return { type: Number(type), address, sizeBytes, more: more ?? '' };
}

const insert: Command = (client, rest) => {
  const { type, address, sizeBytes, more } = pointOf(rest, 'Z');
  if (!Points.has(type)) return NOT_SUPPORTED;
  if (!client.points.insert(type, address, sizeBytes, conditionOf(client, more))) throw new UserError(`There is no room for another breakpoint, or ${sizeBytes} bytes cannot be watched.`);
  return OK;
};

const remove: Command = (client, rest) => {
  const { type, address, sizeBytes } = pointOf(rest, 'z');
  if (!Points.has(type)) return NOT_SUPPORTED;
  client.points.remove(type, address, sizeBytes);
  return OK;
};

export const resumeCommands: Readonly<Record<string, Command>> = {
  'vCont?': () => 'vCont;c;C;s;S;r',
  vCont,
  c: withoutAddress('c', forward, /^$/),
  C: withoutAddress('C', forward, /^[0-9a-f]{2}$/i),
  s: withoutAddress('s', step, /^$/),
  S: withoutAddress('S', step, /^[0-9a-f]{2}$/i),
  b: reverse,
  Z: insert,
  z: remove,
};
