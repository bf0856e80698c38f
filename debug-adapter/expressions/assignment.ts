/** Assigning: what has to be written so that a place gets a value. */
import { characterKind } from '../dwarf/characters.ts';
import { editBits } from '../dwarf/storage.ts';
import type { StorageEdit } from '../dwarf/storage.ts';
import { sizeOfType, stripType } from '../dwarf/type-model.ts';
import type { ArrayType } from '../dwarf/type-model.ts';
import { typeText } from '../dwarf/type-text.ts';
import type { Value } from '../dwarf/value.ts';
import { sizeInFrame } from '../dwarf/value.ts';
import { bitsOfScalar, bytesOfScalar, convert, numericOf } from './arithmetic.ts';
import { missing } from './code.ts';
import type { Code } from './code.ts';
import type { Moment } from './moment.ts';
import { decayed } from './operators.ts';
import { Problem } from './problem.ts';

const MAX_BYTES = 1 << 16;

/** Throws a Problem for what cannot be written. */
export function assign(target: Code, source: Code, at: Moment): readonly StorageEdit[] {
  const place = target.value(at);
  const edits = write(place, source, at);
  if (typeof edits === 'string') throw new Problem(edits === 'optimized out' ? 'it is optimized out' : edits);
  return edits;
}

function write(place: Value, source: Code, at: Moment): readonly StorageEdit[] | string {
  const { type, storage, bits } = place;
  const bare = stripType(type);
  if (storage.edits === undefined) {
    const why = storage.read(0, Math.max(1, sizeInFrame(type, at.values) ?? 1));
    throw new Problem(typeof why !== 'string' ? 'it is a constant or computed, and kept nowhere' : why === 'optimized out' ? 'it is optimized out' : why === 'not saved' ? 'its register is not saved in this frame' : why);
  }
  if (bare.kind === 'array') return storage.edits(0, arrayBytes(bare, place, source, at));
  if (bare.kind === 'structure') return storage.edits(0, sameBytes(place, source, at));
  const numeric = numericOf(type);
  const operand = decayed(source);
  const from = numericOf(operand.type);
  if (numeric === undefined || from === undefined || operand.scalar === undefined) throw refused(place, source);
  if ((numeric.kind === 'pointer') !== (from.kind === 'pointer') && (numeric.kind === 'float' || from.kind === 'float')) throw refused(place, source);
  const value = convert(operand.scalar(at), numeric);
  if (bits !== undefined) return editBits(storage, bits.offset, bits.size, bitsOfScalar(value, numeric));
  return storage.edits(0, bytesOfScalar(value, numeric));
}

function refused({ type }: Value, source: Code): Problem {
  return new Problem(`a value of type ${typeText(source.type)} does not become one of type ${typeText(type)}`);
}

/** A string into an array of characters, with its NUL where there is room; or a whole array. */
function arrayBytes(type: ArrayType, place: Value, source: Code, at: Moment): Uint8Array {
  const kind = characterKind(type.element());
  const from = stripType(source.type);
  const size = sizeInFrame(type, at.values) ?? 0;
  if (kind === undefined || from.kind !== 'array' || characterKind(from.element())?.sizeBytes !== kind.sizeBytes) return sameBytes(place, source, at);
  const length = sizeOfType(from) ?? 0;
  const bytes = source.value(at).storage.read(0, length);
  if (typeof bytes === 'string') throw missing(bytes);
  if (length <= size) return bytes;
  const characters = length / kind.sizeBytes - 1;
  const isTerminated = bytes.subarray(length - kind.sizeBytes).every((byte) => byte === 0);
  if (!isTerminated || length - kind.sizeBytes > size) throw new Problem(`${characters} characters do not fit into ${typeText(place.type)}`);
  return bytes.subarray(0, size);
}

function sameBytes(place: Value, source: Code, at: Moment): Uint8Array {
  const value = source.value(at);
  const size = sizeInFrame(place.type, at.values);
  if (typeText(stripType(value.type)) !== typeText(stripType(place.type)) || size === undefined || size !== sizeInFrame(value.type, at.values)) throw refused(place, source);
  if (size > MAX_BYTES) throw new Problem(`${size} bytes are too many to write at once`);
  const bytes = value.storage.read(0, size);
  if (typeof bytes === 'string') throw missing(bytes);
  return bytes.slice();
}

/** What a person makes of a value that is shown as `0x80001000 <main>`, `0x80002000 "text"` or `97 'a'`: the number alone. */
export function enteredValue(text: string): string {
  const shown = /^\s*(-?(?:0x[0-9a-fA-F]+|\d+))\s+(?:<.*>|(?:u8|[uUL])?'.*'|(?:u8|[uUL])?".*"(?:\.\.\.)?)\s*$/.exec(text);
  return shown?.[1] ?? text;
}
