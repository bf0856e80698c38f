import { AT, TAG } from './constants.ts';
import { attempt } from './reader.ts';
import { languageOf, scopePrefix } from './scope-names.ts';
import { MAX_TYPE_DEPTH, POINTER_BYTES, sizeOfType, VOID } from './type-model.ts';
import type { Dimension, Enumerator, Member, StaticMember, StructureType, Type, Variant, VariantPart } from './type-model.ts';
import { canonicalTemplate, canonicalTypeName } from './type-names.ts';
import { typeText } from './type-text.ts';
import type { Die } from './units.ts';

/** Gives the entry at an offset, in any unit. */
export type DieLookup = (offset: number) => Die | undefined;

const MAX_MEMBERS = 1 << 14;
/** DW_TAG_variant_part, DW_TAG_variant, DW_TAG_ptr_to_member_type. */
const VARIANT_PART = 0x33;
const VARIANT = 0x19;
const POINTER_TO_MEMBER = 0x1f;
/** DW_AT_discr, DW_AT_discr_value, DW_AT_containing_type, DW_AT_prototyped, DW_AT_artificial. */
const ARTIFICIAL = 0x34;
const DISCRIMINANT = 0x15;
const DISCRIMINANT_VALUE = 0x16;
const CONTAINING_TYPE = 0x1d;
const PROTOTYPED = 0x27;
/** DW_ATE_signed, DW_ATE_signed_char. */
const SIGNED: ReadonlySet<number> = new Set([0x05, 0x06]);

const QUALIFIERS: ReadonlyMap<number, string> = new Map<number, string>([
  [TAG.constType, 'const'], [TAG.volatileType, 'volatile'], [TAG.restrictType, 'restrict'], [TAG.atomicType, '_Atomic'],
]);

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
    return this.#reference(die, AT.type);
  }

  #reference(die: Die, attribute: number): Type {
    return attempt((): Type => {
      const value = die.attribute(attribute);
      if (value === undefined) return VOID;
      if (value.kind !== 'reference') return { kind: 'unsupported', what: value.kind === 'unsupported' ? value.what : 'a type of an unknown form' };
      return this.at(value.offset);
    }, { kind: 'unsupported', what: 'damaged debug information' });
  }

  /** The type whose entry is at an offset. */
  at(offset: number): Type {
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
    const taken = die.has(AT.signature) ? this.#inTypeUnit(die) : undefined;
    if (taken !== undefined) return taken;
    const sizeBytes = die.number(AT.byteSize) ?? 0;
    const language = languageOf(die.unit);
    switch (die.tag) {
      case TAG.baseType: {
        const name = die.string(AT.name) ?? '<unnamed>';
        return { kind: 'base', name: language === 'rust' ? name : canonicalTypeName(name), sizeBytes, encoding: die.number(AT.encoding) ?? 0, language };
      }
      case TAG.pointerType: {
        const name = language === 'rust' ? die.string(AT.name) : undefined;
        return { kind: 'pointer', symbol: '*', sizeBytes: POINTER_BYTES, target, ...(name === undefined ? {} : { name }) };
      }
      case TAG.referenceType: return { kind: 'pointer', symbol: '&', sizeBytes: POINTER_BYTES, target };
      case TAG.rvalueReferenceType: return { kind: 'pointer', symbol: '&&', sizeBytes: POINTER_BYTES, target };
      case POINTER_TO_MEMBER: return this.#memberPointer(die);
      case TAG.structureType: return this.#structure(die, 'struct', sizeBytes);
      case TAG.unionType: return this.#structure(die, 'union', sizeBytes);
      case TAG.classType: return this.#structure(die, 'class', sizeBytes);
      case TAG.arrayType: return this.#array(die);
      case TAG.enumerationType: return this.#enumeration(die, sizeBytes);
      case TAG.subprogram:
      case TAG.subroutineType: return this.#function(die);
      case TAG.typedef: return { kind: 'typedef', name: scopePrefix(die) + (die.string(AT.name) ?? '<unnamed>'), target };
      case TAG.unspecifiedType: return unspecified(die);
      default: return { kind: 'unsupported', what: `a type of the unknown tag 0x${die.tag.toString(16)}` };
    }
  }

  /** What an entry stands for that has its type's signature (DWARF 5, 5.7.1); undefined for a declaration with a name, whose type unit is missing. */
  #inTypeUnit(die: Die): Type | undefined {
    const value = die.attribute(AT.signature);
    const full = value?.kind === 'reference' ? this.#lookup(value.offset) : undefined;
    // One that stands for another itself may be damaged so that they go in a circle.
    if (full !== undefined) return full.has(AT.signature) ? { kind: 'unsupported', what: 'a type that refers to itself' } : this.at(full.offset);
    return die.flag(AT.declaration) && die.has(AT.name) ? undefined : { kind: 'unsupported', what: value?.kind === 'unsupported' ? value.what : 'a missing type' };
  }

  #memberPointer(die: Die): Type {
    const target = once(() => this.typeOf(die));
    // A method's address, and what to add to `this` (Itanium C++ ABI, 2.3).
    const isMethod = attempt(() => {
      const reference = die.attribute(AT.type);
      return reference?.kind === 'reference' && this.#lookup(reference.offset)?.tag === TAG.subroutineType;
    }, false);
    return { kind: 'member-pointer', sizeBytes: isMethod ? 2 * POINTER_BYTES : POINTER_BYTES, target, container: () => this.#reference(die, CONTAINING_TYPE) };
  }

  #enumeration(die: Die, sizeBytes: number): Type {
    const language = languageOf(die.unit);
    const name = die.string(AT.name);
    const prefix = scopePrefix(die);
    const isScoped = attempt(() => die.flag(AT.enumClass), false) && name !== undefined;
    const enumerators = once(() => readEnumerators(die, sizeBytes, isScoped ? `${prefix}${name}::` : prefix));
    return {
      kind: 'enumeration', name: name === undefined ? undefined : prefix + name, sizeBytes, language, enumerators,
      isSigned: once(() => attempt(() => {
        const encoding = die.number(AT.encoding) ?? encodingOf(this.typeOf(die));
        return encoding === undefined ? hasNegative(die) : SIGNED.has(encoding);
      }, false)),
    };
  }

  #structure(die: Die, keyword: 'struct' | 'union' | 'class', sizeBytes: number): StructureType {
    const bare = die.string(AT.name);
    const language = languageOf(die.unit);
    const name = bare === undefined ? undefined : canonicalTemplate(scopePrefix(die) + bare);
    const isDeclaration = die.flag(AT.declaration);
    if (isDeclaration) {
      const full = bare === undefined ? undefined : this.#definitionOf(keyword, bare, name);
      if (full !== undefined) return this.#structure(full, keyword, full.number(AT.byteSize) ?? 0);
      return { kind: 'structure', keyword, name, language, sizeBytes: 0, isDeclaration, members: () => [], statics: () => [] };
    }
    return {
      kind: 'structure', keyword, name, language, sizeBytes, isDeclaration, members: once(() => this.#members(die)), statics: once(() => this.#statics(die)),
      ...(language === 'rust' ? { variants: once(() => this.#variantPart(die)) } : {}),
    };
  }

  #definitionOf(keyword: 'struct' | 'union' | 'class', bare: string, name: string | undefined): Die | undefined {
    // `class A;` may declare what `struct A {}` defines.
    for (const each of [keyword, 'struct', 'class']) {
      const full = this.#definition(each, bare);
      if (full !== undefined && !full.flag(AT.declaration) && canonicalTemplate(scopePrefix(full) + bare) === name) return full;
      if (keyword === 'union') break;
    }
    return undefined;
  }

  #members(die: Die): Member[] {
    const members: Member[] = [];
    attempt(() => {
      for (const child of die.children()) {
        if ((child.tag !== TAG.member && child.tag !== TAG.inheritance) || isStatic(child)) continue;
        if (members.length >= MAX_MEMBERS) return;
        members.push(this.#member(child));
      }
    }, undefined);
    return members;
  }

  #member(die: Die): Member {
    const type = this.typeOf(die);
    const isBase = die.tag === TAG.inheritance;
    return { name: isBase ? typeText(type) : die.string(AT.name), type, isBase, ...placeOf(die, type) };
  }

  #statics(die: Die): StaticMember[] {
    const found: StaticMember[] = [];
    attempt(() => {
      for (const child of die.children()) {
        const name = (child.tag === TAG.member && isStatic(child)) || child.tag === TAG.variable ? child.string(AT.name) : undefined;
        if (name !== undefined && found.length < MAX_MEMBERS) found.push({ name, type: this.typeOf(child), constant: child.attribute(AT.constValue) });
      }
    }, undefined);
    return found;
  }

  /** DWARF 5, 5.7.10: the variants of a Rust enum. */
  #variantPart(die: Die): VariantPart | undefined {
    return attempt(() => {
      for (const part of die.children()) if (part.tag === VARIANT_PART) return this.#variants(part);
      return undefined;
    }, undefined);
  }

  #variants(part: Die): VariantPart {
    const reference = part.attribute(DISCRIMINANT);
    const discriminant = reference?.kind === 'reference' ? this.#lookup(reference.offset) : undefined;
    const variants: Variant[] = [];
    for (const child of part.children()) {
      if (child.tag !== VARIANT || variants.length >= MAX_MEMBERS) continue;
      const members = [...child.children()].filter(({ tag }) => tag === TAG.member).map((member) => this.#member(member));
      const value = child.constant(DISCRIMINANT_VALUE);
      variants.push({ value, members });
    }
    return { discriminant: discriminant === undefined ? undefined : this.#member(discriminant), variants };
  }

  #array(die: Die): Type {
    const dimensions: Dimension[] = [];
    attempt(() => {
      for (const child of die.children()) {
        if (child.tag === TAG.subrangeType && dimensions.length < MAX_TYPE_DEPTH) dimensions.push(readDimension(child));
        else if (child.tag === TAG.enumerationType) dimensions.push({ count: undefined, dynamic: undefined });
      }
    }, undefined);
    const isVector = attempt(() => die.flag(AT.gnuVector), false);
    return { kind: 'array', element: () => this.typeOf(die), dimensions, ...(isVector ? { isVector } : {}) };
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
    const isPrototyped = attempt(() => die.flag(PROTOTYPED), true) || languageOf(die.unit) !== 'c';
    return { kind: 'function', result: () => this.typeOf(this.#completed(die)), parameters: () => parameters.map((child) => this.#parameterType(child)), isVariadic, isPrototyped };
  }

  /** `this` is constant, whether the compiler says so or not. */
  #parameterType(die: Die): Type {
    const type = this.typeOf(this.#completed(die));
    return type.kind === 'pointer' && die.flag(ARTIFICIAL) ? { kind: 'qualifier', name: 'const', target: () => type } : type;
  }

  /** The entry that has the type: the one that an out-of-line or inlined definition completes, if it does not say itself. */
  #completed(die: Die): Die {
    let current = die;
    for (let depth = 0; depth < MAX_TYPE_DEPTH && !current.has(AT.type); depth++) {
      const reference = attempt(() => current.attribute(AT.abstractOrigin) ?? current.attribute(AT.specification), undefined);
      const next = reference?.kind === 'reference' ? this.#lookup(reference.offset) : undefined;
      if (next === undefined) break;
      current = next;
    }
    return current;
  }
}

/** DW_TAG_unspecified_type: `void` of assembly, and the type of nullptr. */
function unspecified(die: Die): Type {
  const name = die.string(AT.name);
  if (name?.includes('nullptr') !== true) return VOID;
  return { kind: 'pointer', symbol: '*', sizeBytes: POINTER_BYTES, target: () => VOID, name };
}

/** A static member of C++ (DWARF 4 describes it as a member that is only declared). */
function isStatic(die: Die): boolean {
  return die.flag(AT.declaration) || (die.flag(AT.external) && !die.has(AT.dataMemberLocation));
}

function encodingOf(type: Type): number | undefined {
  let inner = type;
  for (let depth = 0; (inner.kind === 'typedef' || inner.kind === 'qualifier') && depth < MAX_TYPE_DEPTH; depth++) inner = inner.target();
  return inner.kind === 'base' ? inner.encoding : undefined;
}

function hasNegative(die: Die): boolean {
  for (const child of die.children()) if (child.tag === TAG.enumerator && (child.constant(AT.constValue) ?? 0n) < 0n) return true;
  return false;
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** `prefix`: the scopes around the names, as the language writes them. */
function readEnumerators(die: Die, sizeBytes: number, prefix: string): Enumerator[] {
  const enumerators: Enumerator[] = [];
  attempt(() => {
    for (const child of die.children()) {
      if (child.tag !== TAG.enumerator || enumerators.length >= MAX_MEMBERS) continue;
      const value = child.constant(AT.constValue) ?? 0n;
      enumerators.push({ name: prefix + (child.string(AT.name) ?? '<unnamed>'), value: BigInt.asUintN(sizeBytes <= 8 ? sizeBytes * 8 : 64, value) });
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
function placeOf(die: Die, type: Type): { offsetBytes: number; bits: Member['bits']; locator?: Uint8Array } {
  const offsetBytes = memberOffset(die);
  const size = die.number(AT.bitSize);
  const locator = die.attribute(AT.dataMemberLocation);
  if (locator?.kind === 'block' && locator.bytes[0] !== 0x23) return { offsetBytes: 0, bits: undefined, locator: locator.bytes };
  if (size === undefined || size > 128) return { offsetBytes, bits: undefined };
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
