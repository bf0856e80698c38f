import type { AttributeValue } from './forms.ts';
import type { Die } from './units.ts';

/** The language that a type is written in; what is neither C++ nor Rust counts as C. */
export type Language = 'c' | 'c++' | 'rust';

/** A type of C, C++ or Rust. Parts are functions, so that types that refer to themselves are read as far as somebody looks. */
export type Type =
  | { readonly kind: 'void' }
  | BaseType
  | PointerType
  | MemberPointerType
  | StructureType
  | ArrayType
  | EnumerationType
  | FunctionType
  | { readonly kind: 'typedef'; readonly name: string; readonly target: () => Type }
  | { readonly kind: 'qualifier'; readonly name: string; readonly target: () => Type }
  /** Cannot be read; says why. */
  | { readonly kind: 'unsupported'; readonly what: string };

/** What is left without typedefs and qualifiers. */
export type BareType = Exclude<Type, { readonly kind: 'typedef' | 'qualifier' }>;

export interface BaseType {
  readonly kind: 'base';
  readonly name: string;
  readonly sizeBytes: number;
  /** DW_ATE_*. */
  readonly encoding: number;
  readonly language?: Language;
}

export interface PointerType {
  readonly kind: 'pointer';
  readonly symbol: '*' | '&' | '&&';
  readonly sizeBytes: number;
  readonly target: () => Type;
  /** Rust names its pointers: `&mut u8`, `*const T`; and C++ the type of nullptr. */
  readonly name?: string;
}

/** `int Shape::*`: of a data member the offset, of a method its address and what to add to `this`. */
export interface MemberPointerType {
  readonly kind: 'member-pointer';
  readonly sizeBytes: number;
  readonly target: () => Type;
  readonly container: () => Type;
}

export interface StructureType {
  readonly kind: 'structure';
  readonly keyword: 'struct' | 'union' | 'class';
  /** With its namespaces; undefined for an anonymous one. */
  readonly name: string | undefined;
  readonly sizeBytes: number;
  /** Only declared here: members are unknown. */
  readonly isDeclaration: boolean;
  readonly language: Language;
  readonly members: () => readonly Member[];
  /** Members of the class, not of its objects. */
  readonly statics: () => readonly StaticMember[];
  /** Of a Rust enum: which of its variants is there depends on the value. */
  readonly variants?: () => VariantPart | undefined;
}

/** DW_TAG_variant_part. */
export interface VariantPart {
  /** Where the number is that tells which variant is active; undefined when there is only one. */
  readonly discriminant: Member | undefined;
  readonly variants: readonly Variant[];
}

export interface Variant {
  /** The discriminant's value, as unsigned of its width; undefined for the one that is active for all other values. */
  readonly value: bigint | undefined;
  readonly members: readonly Member[];
}

export interface StaticMember {
  readonly name: string;
  readonly type: Type;
  /** When the compiler folded it: DW_AT_const_value. */
  readonly constant: AttributeValue | undefined;
}

export interface ArrayType {
  readonly kind: 'array';
  readonly element: () => Type;
  /** Outermost first. */
  readonly dimensions: readonly Dimension[];
  /** GCC's vector_size. */
  readonly isVector?: boolean;
}

export interface Dimension {
  /** Undefined: not known, or only at run time. */
  readonly count: number | undefined;
  /** For a variable-length array: upper bound or count, to be evaluated in a frame. */
  readonly dynamic: { readonly value: AttributeValue; readonly die: Die; readonly isUpperBound: boolean } | undefined;
}

export interface EnumerationType {
  readonly kind: 'enumeration';
  readonly name: string | undefined;
  readonly sizeBytes: number;
  readonly language: Language;
  readonly isSigned: () => boolean;
  readonly enumerators: () => readonly Enumerator[];
}

/** `name` is how the language writes it (`Color::Red` of C++'s enum class); `value` unsigned of the enumeration's width. */
export interface Enumerator { readonly name: string; readonly value: bigint }

export interface FunctionType {
  readonly kind: 'function';
  readonly result: () => Type;
  readonly parameters: () => readonly Type[];
  readonly isVariadic: boolean;
  readonly isPrototyped: boolean;
}

export interface Member {
  /** Undefined for an anonymous struct or union. */
  readonly name: string | undefined;
  readonly type: Type;
  readonly offsetBytes: number;
  /** For a bit-field: its bits, counted from the least significant of the byte at `offsetBytes`. */
  readonly bits: { readonly offset: number; readonly size: number } | undefined;
  readonly isBase: boolean;
  /** A virtual base: an expression that computes its address from that of the object. */
  readonly locator?: Uint8Array;
}

export const MAX_TYPE_DEPTH = 64;
/** RISC-V is RV64 here. */
export const POINTER_BYTES = 8;
export const VOID: Type = { kind: 'void' };

/** Follows typedefs and qualifiers; bounded, since damaged ones may refer to themselves. */
export function stripType(type: Type): BareType {
  let stripped = type;
  for (let depth = 0; stripped.kind === 'typedef' || stripped.kind === 'qualifier'; depth++) {
    if (depth >= MAX_TYPE_DEPTH) return { kind: 'unsupported', what: 'a type that refers to itself' };
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
    case 'member-pointer':
    case 'enumeration': return stripped.sizeBytes;
    case 'structure': return stripped.isDeclaration ? undefined : stripped.sizeBytes;
    case 'array': {
      let size = depth < MAX_TYPE_DEPTH ? sizeOfType(stripped.element(), depth + 1) : undefined;
      for (const { count } of stripped.dimensions) {
        if (size === undefined || count === undefined) return undefined;
        size *= count;
      }
      return Number.isSafeInteger(size) ? size : undefined;
    }
    default: return undefined;
  }
}

export function pointerTo(target: Type): PointerType {
  return { kind: 'pointer', symbol: '*', sizeBytes: POINTER_BYTES, target: () => target };
}

export function arrayOf(element: Type, count: number | undefined): ArrayType {
  return { kind: 'array', element: () => element, dimensions: [{ count, dynamic: undefined }] };
}

/** Type of an element: the element type, or an array of the remaining dimensions. */
export function elementTypeOf(type: ArrayType): Type {
  return type.dimensions.length <= 1 ? type.element() : { ...type, dimensions: type.dimensions.slice(1) };
}

export function isReference(type: BareType): type is PointerType & { readonly symbol: '&' | '&&' } {
  return type.kind === 'pointer' && type.symbol !== '*';
}
