/** Custom request `chronovisor/lastWrite`: who wrote this? Back to the last instruction that wrote a variable or an address. */
import { NO_CONDITIONS, formatPosition } from '../../emulator/index.ts';
import type { Control, Inspection, Met, SessionStop, StateEdit, StopConditions } from '../../emulator/index.ts';
import { UserError } from '../../emulator/user-error.ts';
import { Arguments, formatAddress } from '../arguments.ts';
import type { Debuggee } from '../debuggee.ts';
import { RequestError, errors } from '../errors.ts';
import type { Item } from '../item.ts';
import type { Words } from '../motion.ts';
import type { RequestHandler } from '../request.ts';
import { Stepper } from '../stepping/stepper.ts';
import type { StopView } from '../stop-view.ts';
import { bytesText } from '../stopped-event.ts';
import { travelling } from './step.ts';

const REQUEST = 'chronovisor/lastWrite';
const SIZE_MAX_BYTES = 2 ** 31;
/** Of a larger place only the beginning is compared. */
const COMPARED_MAX_BYTES = 64 * 1024;
const ADDRESS_LAST = 2n ** 64n - 1n;

interface Place {
  readonly name: string;
  /** Virtual. */
  readonly address: bigint;
  readonly sizeBytes: number;
}

export const lastWrite: RequestHandler = (debuggee, args) => {
  const place = placeAskedFor(new Arguments(REQUEST, args), debuggee.stopped);
  const told: { words?: Words } = {};
  return {
    afterwards: () => {
      const search = async (control: Control): Promise<SessionStop> => {
        const { stop, words } = await searchBackward(place, debuggee, control);
        if (words !== undefined) told.words = words;
        return stop;
      };
      // The user's breakpoints are not asked, and so need no counting.
      debuggee.motion.start(`Searching the last write of ${place.name}`, search, { followsBreakpoints: false, meetsBreakpoints: false, words: () => told.words });
    },
  };
};

async function searchBackward(place: Place, debuggee: Debuggee, control: Control): Promise<{ stop: SessionStop; words?: Words }> {
  const { session } = debuggee.loaded;
  const stepper = new Stepper({ ...travelling(debuggee, control), conditions: () => NO_CONDITIONS, unit: 'line' });
  const from = stepper.moment;
  const present = bytesAt(place, session.inspect);
  const writes: StopConditions = { ...NO_CONDITIONS, watches: [{ address: place.address, sizeBytes: place.sizeBytes, kind: 'write' }] };
  const stop = await session.runBackward(writes, control);
  if (stop.reason === 'watch') {
    let written: Uint8Array | undefined;
    const accept = (met: Met): boolean => {
      if (met.kind === 'watch') written = bytesAt(place, session.inspect);
      return false;
    };
    await session.passThrough(stop.position, stop.position + 1, { ...writes, accept });
    const description = `Last write of ${place.name}`;
    const { address, sizeBytes } = stop.hit;
    return { stop, words: { description, notice: `${description}: ${bytesText(sizeBytes)} at ${formatAddress(address)}, ${formatPosition(stop.position)}${otherwise(written, present)}` } };
  }
  const first = stop.reason === 'beginning' ? bytesAt(place, session.inspect) : undefined;
  await stepper.standAt(from);
  // It has not moved: told as a pause, with words that say why.
  const here: SessionStop = { reason: 'paused', position: from.position };
  if (stop.reason !== 'beginning') return { stop: here };
  const description = `Nothing in the recording writes ${place.name} before here`;
  return { stop: here, words: { description, notice: `${description}, ${formatPosition(from.position)}${otherwise(first, present)}` } };
}

/** What no instruction has written to the watched address was changed by something else. */
function otherwise(then: Uint8Array | undefined, now: Uint8Array): string {
  // Where the guest mapped no memory there then, nothing can be compared.
  if (then?.length !== now.length || then.every((byte, index) => byte === now[index])) return '.';
  return '. Its bytes have changed since: by a device, by an edit, or through another virtual address.';
}

function bytesAt({ address, sizeBytes }: Place, inspect: Inspection): Uint8Array {
  return inspect.readVirtual(address, Math.min(sizeBytes, COMPARED_MAX_BYTES));
}

/** What the client asks about. A RequestError says why it cannot be searched. */
function placeAskedFor(fields: Arguments, view: StopView): Place {
  const reference = fields.optionalInteger('variablesReference');
  const frameId = fields.optionalInteger('frameId');
  const sizeBytes = fields.optionalInteger('sizeBytes', 1, SIZE_MAX_BYTES);
  const isPhysical = fields.optionalBoolean('isPhysical') ?? false;
  if (reference !== undefined && reference > 0) {
    const row = fields.string('name');
    const item = view.child(reference, row);
    const name = item.evaluateName === undefined || item.evaluateName === '' ? row : item.evaluateName;
    return placeOf(item, { name, expression: name, frameId: view.frameIdOf(reference) }, view);
  }
  const expression = fields.optionalString('expression');
  if (expression !== undefined) return placeOf(view.evaluate(expression, frameId), { name: expression.trim(), expression, frameId: frameId ?? 1 }, view);
  if (fields.optionalString('address') === undefined) throw errors.badArgument(REQUEST, 'expression', "a string, unless there is a 'variablesReference' or an 'address'");
  const address = fields.address('address');
  const size = sizeBytes ?? 1;
  if (address + BigInt(size) - 1n > ADDRESS_LAST) throw errors.badArgument(REQUEST, 'sizeBytes', 'of a range inside of the address space');
  if (isPhysical && view.session.inspect.translate(address) !== address) {
    throw new RequestError(`The guest translates addresses here, and writes are found by virtual address: ask for a variable, or a virtual address that is mapped to ${formatAddress(address)}.`, true);
  }
  return { name: `${size === 1 ? 'the byte' : `${size} bytes`} at ${formatAddress(address)}`, address, sizeBytes: size };
}

/** `name`: as the user knows it. `expression`: what gives the same in the frame. */
function placeOf({ value, address, sizeBytes }: Item, { name, expression, frameId }: { name: string; expression: string; frameId: number }, view: StopView): Place {
  if (address !== undefined && sizeBytes !== undefined && sizeBytes > 0) return { name, address, sizeBytes: Math.min(sizeBytes, SIZE_MAX_BYTES) };
  const edits = editsOf(expression, frameId, view);
  const [edit] = edits;
  // A bit-field: the bytes that it is in. In an outer frame they may be those that a register was saved to.
  if (edits.length === 1 && edit?.kind === 'memory' && frameId === 1) return { name, address: edit.address, sizeBytes: edit.bytes.length };
  const isInRegister = edit !== undefined || /^\$\w+$/.test(expression);
  const why = value.startsWith('<') ? `has no value here, ${value}` : isInRegister ? 'lives in a register here, not in memory' : 'is computed here, and has no place in memory';
  throw new RequestError(`'${name}' ${why}. Only writes to memory can be searched.`, true);
}

/** What would be written to give a variable the value that it has: says where it is. */
function editsOf(expression: string, frameId: number, view: StopView): readonly StateEdit[] {
  try {
    return view.symbols.assignment(expression, expression, view.frame(frameId));
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}
