/** Resolves expressions: from what is written to code that can be evaluated again and again. */
import { bytesStorage } from '../dwarf/storage.ts';
import { arrayOf, elementTypeOf, isReference, pointerTo, sizeOfType, stripType } from '../dwarf/type-model.ts';
import type { Type } from '../dwarf/type-model.ts';
import { typeText } from '../dwarf/type-text.ts';
import { elementValue, memberValue, sizeInFrame, sliceElements, targetValue } from '../dwarf/value.ts';
import { bytesOf } from '../dwarf/reader.ts';
import { BOOL, BUILT_IN, CHAR, constantType, DOUBLE, FLOAT, INT, LONG_DOUBLE, numericOf, UNSIGNED_LONG } from './arithmetic.ts';
import type { Scalar } from './arithmetic.ts';
import { castTo } from './cast.ts';
import { constantCode, knownSize, memoryCode, missing, placeCode, scalarCode } from './code.ts';
import type { Code, Names } from './code.ts';
import { findMember } from './members.ts';
import type { Moment } from './moment.ts';
import { binaryCode, conditionalCode, decayed, truthOf, unaryCode } from './operators.ts';
import { parseExpression } from './parser.ts';
import { Problem } from './problem.ts';
import type { Syntax, UnaryOperator } from './syntax.ts';
import { resolveType } from './type-resolver.ts';

/** Parses and resolves. Throws a Problem. */
export function compileText(text: string, names: Names): Code {
  return compile(parseIn(text, names), names);
}

/** Parses where these names are known: `(name) - 1` is a cast if it is a type's. */
export function parseIn(text: string, names: Names): Syntax {
  return parseExpression(text, (name) => names.local(name) === undefined && (names.type(undefined, name) !== undefined || BUILT_IN.has(name)));
}

export function compile(syntax: Syntax, names: Names): Code {
  switch (syntax.kind) {
    case 'integer': return constantCode(constantType(syntax.value, syntax.isDecimal, syntax.suffix), syntax.value);
    case 'float': return constantCode(syntax.suffix === 'f' ? FLOAT : syntax.suffix === 'l' ? LONG_DOUBLE : DOUBLE, syntax.suffix === 'f' ? Math.fround(syntax.value) : syntax.value);
    case 'character': return constantCode(characterType(syntax.prefix, names), BigInt(syntax.code));
    case 'string': return stringCode(syntax.codes, syntax.prefix, names);
    case 'name': return nameCode(syntax.name, syntax.file, names);
    case 'register': {
      const register = names.register(syntax.name);
      if (register === undefined) throw new Problem(`there is no register «${syntax.name}»`);
      return register;
    }
    case 'unary': return unary(syntax.operator, compile(syntax.operand, names), names);
    case 'binary': return syntax.operator === '@' ? repeated(compile(syntax.left, names), compile(syntax.right, names)) : binaryCode(syntax.operator, compile(syntax.left, names), compile(syntax.right, names), names.language);
    case 'conditional': return conditionalCode(compile(syntax.condition, names), compile(syntax.yes, names), compile(syntax.no, names));
    case 'member': return memberCode(compile(syntax.of, names), syntax.name, names);
    case 'element': return element(compile(syntax.of, names), compile(syntax.index, names));
    case 'cast': return castTo(resolveType(syntax.type, names), compile(syntax.operand, names));
    case 'at': return atAddress(resolveType(syntax.type, names), compile(syntax.address, names));
    case 'sizeof-type': return sizeOf(resolveType(syntax.type, names), syntax.isAlignment);
  }
}

function characterType(prefix: string, names: Names): Type {
  const name = { L: 'wchar_t', u: 'char16_t', U: 'char32_t' }[prefix];
  if (name === undefined) return names.type(undefined, 'char') ?? CHAR;
  return names.type(undefined, name) ?? { ...INT, name, sizeBytes: prefix === 'u' ? 2 : 4 };
}

function stringCode(codes: readonly number[], prefix: string, names: Names): Code {
  const type = characterType(prefix, names);
  const size = knownSize(type);
  const characters = [...codes, 0].flatMap((code) => encoded(code, size));
  const bytes = Uint8Array.from(characters);
  const whole = arrayOf(type, bytes.length / size);
  return { type: whole, value: () => ({ type: whole, storage: bytesStorage(bytes), bits: undefined }) };
}

/** A character as UTF-8, UTF-16 or UTF-32. What an escape like \\377 gives stays one byte. */
function encoded(code: number, sizeBytes: number): number[] {
  if (sizeBytes === 1) {
    if (code < 0x100) return [code];
    const tail = (shift: number): number => 0x80 | ((code >> shift) & 0x3f);
    if (code < 0x800) return [0xc0 | (code >> 6), tail(0)];
    return code < 0x10000 ? [0xe0 | (code >> 12), tail(6), tail(0)] : [0xf0 | (code >> 18), tail(12), tail(6), tail(0)];
  }
  if (sizeBytes === 2 && code > 0xffff) {
    return [0xd800 + ((code - 0x10000) >> 10), 0xdc00 + (code & 0x3ff)].flatMap((unit) => [unit & 0xff, unit >> 8]);
  }
  return [...bytesOf(BigInt(code), sizeBytes)];
}

const CONSTANTS: ReadonlyMap<string, readonly [Type, Scalar]> = new Map<string, readonly [Type, Scalar]>([
  ['true', [BOOL, 1n]], ['false', [BOOL, 0n]], ['NULL', [pointerTo({ kind: 'void' }), 0n]], ['nullptr', [pointerTo({ kind: 'void' }), 0n]],
]);

function nameCode(name: string, file: string | undefined, names: Names): Code {
  const found = file === undefined ? names.local(name) ?? memberOfThis(name, names) ?? names.value(name, file) : names.value(name, file);
  if (found !== undefined) return found;
  const constant = file === undefined ? CONSTANTS.get(name) : undefined;
  if (constant !== undefined) return constantCode(...constant);
  if (file === undefined && (names.type(undefined, name) ?? BUILT_IN.get(name)) !== undefined) throw new Problem(`«${name}» is a type, where a value is expected`);
  throw new Problem(`there is no variable or symbol «${name}» ${file === undefined ? 'here' : `in ${file}`}`);
}

/** In a method of C++, members are named without `this->`. */
function memberOfThis(name: string, names: Names): Code | undefined {
  const self = names.language === 'c++' && name !== 'this' ? names.local('this') : undefined;
  const pointer = self === undefined ? undefined : stripType(self.type);
  const type = pointer?.kind === 'pointer' ? stripType(pointer.target()) : undefined;
  if (self === undefined || type?.kind !== 'structure') return undefined;
  const isMember = findMember(type, name) !== undefined || type.statics().some((member) => member.name === name);
  return isMember ? memberCode(self, name, names) : undefined;
}

function unary(operator: UnaryOperator, operand: Code, names: Names): Code {
  switch (operator) {
    case '*': return target(operand);
    case '&': return addressOf(operand);
    case '!': return scalarCode(names.language === 'c' ? INT : BOOL, negated(truthOf(operand)));
    case 'sizeof':
      if (operand.bits !== undefined) throw new Problem('a bit-field has no size');
      return isDynamic(operand) ? scalarCode(UNSIGNED_LONG, (at) => BigInt(sizeInFrame(operand.value(at).type, at.values) ?? 0)) : sizeOf(operand.type, false);
    default: return unaryCode(operator, operand);
  }
}

function negated(truth: (at: Moment) => boolean): (at: Moment) => bigint {
  return (at) => (truth(at) ? 0n : 1n);
}

/** A variable-length array: its size is known in the frame. */
function isDynamic({ type }: Code): boolean {
  const bare = stripType(type);
  return bare.kind === 'array' && bare.dimensions.some(({ count, dynamic }) => count === undefined && dynamic !== undefined);
}

function sizeOf(type: Type, isAlignment: boolean): Code {
  const bare = stripType(type);
  const size = bare.kind === 'void' || bare.kind === 'function' ? 1 : isReference(bare) ? knownSize(bare.target()) : knownSize(type);
  return constantCode(UNSIGNED_LONG, BigInt(isAlignment ? alignmentOf(type, size) : size));
}

/** Natural alignment, as the RISC-V ABI has it. */
function alignmentOf(type: Type, size: number, depth = 0): number {
  const bare = stripType(type);
  if (bare.kind === 'array') return alignmentOf(bare.element(), knownSize(bare.element()), depth + 1);
  if (bare.kind !== 'structure' || depth > 16) return Math.min(Math.max(size, 1), 16);
  return Math.max(1, ...bare.members().map((member) => alignmentOf(member.type, knownSize(member.type), depth + 1)));
}

/** What a pointer or array points to. */
function target(code: Code): Code {
  const bare = stripType(code.type);
  // In C, the target of a function is the function.
  if (bare.kind === 'function') return code;
  if (bare.kind === 'array') return element(code, constantCode(INT, 0n));
  if (bare.kind === 'base' && numericOf(bare)?.kind === 'integer') throw new Problem(`${typeText(code.type)} is not a pointer; write the type, as in *(int *)address`);
  if (bare.kind !== 'pointer') throw new Problem(`${typeText(code.type)} is not a pointer`);
  const type = bare.target();
  if (stripType(type).kind === 'void') throw new Problem('a void pointer points to nothing of a known type');
  const { scalar } = code;
  if (scalar !== undefined && code.mayBeImplicit !== true) return memoryCode(type, scalar as (at: Moment) => bigint);
  return placeCode(type, (at) => {
    const found = targetValue(code.value(at), at.values);
    if (typeof found === 'string') throw missing(found);
    return found;
  });
}

function addressOf(code: Code): Code {
  if (code.bits !== undefined) throw new Problem('a bit-field has no address');
  if (code.address !== undefined) return scalarCode(pointerTo(code.type), code.address);
  return scalarCode(pointerTo(code.type), (at) => {
    const { storage } = code.value(at);
    if (storage.address !== undefined) return storage.address;
    const why = storage.read(0, 1);
    throw typeof why === 'string' && storage.edits === undefined && why !== 'optimized out' ? missing(why) : new Problem(why === 'optimized out' ? 'it is optimized out' : 'it is not in memory');
  });
}

/** `.` and `->` alike: a pointer is followed first. */
function memberCode(code: Code, name: string, names: Names): Code {
  const isPointer = stripType(code.type).kind === 'pointer';
  const whole = isPointer ? target(code) : code;
  const type = stripType(whole.type);
  if (type.kind !== 'structure') throw new Problem(`${typeText(code.type)} has no members`);
  if (type.isDeclaration) throw new Problem(`the members of ${typeText(type)} are not known`);
  const way = findMember(type, name);
  const last = way?.[way.length - 1];
  const { address } = whole;
  if (address !== undefined && way !== undefined && last !== undefined && last.bits === undefined && way.every(({ locator }) => locator === undefined)) {
    const offset = BigInt(way.reduce((sum, { offsetBytes }) => sum + offsetBytes, 0));
    return memoryCode(last.type, (at) => BigInt.asUintN(64, address(at) + offset));
  }
  if (way !== undefined && last !== undefined) return placeCode(last.type, (at) => way.reduce((value, member) => memberValue(value, member, at.values), whole.value(at)), last.bits);
  const member = type.statics().find((each) => each.name === name);
  const found = member === undefined && type.language === 'c' ? undefined : names.value(`${type.name ?? ''}::${name}`, undefined);
  if (found !== undefined) return found;
  if (member?.constant?.kind === 'constant') return constantCode(member.type, member.constant.value);
  throw new Problem(`${typeText(type)} has no member «${name}»`);
}

function element(first: Code, second: Code): Code {
  // C's a[i] is i[a], too.
  const isSwapped = isWhole(first) && !isWhole(second);
  const [whole, position] = isSwapped ? [second, first] : [first, second];
  const index = indexOf(position);
  const type = stripType(whole.type);
  if (type.kind === 'array') {
    const elementType = elementTypeOf(type);
    const direct = elementAddress(whole.address, elementType, index);
    if (direct !== undefined) return memoryCode(elementType, direct);
    return placeCode(elementType, (at) => {
      const value = whole.value(at);
      const now = stripType(value.type);
      return elementValue(value, now.kind === 'array' ? now : type, index(at), at.values) ?? unknownSize();
    });
  }
  if (type.kind === 'structure' && type.language === 'rust') return sliceElement(whole, index);
  const pointed = target(whole);
  const array = arrayOf(pointed.type, undefined);
  const direct = elementAddress(pointed.address, pointed.type, index);
  if (direct !== undefined) return memoryCode(pointed.type, direct);
  return placeCode(pointed.type, (at) => elementValue(pointed.value(at), array, index(at), at.values) ?? unknownSize());
}

/** Where an element is, if that takes no more than counting. */
function elementAddress(address: ((at: Moment) => bigint) | undefined, type: Type, index: (at: Moment) => number): ((at: Moment) => bigint) | undefined {
  const size = sizeOfType(type);
  if (address === undefined || size === undefined) return undefined;
  return (at) => BigInt.asUintN(64, address(at) + BigInt(index(at)) * BigInt(size));
}

/** Rust's `slice[i]`. */
function sliceElement(whole: Code, index: (at: Moment) => number): Code {
  const type = stripType(whole.type);
  const data = type.kind === 'structure' ? type.members().find(({ name }) => name === 'data_ptr') : undefined;
  const pointer = data === undefined ? undefined : stripType(data.type);
  if (type.kind !== 'structure' || pointer?.kind !== 'pointer') throw new Problem(`${typeText(whole.type)} has no elements`);
  return placeCode(pointer.target(), (at) => {
    const elements = sliceElements(whole.value(at), type, at.values);
    const array = elements === undefined ? undefined : stripType(elements.type);
    return (elements !== undefined && array?.kind === 'array' ? elementValue(elements, array, index(at), at.values) : undefined) ?? unknownSize();
  });
}

function unknownSize(): never {
  throw new Problem('the size of an element is not known');
}

function isWhole({ type }: Code): boolean {
  const kind = numericOf(type)?.kind;
  return kind === 'integer' || kind === 'boolean';
}

function indexOf(code: Code): (at: Moment) => number {
  const { scalar } = code;
  if (scalar === undefined || !isWhole(code)) throw new Problem('an index is not a whole number');
  return (at) => {
    const index = Number(scalar(at));
    if (!Number.isSafeInteger(index)) throw new Problem('an index is too large');
    return index;
  };
}

const MAX_REPEAT = 1 << 24;

/** GDB's `first@count`: an array that begins with `first`. */
function repeated(first: Code, count: Code): Code {
  if (first.bits !== undefined) throw new Problem('the left side of @ is a bit-field');
  const size = indexOf(count);
  const array = (at: Moment): Type => {
    const elements = size(at);
    if (elements < 1) throw new Problem('the right side of @ is not a positive number');
    if (elements > MAX_REPEAT) throw new Problem('the right side of @ is too large');
    return arrayOf(first.type, elements);
  };
  const constant = count.constant === undefined ? undefined : Number(count.constant);
  return {
    type: arrayOf(first.type, constant),
    value: (at) => {
      const { storage } = first.value(at);
      if (storage.address === undefined) throw new Problem('the left side of @ is not in memory');
      return { type: array(at), storage, bits: undefined };
    },
  };
}

/** GDB's `{type} address`. */
function atAddress(type: Type, address: Code): Code {
  const { scalar } = decayed(address);
  if (scalar === undefined || numericOf(decayed(address).type)?.kind === 'float') throw new Problem('an address is not a whole number');
  return memoryCode(type, (at) => BigInt.asUintN(64, scalar(at) as bigint));
}
