import { evaluateToValue } from './expression.ts';
import { unsignedOf } from './reader.ts';
import type { ReadMemory } from './reader.ts';
import { memoryStorage, missingStorage, readBits, sliceStorage } from './storage.ts';
import type { Storage } from './storage.ts';
import { arrayOf, elementTypeOf, isReference, sizeOfType, stripType } from './type-model.ts';
import type { ArrayType, Dimension, Member, StructureType, Type } from './type-model.ts';
import { typeText } from './type-text.ts';

/** A value that can be shown, with its parts when asked. */
export interface Value {
  readonly type: Type;
  readonly storage: Storage;
  /** For a bit-field. */
  readonly bits: Member['bits'];
}

/** A named part of a value; `path` continues the expression of the whole. */
export interface Part {
  readonly name: string;
  /** Text that makes the part's expression out of the whole's. */
  readonly path: (whole: string) => string;
  /** False for a part that no expression names: an anonymous member, whose own members are named as if they were the whole's. */
  readonly isNamed: boolean;
  readonly value: Value;
}

/** What showing values needs from the program and the machine. */
export interface ValueContext {
  readonly memory: ReadMemory;
  /** `name+offset` of a function or variable at an address. */
  readonly symbolText: (address: bigint) => string | undefined;
  /** Elements of a dimension that is known only in a frame. */
  readonly dimension: (dimension: Dimension) => number | undefined;
}

const MAX_REFERENCES = 8;

export function sizeOfValue(value: Value, context: ValueContext): number | undefined {
  return sizeInFrame(value.type, context);
}

/** Size in bytes, also of what depends on the frame. */
export function sizeInFrame(type: Type, context: ValueContext): number | undefined {
  const bare = stripType(type);
  if (bare.kind !== 'array') return sizeOfType(bare);
  const element = sizeInFrame(bare.element(), context);
  return bare.dimensions.reduce((size: number | undefined, dimension) => {
    const count = countOf(dimension, context);
    return size === undefined || count === undefined ? undefined : size * count;
  }, element);
}

/** A type whose arrays have the lengths that they have in the frame, as far as these are known. */
export function typeInFrame(type: Type, context: ValueContext): Type {
  if (type.kind === 'qualifier') {
    const target = type.target();
    const known = typeInFrame(target, context);
    return known === target ? type : { ...type, target: () => known };
  }
  if (type.kind !== 'array' || type.dimensions.every(({ count, dynamic }) => count !== undefined || dynamic === undefined)) return type;
  return { ...type, dimensions: type.dimensions.map((dimension) => ({ ...dimension, count: countOf(dimension, context) })) };
}

export function countOf(dimension: Dimension, context: ValueContext): number | undefined {
  return dimension.count ?? context.dimension(dimension);
}

/** The value as an unsigned integer of its own width: integers, enumerations, pointers, bit-fields. A string says why not. */
export function integerOf(value: Value, context: ValueContext): bigint | string {
  if (value.bits !== undefined) return readBits(value.storage, value.bits.offset, value.bits.size);
  const sizeBytes = sizeOfValue(value, context);
  if (sizeBytes === undefined || sizeBytes < 1 || sizeBytes > 32) return 'not a number';
  const bytes = value.storage.read(0, sizeBytes);
  return typeof bytes === 'string' ? bytes : unsignedOf(bytes);
}

/** What a reference refers to; any other value is itself. */
export function behindReferences(value: Value, context: ValueContext): Value {
  let current = value;
  for (let depth = 0; depth < MAX_REFERENCES; depth++) {
    const type = stripType(current.type);
    if (!isReference(type)) return current;
    const target = pointerTarget(current, type.target(), context);
    current = typeof target === 'string' ? { type: type.target(), storage: missingStorage(target), bits: undefined } : target;
  }
  return current;
}

export function memberValue(value: Value, member: Member, context: ValueContext): Value {
  const { type, offsetBytes, bits, locator } = member;
  if (locator === undefined) return { type, storage: sliceStorage(value.storage, offsetBytes), bits };
  const { address } = value.storage;
  const place = address === undefined ? undefined : evaluateToValue(locator, {
    memory: context.memory, register: () => undefined, frameBase: () => undefined, cfa: () => undefined, unit: undefined,
  }, address);
  return { type, storage: place === undefined ? missingStorage('the place of a virtual base is not known') : memoryStorage(context.memory, place), bits };
}

/** Element `index`, inside the array or not (as C does); undefined when the element's size is unknown. */
export function elementValue(value: Value, type: ArrayType, index: number, context: ValueContext): Value | undefined {
  const element = elementTypeOf(type);
  const sizeBytes = sizeInFrame(element, context);
  const offset = index * (sizeBytes ?? 0);
  return sizeBytes === undefined || !Number.isSafeInteger(offset) ? undefined : { type: element, storage: sliceStorage(value.storage, offset), bits: undefined };
}

/** What a pointer points to; a string says why not. */
export function targetValue(value: Value, context: ValueContext): Value | string {
  const type = stripType(value.type);
  if (type.kind === 'array') return elementValue(value, type, 0, context) ?? 'the size of an element is not known';
  if (type.kind !== 'pointer') return `${typeText(value.type)} is not a pointer`;
  return pointerTarget(value, type.target(), context);
}

function pointerTarget(value: Value, target: Type, context: ValueContext): Value | string {
  const { pointee } = value.storage;
  if (pointee !== undefined) return { type: target, storage: pointee, bits: undefined };
  const address = integerOf(value, context);
  if (typeof address === 'string') return address;
  return { type: target, storage: memoryStorage(context.memory, address), bits: undefined };
}

/** A Rust slice or string: its elements as an array; undefined for what is none. */
export function sliceElements(value: Value, type: StructureType, context: ValueContext): Value | undefined {
  if (type.language !== 'rust' || !/^(&|\*|alloc::boxed::Box<)/.test(type.name ?? '')) return undefined;
  const data = type.members().find(({ name }) => name === 'data_ptr');
  const length = type.members().find(({ name }) => name === 'length');
  const pointer = data === undefined ? undefined : stripType(data.type);
  if (data === undefined || length === undefined || pointer?.kind !== 'pointer') return undefined;
  const address = integerOf(memberValue(value, data, context), context);
  const count = integerOf(memberValue(value, length, context), context);
  if (typeof address === 'string' || typeof count === 'string' || count > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  return { type: arrayOf(pointer.target(), Number(count)), storage: memoryStorage(context.memory, address), bits: undefined };
}

/** The members that a structure has now: of a Rust enum, those of its active variant. */
export function membersOf(value: Value, type: StructureType, context: ValueContext): readonly Member[] {
  const part = type.variants?.();
  if (part === undefined) return type.members();
  let active = part.variants.length === 1 && part.discriminant === undefined ? part.variants[0] : undefined;
  if (part.discriminant !== undefined) {
    const discriminant = integerOf(memberValue(value, part.discriminant, context), context);
    if (typeof discriminant === 'string') return [];
    const bits = (sizeOfType(part.discriminant.type) ?? 8) * 8;
    active = part.variants.find((variant) => variant.value !== undefined && BigInt.asUintN(bits, variant.value) === discriminant)
      ?? part.variants.find((variant) => variant.value === undefined);
  }
  return active?.members ?? [];
}

/** How many parts a value has, without reading more than it takes to know. */
export function partCount(whole: Value, context: ValueContext): { count: number; isIndexed: boolean } {
  const value = behindReferences(whole, context);
  const type = stripType(value.type);
  if (type.kind === 'structure') {
    const elements = sliceElements(value, type, context);
    return elements === undefined ? { count: membersOf(value, type, context).length, isIndexed: false } : partCount(elements, context);
  }
  if (type.kind === 'array') {
    const [outer] = type.dimensions;
    return { count: (outer === undefined ? undefined : countOf(outer, context)) ?? 0, isIndexed: true };
  }
  if (type.kind !== 'pointer') return { count: 0, isIndexed: false };
  const target = stripType(type.target());
  if (target.kind === 'void' || target.kind === 'function' || target.kind === 'unsupported') return { count: 0, isIndexed: false };
  if (value.storage.pointee === undefined) {
    const address = integerOf(value, context);
    if (typeof address === 'string' || address === 0n) return { count: 0, isIndexed: false };
  }
  if (target.kind !== 'structure') return { count: 1, isIndexed: false };
  const pointed = target.variants === undefined ? undefined : targetValue(value, context);
  return pointed === undefined || typeof pointed === 'string' ? { count: target.members().length, isIndexed: false } : partCount(pointed, context);
}

/** Parts `start` .. `start + count` of a structure or array; of a pointer to a structure, the members; of another pointer, its target. */
export function partsOf(whole: Value, context: ValueContext, start: number, count: number): Part[] {
  const value = behindReferences(whole, context);
  const type = stripType(value.type);
  if (type.kind === 'structure') {
    const elements = sliceElements(value, type, context);
    return elements === undefined ? memberParts(value, type, context, start, count, '.') : elementParts(elements, context, start, count, (text) => `${text}.data_ptr`);
  }
  if (type.kind === 'array') return elementParts(value, context, start, count, (text) => text);
  if (type.kind !== 'pointer' || partCount(value, context).count === 0) return [];
  const target = targetValue(value, context);
  if (typeof target === 'string') return [];
  const stripped = stripType(target.type);
  if (stripped.kind === 'structure') {
    return sliceElements(target, stripped, context) === undefined ? memberParts(target, stripped, context, start, count, '->') : partsOf(target, context, start, count);
  }
  return start > 0 ? [] : [{ name: '*', path: (text) => `(*${text})`, isNamed: true, value: target }];
}

function elementParts(value: Value, context: ValueContext, start: number, count: number, path: (whole: string) => string): Part[] {
  const type = stripType(value.type);
  if (type.kind !== 'array') return [];
  const parts: Part[] = [];
  const end = Math.min(start + count, partCount(value, context).count);
  for (let index = start; index < end; index++) {
    const element = elementValue(value, type, index, context);
    if (element !== undefined) parts.push({ name: `[${index}]`, path: (whole) => `${path(whole)}[${index}]`, isNamed: true, value: element });
  }
  return parts;
}

function memberParts(value: Value, type: StructureType, context: ValueContext, start: number, count: number, join: '.' | '->'): Part[] {
  return membersOf(value, type, context).slice(start, start + count).map((member) => {
    const { name } = member;
    return {
      name: name ?? typeText(member.type),
      path: (whole) => (name === undefined ? whole : `${whole}${join}${name}`),
      isNamed: name !== undefined,
      value: memberValue(value, member, context),
    };
  });
}
