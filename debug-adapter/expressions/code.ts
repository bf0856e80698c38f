/** Expressions that are resolved: names, types and places are known, and evaluating looks nothing up again. */
import { unsignedOf } from '../dwarf/reader.ts';
import { bytesStorage, memoryStorage } from '../dwarf/storage.ts';
import { isReference, pointerTo, sizeOfType, stripType } from '../dwarf/type-model.ts';
import type { Language, Member, Type } from '../dwarf/type-model.ts';
import { behindReferences, integerOf } from '../dwarf/value.ts';
import type { Value } from '../dwarf/value.ts';
import { bytesOfScalar, decoder, numericOf, scalarOfBits } from './arithmetic.ts';
import type { Scalar } from './arithmetic.ts';
import type { Moment } from './moment.ts';
import { Problem } from './problem.ts';

/** A resolved expression. Evaluating throws a Problem where a value that it computes with cannot be had. */
export interface Code {
  /** Never a reference: what it refers to is meant. */
  readonly type: Type;
  readonly bits?: Member['bits'];
  /** The value with its place; one that cannot be had is a value that says why. */
  readonly value: (at: Moment) => Value;
  /** Of scalars: without a detour over bytes. */
  readonly scalar?: (at: Moment) => Scalar;
  /** Known without a moment. */
  readonly constant?: Scalar;
  /** Of what is in memory for certain, and is no bit-field: where. */
  readonly address?: (at: Moment) => bigint;
  /** A pointer that the compiler may have left out, so that only its target is known. */
  readonly mayBeImplicit?: boolean;
  /** Of a reference: itself, as it is declared. */
  readonly reference?: (at: Moment) => Value;
}

/** What names mean at a place in the program. */
export interface Names {
  readonly language: Language;
  /** A parameter or local. */
  local(name: string): Code | undefined;
  /** A global variable, function, enumeration constant or symbol. */
  value(name: string, file: string | undefined): Code | undefined;
  /** `keyword` undefined: a typedef, base type or, in C++ and Rust, any type of that name. */
  type(keyword: 'struct' | 'union' | 'class' | 'enum' | undefined, name: string): Type | undefined;
  /** Undefined: there is no such register. */
  register(name: string): Code | undefined;
}

/** Why a value cannot be had, as part of a sentence. */
export function missing(why: string): Problem {
  if (why === 'optimized out') return new Problem('a value in it is optimized out');
  return new Problem(why.startsWith('cannot ') ? `it ${why}` : why);
}

/** The scalar in a value's bytes. */
function readScalar(value: Value, at: Moment, type: Type = value.type): Scalar {
  const numeric = numericOf(type);
  if (numeric === undefined) throw new Problem('it computes with something that is no number');
  if (value.bits === undefined) {
    const bytes = value.storage.read(0, numeric.bits / 8);
    if (typeof bytes === 'string') throw missing(bytes);
    return scalarOfBits(unsignedOf(bytes), numeric);
  }
  const raw = integerOf(value, at.values);
  if (typeof raw === 'string') throw missing(raw);
  return scalarOfBits(raw, numeric, value.bits.size);
}

/** Code for a place in memory or registers. References are followed. */
export function placeCode(type: Type, value: (at: Moment) => Value, bits?: Member['bits']): Code {
  const bare = stripType(type);
  if (isReference(bare)) return { ...placeCode(bare.target(), (at) => behindReferences(value(at), at.values)), reference: value };
  return {
    type, value, ...(bits === undefined ? {} : { bits }), ...(bare.kind === 'pointer' ? { mayBeImplicit: true } : {}),
    ...(numericOf(type) === undefined ? {} : { scalar: (at: Moment) => readScalar(value(at), at, type) }),
  };
}

/** Code for a place in memory. */
export function memoryCode(type: Type, address: (at: Moment) => bigint): Code {
  const value = (at: Moment): Value => ({ type, storage: memoryStorage(at.memory, address(at)), bits: undefined });
  const bare = stripType(type);
  if (isReference(bare)) {
    const pointer = memoryCode(pointerTo(bare.target()), address).scalar;
    return pointer === undefined ? placeCode(type, value) : { ...memoryCode(bare.target(), pointer as (at: Moment) => bigint), reference: value };
  }
  const numeric = numericOf(type);
  if (numeric === undefined) return { type, value, address };
  const decode = decoder(numeric);
  const sizeBytes = numeric.bits / 8;
  return {
    type, value, address,
    scalar(at) {
      const place = address(at);
      const bytes = at.memory(place, sizeBytes);
      if (bytes.length < sizeBytes) throw missing(`cannot read memory at 0x${place.toString(16)}`);
      return decode(bytes);
    },
  };
}

/** Code for a number that is computed. */
export function scalarCode(type: Type, scalar: (at: Moment) => Scalar, constant?: Scalar): Code {
  const numeric = numericOf(type);
  if (numeric === undefined) throw new Problem('it computes with something that is no number');
  return {
    type, scalar, ...(constant === undefined ? {} : { constant }),
    value: (at) => ({ type, storage: bytesStorage(bytesOfScalar(scalar(at), numeric)), bits: undefined }),
  };
}

export function constantCode(type: Type, constant: Scalar): Code {
  return scalarCode(type, () => constant, constant);
}

/** Size in bytes of what code gives; throws a Problem where it is not known. */
export function knownSize(type: Type): number {
  const size = sizeOfType(type);
  if (size === undefined) throw new Problem('the size of its type is not known');
  return size;
}
