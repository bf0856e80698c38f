import { AT, TAG } from './constants.ts';
import type { AttributeValue } from './forms.ts';
import { attempt } from './reader.ts';
import type { Die } from './units.ts';

/** A C type. Parts are functions, so that types that refer to themselves are read as far as somebody looks. */
export type Type =
  | { readonly kind: 'void' }
  | { readonly kind: 'base'; readonly name: string; readonly sizeBytes: number; readonly encoding: number }
  | { readonly kind: 'pointer'; readonly symbol: '*' | '&' | '&&'; readonly sizeBytes: number; readonly target: () => Type }
  | StructureType
  | ArrayType
  | { readonly kind: 'enumeration'; readonly name: string | undefined; readonly sizeBytes: number; readonly enumerators: () => readonly Enumerator[] }
  | { readonly kind: 'function'; readonly result: () => Type; readonly parameters: () => readonly Type[]; readonly isVariadic: boolean; readonly isPrototyped: boolean }
  | { readonly kind: 'typedef'; readonly name: string; readonly target: () => Type }
  | { readonly kind: 'qualifier'; readonly name: string; readonly target: () => Type }
  /** Cannot be read; says why. */
  | { readonly kind: 'unsupported'; readonly what: string };

/** What is left without typedefs and qualifiers. */
export type BareType = Exclude<Type, { readonly kind: 'typedef' | 'qualifier' }>;

export interface StructureType {
  readonly kind: 'structure';
  readonly keyword: 'struct' | 'union' | 'class';
  readonly name: string | undefined;
  readonly sizeBytes: number;
  /** Only declared here: members are unknown. */
  readonly isDeclaration: boolean;
  readonly members: () => readonly Member[];
}

export interface ArrayType {
  readonly kind: 'array';
  readonly element: () => Type;
  /** Outermost first. */
  readonly dimensions: readonly Dimension[];
}

export interface Dimension {
  /** Undefined: not known, or only at run time. */
  readonly count: number | undefined;
  /** For a variable-length array: upper bound or count, to be evaluated in a frame. */
  readonly dynamic: { readonly value: AttributeValue; readonly die: Die; readonly isUpperBound: boolean } | undefined;
}

export interface Member {
  /** Undefined for an anonymous struct or union. */
  readonly name: string | undefined;
  readonly type: Type;
  readonly offsetBytes: number;
  /** For a bit-field: its bits, counted from the least significant of the byte at `offsetBytes`. */
  readonly bits: { readonly offset: number; readonly size: number } | undefined;
  readonly isBase: boolean;
}

export interface Enumerator { readonly name: string; readonly value: bigint }

/** Gives the entry at an offset of .debug_info, in any unit. */
export type DieLookup = (offset: number) => Die | undefined;

const MAX_MEMBERS = 1 << 14;
const MAX_DEPTH = 64;
/** RISC-V is RV64 here. */
const POINTER_BYTES = 8;

const VOID: Type = { kind: 'void' };

const QUALIFIERS: ReadonlyMap<number, string> = new Map<number, string>([
  [TAG.constType, 'const'], [TAG.volatileType, 'volatile'], [TAG.restrictType, 'restrict'], [TAG.atomicType, '_Atomic'],
]);

/** Follows typedefs and qualifiers; bounded, since damaged ones may refer to themselves. */
export function stripType(type: Type): BareType {
  let stripped = type;
  for (let depth = 0; stripped.kind === 'typedef' || stripped.kind === 'qualifier'; depth++) {
    if (depth >= MAX_DEPTH) return { kind: 'unsupported', what: 'a type that refers to itself' };
    stripped = stripped.target();
  }
  return stripped;
}

/** Size in bytes; undefined when it is unknown or depends on the frame. */
export function sizeOfType(type: Type, depth = 0): number | undefined {
  const stripped = stripType(type);
  switch (stripped.kind) {
    case 'base':
    case 'pointer':
    case 'enumeration': return stripped.sizeBytes;
    case 'structure': return stripped.isDeclaration ? undefined : stripped.sizeBytes;
    case 'array': {
      let size = depth < MAX_DEPTH ? sizeOfType(stripped.element(), depth + 1) : undefined;
      for (const { count } of stripped.dimensions) {
        if (size === undefined || count === undefined) return undefined;
        size *= count;
      }
      return Number.isSafeInteger(size) ? size : undefined;
    }
    default: return undefined;
  }
}

/** Reads types from entries, each once. */
export class TypeReader {
  readonly #lookup: DieLookup;
  readonly #definition: (keyword: string, name: string) => Die | undefined;
  readonly #cache = new Map<number, Type>();

  /** `definition` finds the full definition of a structure that is only declared in the unit at hand. */
  constructor(lookup: DieLookup, definition: (keyword: string, name: string) => Die | undefined) {
    this.#lookup = lookup;
    this.#definition = definition;
  }

  /** DW_AT_type of an entry; `void` when it has none. */
  typeOf(die: Die): Type {
    return attempt((): Type => {
      const value = die.attribute(AT.type);
      if (value === undefined) return VOID;
      if (value.kind !== 'reference') return { kind: 'unsupported', what: value.kind === 'unsupported' ? value.what : 'a type of an unknown form' };
      return this.#at(value.offset);
    }, { kind: 'unsupported', what: 'damaged debug information' });
  }

  #at(offset: number): Type {
    let type = this.#cache.get(offset);
    if (type === undefined) {
      const die = this.#lookup(offset);
      type = die === undefined ? { kind: 'unsupported', what: 'a missing type' } as const : this.read(die);
      this.#cache.set(offset, type);
    }
    return type;
  }

  /** The type that an entry defines. */
  read(die: Die): Type {
    const qualifier = QUALIFIERS.get(die.tag);
    const target = (): Type => this.typeOf(die);
    if (qualifier !== undefined) return { kind: 'qualifier', name: qualifier, target };
    const sizeBytes = die.number(AT.byteSize) ?? 0;
    switch (die.tag) {
      case TAG.baseType:
        return { kind: 'base', name: shortName(die.string(AT.name) ?? '<unnamed>'), sizeBytes, encoding: die.number(AT.encoding) ?? 0 };
      case TAG.pointerType: return { kind: 'pointer', symbol: '*', sizeBytes: POINTER_BYTES, target };
      case TAG.referenceType: return { kind: 'pointer', symbol: '&', sizeBytes: POINTER_BYTES, target };
      case TAG.rvalueReferenceType: return { kind: 'pointer', symbol: '&&', sizeBytes: POINTER_BYTES, target };
      case TAG.structureType: return this.#structure(die, 'struct', sizeBytes);
      case TAG.unionType: return this.#structure(die, 'union', sizeBytes);
      case TAG.classType: return this.#structure(die, 'class', sizeBytes);
      case TAG.arrayType: return this.#array(die);
      case TAG.enumerationType:
        return { kind: 'enumeration', name: die.string(AT.name), sizeBytes, enumerators: once(() => readEnumerators(die, sizeBytes)) };
      case TAG.subprogram:
      case TAG.subroutineType: return this.#function(die);
      case TAG.typedef: return { kind: 'typedef', name: die.string(AT.name) ?? '<unnamed>', target };
      case TAG.unspecifiedType: return VOID;
      default: return { kind: 'unsupported', what: `a type of the unknown tag 0x${die.tag.toString(16)}` };
    }
  }

  #structure(die: Die, keyword: 'struct' | 'union' | 'class', sizeBytes: number): Type {
    const name = die.string(AT.name);
    if (die.flag(AT.declaration)) {
      const full = name === undefined ? undefined : this.#definition(keyword, name);
      if (full !== undefined) return this.#structure(full, keyword, full.number(AT.byteSize) ?? 0);
      return { kind: 'structure', keyword, name, sizeBytes: 0, isDeclaration: true, members: () => [] };
    }
    return { kind: 'structure', keyword, name, sizeBytes, isDeclaration: false, members: once(() => this.#members(die)) };
  }

  #members(die: Die): Member[] {
    const members: Member[] = [];
    attempt(() => {
      for (const child of die.children()) {
        if (child.tag !== TAG.member && child.tag !== TAG.inheritance) continue;
        // A static member of C++.
        if (child.flag(AT.declaration)) continue;
        if (members.length >= MAX_MEMBERS) return;
        const type = this.typeOf(child);
        const isBase = child.tag === TAG.inheritance;
        const name = isBase ? typeText(type) : child.string(AT.name);
        members.push({ name, type, isBase, ...placeOf(child, type) });
      }
    }, undefined);
    return members;
  }

  #array(die: Die): Type {
    const dimensions: Dimension[] = [];
    attempt(() => {
      for (const child of die.children()) {
        if (child.tag === TAG.subrangeType && dimensions.length < MAX_DEPTH) dimensions.push(readDimension(child));
        else if (child.tag === TAG.enumerationType) dimensions.push({ count: undefined, dynamic: undefined });
      }
    }, undefined);
    return { kind: 'array', element: () => this.typeOf(die), dimensions };
  }

  #function(die: Die): Type {
    const parameters: Die[] = [];
    let isVariadic = false;
    attempt(() => {
      for (const child of die.children()) {
        if (child.tag === TAG.formalParameter && parameters.length < MAX_MEMBERS) parameters.push(child);
        if (child.tag === TAG.unspecifiedParameters) isVariadic = true;
      }
    }, undefined);
    const isPrototyped = attempt(() => die.flag(0x27), true);
    return { kind: 'function', result: () => this.typeOf(die), parameters: () => parameters.map((child) => this.typeOf(child)), isVariadic, isPrototyped };
  }
}

/** Integer types as people write them: GCC says `long unsigned int`, `short int`. */
function shortName(name: string): string {
  const words = name.split(' ');
  const isInteger = words.every((word) => ['signed', 'unsigned', 'short', 'long', 'int'].includes(word));
  if (!isInteger || words.length === 1) return name;
  const rest = words.filter((word) => word === 'short' || word === 'long');
  const base = rest.length === 0 ? ['int'] : rest;
  return [...(words.includes('unsigned') ? ['unsigned'] : []), ...base].join(' ');
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function readEnumerators(die: Die, sizeBytes: number): Enumerator[] {
  const enumerators: Enumerator[] = [];
  attempt(() => {
    for (const child of die.children()) {
      if (child.tag !== TAG.enumerator || enumerators.length >= MAX_MEMBERS) continue;
      const value = child.constant(AT.constValue) ?? 0n;
      enumerators.push({ name: child.string(AT.name) ?? '<unnamed>', value: BigInt.asUintN(sizeBytes <= 8 ? sizeBytes * 8 : 64, value) });
    }
  }, undefined);
  return enumerators;
}

/** DW_AT_count, or DW_AT_upper_bound + 1 (lower bounds of C are 0). */
function readDimension(die: Die): Dimension {
  const count = die.attribute(AT.count);
  const value = count ?? die.attribute(AT.upperBound);
  if (value === undefined) return { count: undefined, dynamic: undefined };
  const isUpperBound = count === undefined;
  if (value.kind !== 'constant') return { count: undefined, dynamic: { value, die, isUpperBound } };
  // GCC writes -1 as the upper bound of an array of length 0.
  const total = value.value >= 0xffff_ffffn && isUpperBound ? 0n : BigInt.asIntN(64, value.value) + (isUpperBound ? 1n : 0n);
  return { count: total < 0n || total > BigInt(Number.MAX_SAFE_INTEGER) ? 0 : Number(total), dynamic: undefined };
}

/** Offset and bits of a member (DWARF 5, 5.7.6; DW_AT_bit_offset as in DWARF 3, 5.5.6, counted from the big end). */
function placeOf(die: Die, type: Type): { offsetBytes: number; bits: Member['bits'] } {
  const offsetBytes = memberOffset(die);
  const size = die.number(AT.bitSize);
  if (size === undefined || size > 64) return { offsetBytes, bits: undefined };
  const fromStart = die.number(AT.dataBitOffset);
  if (fromStart !== undefined) return { offsetBytes: Math.floor(fromStart / 8), bits: { offset: fromStart % 8, size } };
  const fromBigEnd = die.constant(AT.bitOffset);
  if (fromBigEnd === undefined) return { offsetBytes, bits: { offset: 0, size } };
  const unitBytes = die.number(AT.byteSize) ?? sizeOfType(type) ?? 4;
  const offset = offsetBytes * 8 + unitBytes * 8 - Number(BigInt.asIntN(32, fromBigEnd)) - size;
  return offset < 0 ? { offsetBytes, bits: { offset: 0, size } } : { offsetBytes: Math.floor(offset / 8), bits: { offset: offset % 8, size } };
}

function memberOffset(die: Die): number {
  const value = die.attribute(AT.dataMemberLocation);
  if (value?.kind === 'constant' && value.value >= 0n && value.value < 0x1_0000_0000n) return Number(value.value);
  // DWARF 2 style: DW_OP_plus_uconst n.
  if (value?.kind === 'block' && value.bytes[0] === 0x23) {
    return value.bytes.subarray(1, 5).reduce((sum, byte, index) => sum + (byte & 0x7f) * 128 ** index, 0);
  }
  return 0;
}

/** The type in C syntax, as GDB's `whatis` writes it. */
export function typeText(type: Type): string {
  return declare(type, '', 0);
}

function declare(type: Type, declarator: string, depth: number): string {
  if (depth > MAX_DEPTH) return '...';
  const named = (name: string): string => (declarator === '' ? name : `${name} ${declarator}`);
  switch (type.kind) {
    case 'void': return named('void');
    case 'base':
    case 'typedef': return named(type.name);
    case 'structure': return named(`${type.keyword} ${type.name ?? '{...}'}`);
    case 'enumeration': return named(`enum ${type.name ?? '{...}'}`);
    case 'unsupported': return named(`<${type.what}>`);
    case 'pointer': return declare(type.target(), wrap(type.target(), `${type.symbol}${declarator}`), depth + 1);
    case 'array': return declare(type.element(), declarator + type.dimensions.map(({ count }) => `[${count ?? ''}]`).join(''), depth + 1);
    case 'function': {
      const parameters = type.parameters().map((parameter) => declare(parameter, '', depth + 1));
      if (type.isVariadic && type.isPrototyped) parameters.push('...');
      const list = parameters.length === 0 && type.isPrototyped ? 'void' : parameters.join(', ');
      return declare(type.result(), `${declarator}(${list})`, depth + 1);
    }
    case 'qualifier': {
      const { names, target } = qualifiers(type);
      if (target.kind === 'pointer') return declare(target, ` ${names}${declarator === '' || declarator.startsWith('[') ? '' : ' '}${declarator}`, depth + 1);
      // What qualifies an array qualifies its elements.
      if (target.kind === 'array') return declare({ ...target, element: () => qualified(type, target.element()) }, declarator, depth + 1);
      return `${names} ${declare(target, declarator, depth + 1)}`;
    }
  }
}

/** All qualifiers of a type, in the order of GDB, and what they qualify. */
function qualifiers(type: Type): { names: string; target: Type } {
  const names = new Set<string>();
  let target = type;
  for (let depth = 0; target.kind === 'qualifier' && depth < MAX_DEPTH; depth++) {
    names.add(target.name);
    target = target.target();
  }
  if (target.kind === 'qualifier') target = { kind: 'unsupported', what: 'a type that refers to itself' };
  return { names: [...QUALIFIERS.values()].filter((name) => names.has(name)).join(' '), target };
}

/** `type` with the qualifiers of `like`. */
function qualified(like: Type, type: Type): Type {
  const { names } = qualifiers(like);
  return names.split(' ').reduce((target: Type, name) => ({ kind: 'qualifier', name, target: () => target }), type);
}

/** Pointers to arrays and functions need parentheses; a qualifier in between does not matter. */
function wrap(target: Type, declarator: string): string {
  const bare = qualifiers(target).target;
  return bare.kind === 'array' || bare.kind === 'function' ? `(${declarator})` : declarator;
}
