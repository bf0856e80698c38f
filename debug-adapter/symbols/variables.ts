import { UserError } from '../../emulator/user-error.ts';
import { AT, ENCODING, TAG } from '../dwarf/constants.ts';
import { evaluateExpression, evaluateToValue } from '../dwarf/expression.ts';
import type { ExpressionContext } from '../dwarf/expression.ts';
import type { DebugInfo, FunctionInfo, VariableInfo } from '../dwarf/info.ts';
import { locationAt } from '../dwarf/lists.ts';
import { attempt, bytesOf } from '../dwarf/reader.ts';
import { sizeOfType, stripType, typeText } from '../dwarf/types.ts';
import type { Dimension, StructureType, Type } from '../dwarf/types.ts';
import type { Die, Unit } from '../dwarf/units.ts';
import {
  bytesStorage, elementValue, integerOf, memberValue, memoryStorage, missingStorage, partCount, partsOf, sizeOfValue, storageOf, targetValue, valueText,
} from '../dwarf/value.ts';
import type { Storage, Value, ValueContext } from '../dwarf/value.ts';
import type { Frame } from './frames.ts';
import { parsePath } from './path-expression.ts';
import type { PathExpression } from './path-expression.ts';
import type { ProgramSymbol, SymbolTable } from './symbol-table.ts';

/** A variable, or a part of one, as a debugger shows it. */
export interface Variable {
  readonly name: string;
  /** In C syntax. */
  readonly type: string;
  /** In one line; `<...>` says why there is no value. */
  readonly value: string;
  /** Virtual address; undefined for what is in registers, computed, or a bit-field. */
  readonly address: bigint | undefined;
  readonly sizeBytes: number | undefined;
  /** An expression that `Program.evaluate` gives the same for; empty for an anonymous member, which has none. */
  readonly evaluateName: string;
  readonly childCount: number;
  /** True for arrays: children are elements. */
  readonly isIndexed: boolean;
  /** Children `start` .. `start + count` (at most 1000 at once), read now. */
  children(start?: number, count?: number): Variable[];
}

const MAX_CHILDREN = 1_000;
const MANY_UNITS = 500;
const MAX_MEMBER_DEPTH = 16;
const LONG: Type = { kind: 'base', name: 'long', sizeBytes: 8, encoding: ENCODING.signed };
const REGISTER: Type = { kind: 'base', name: 'unsigned long', sizeBytes: 8, encoding: ENCODING.address };
const DOUBLE: Type = { kind: 'base', name: 'double', sizeBytes: 8, encoding: ENCODING.float };

const X_NAMES = ['zero', 'ra', 'sp', 'gp', 'tp', 't0', 't1', 't2', 's0', 's1', 'a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10', 's11', 't3', 't4', 't5', 't6'];
const F_NAMES = ['ft0', 'ft1', 'ft2', 'ft3', 'ft4', 'ft5', 'ft6', 'ft7', 'fs0', 'fs1', 'fa0', 'fa1', 'fa2', 'fa3', 'fa4', 'fa5', 'fa6', 'fa7', 'fs2', 'fs3', 'fs4', 'fs5', 'fs6', 'fs7', 'fs8', 'fs9', 'fs10', 'fs11', 'ft8', 'ft9', 'ft10', 'ft11'];

/** DWARF register number by name: x and f registers by number or ABI name, and fp. */
const REGISTER_NUMBERS: ReadonlyMap<string, number> = new Map([
  ...X_NAMES.flatMap((name, index): [string, number][] => [[name, index], [`x${index}`, index]]),
  ...F_NAMES.flatMap((name, index): [string, number][] => [[name, 32 + index], [`f${index}`, 32 + index]]),
  ['fp', 8],
]);

/** Reads variables of frames, and evaluates expressions in them. */
export class Variables {
  readonly #info: DebugInfo;
  readonly #symbols: SymbolTable;
  readonly #isCode: (address: bigint) => boolean;

  constructor(info: DebugInfo, symbols: SymbolTable, isCode: (address: bigint) => boolean) {
    this.#info = info;
    this.#symbols = symbols;
    this.#isCode = isCode;
  }

  locals(frame: Frame): Variable[] {
    const info = this.#info.functionAt(frame.lookupPc);
    if (info === undefined) return [];
    const scope = new FrameScope(this.#info, frame, info, (address) => this.#symbolText(address));
    return this.#info.locals(info, frame.lookupPc).map((variable) => toVariable(variable.name, variable.name, scope.value(variable), scope.values));
  }

  globals(frame: Frame): Variable[] {
    const info = this.#info.functionAt(frame.lookupPc);
    if (info === undefined) return [];
    const scope = new FrameScope(this.#info, frame, info, (address) => this.#symbolText(address));
    return this.#info.globals(info.die.unit).map((variable) => toVariable(variable.name, variable.name, scope.value(variable), scope.values));
  }

  evaluate(path: string, frame: Frame): Variable {
    const expression = parsePath(path);
    const info = attempt(() => this.#info.functionAt(frame.lookupPc), undefined);
    const scope = new FrameScope(this.#info, frame, info, (address) => this.#symbolText(address));
    const value = new Evaluator(path, scope, (name) => this.#named(name, scope)).value(expression);
    const text = path.trim();
    // A prefix operator binds less than what children append.
    return toVariable(text, /^[*&-]/.test(text) ? `(${text})` : text, value, scope.values);
  }

  /** `name` or `name+offset` of the symbol that includes an address. Code labels reach to the next symbol; data needs a size. */
  #symbolText(address: bigint): string | undefined {
    const hit = this.#symbols.at(address);
    if (hit === undefined || (hit.offset > 0n && hit.symbol.sizeBytes === 0 && !this.#isCode(address))) return undefined;
    return hit.offset === 0n ? hit.symbol.name : `${hit.symbol.name}+${hit.offset}`;
  }

  /** A name as the frame sees it: locals, the unit's globals, other units' globals, functions, symbols. */
  #named(name: string, scope: FrameScope): Value | undefined {
    // Going through all units of a kernel takes seconds: only for what is there.
    const isKnown = this.#info.units.length < MANY_UNITS || this.#symbols.named(name) !== undefined;
    const variable = scope.variable(name) ?? (isKnown ? attempt(() => this.#info.global(name), undefined) : undefined);
    if (variable !== undefined) return scope.value(variable);
    const symbol = this.#symbols.named(name);
    return symbol === undefined ? undefined : this.#symbolValue(symbol, scope.frame);
  }

  #symbolValue(symbol: ProgramSymbol, frame: Frame): Value {
    const storage = memoryStorage(frame.memory, symbol.address);
    const info = this.#isCode(symbol.address) ? attempt(() => this.#info.functionAt(symbol.address), undefined) : undefined;
    if (info !== undefined) return { type: this.#info.types.read(info.die), storage, bits: undefined };
    if (this.#isCode(symbol.address)) return { type: untypedFunction(), storage, bits: undefined };
    const sizeBytes = [1, 2, 4, 8].includes(symbol.sizeBytes) ? symbol.sizeBytes : undefined;
    if (sizeBytes !== undefined) return { type: { kind: 'base', name: `<data, ${sizeBytes} bytes>`, sizeBytes, encoding: ENCODING.address }, storage, bits: undefined };
    const byte: Type = { kind: 'base', name: '<byte>', sizeBytes: 1, encoding: ENCODING.address };
    return { type: { kind: 'array', element: () => byte, dimensions: [{ count: symbol.sizeBytes, dynamic: undefined }] }, storage, bits: undefined };
  }
}

function untypedFunction(): Type {
  return { kind: 'function', result: () => ({ kind: 'unsupported', what: 'unknown' }), parameters: () => [], isVariadic: false, isPrototyped: false };
}

function toVariable(name: string, path: string, value: Value, context: ValueContext, isNamed = true): Variable {
  const { count, isIndexed } = attempt(() => partCount(value, context), { count: 0, isIndexed: false });
  return {
    name,
    type: typeText(value.type),
    value: attempt(() => valueText(value, context), '<damaged debug information>'),
    address: value.bits === undefined ? value.storage.address : undefined,
    sizeBytes: attempt(() => sizeOfValue(value, context), undefined),
    evaluateName: isNamed ? path : '',
    childCount: count,
    isIndexed,
    children: (start = 0, limit = MAX_CHILDREN) => attempt(
      () => partsOf(value, context, start, Math.min(limit, MAX_CHILDREN)).map((part) => toVariable(part.name, part.path(path), part.value, context, part.isNamed)),
      [],
    ),
  };
}

/** A frame with its function: finds variables and reads where they are. */
class FrameScope {
  readonly frame: Frame;
  readonly values: ValueContext;
  readonly #info: DebugInfo;
  readonly #function: FunctionInfo | undefined;
  #frameBase: { value: bigint | undefined } | undefined;

  constructor(info: DebugInfo, frame: Frame, functionInfo: FunctionInfo | undefined, symbolText: (address: bigint) => string | undefined) {
    this.#info = info;
    this.frame = frame;
    this.#function = functionInfo;
    this.values = { memory: frame.memory, symbolText, dimension: (dimension) => this.#dimension(dimension) };
  }

  /** A local in scope, or a global of the unit. */
  variable(name: string): VariableInfo | undefined {
    const info = this.#function;
    if (info === undefined) return undefined;
    const local = attempt(() => this.#info.locals(info, this.frame.lookupPc).find((variable) => variable.name === name), undefined);
    return local ?? attempt(() => this.#info.globals(info.die.unit).find((variable) => variable.name === name), undefined);
  }

  value(variable: VariableInfo): Value {
    const type = this.#info.types.typeOf(variable.typeDie);
    return { type, storage: attempt(() => this.#storage(variable, type), missingStorage('damaged debug information')), bits: undefined };
  }

  #storage(variable: VariableInfo, type: Type): Storage {
    for (const die of this.#info.origins(variable.die)) {
      const constant = die.attribute(AT.constValue);
      if (constant?.kind === 'constant') return bytesStorage(bytesOf(constant.value, Math.max(8, Math.min(sizeOfType(type) ?? 8, 16))));
      if (constant?.kind === 'block') return bytesStorage(constant.bytes);
      const place = die.attribute(AT.location);
      if (place === undefined) continue;
      const expression = locationAt(die.unit, place, this.frame.lookupPc);
      if (expression === undefined) return missingStorage('optimized out');
      return storageOf(evaluateExpression(expression, this.#context(die.unit)), this.frame.memory, this.frame.register);
    }
    return missingStorage('optimized out');
  }

  #context(unit: Unit): ExpressionContext {
    return {
      memory: this.frame.memory, register: this.frame.register, cfa: () => this.frame.cfa, frameBase: () => this.#readFrameBase(), unit,
    };
  }

  #readFrameBase(): bigint | undefined {
    this.#frameBase ??= { value: this.#function === undefined ? undefined : this.#computeFrameBase(this.#function.die) };
    return this.#frameBase.value;
  }

  #computeFrameBase(die: Die): bigint | undefined {
    const place = die.attribute(AT.frameBase);
    const expression = place === undefined ? undefined : locationAt(die.unit, place, this.frame.lookupPc);
    if (expression === undefined) return undefined;
    // A frame base in terms of the frame base would never end.
    return evaluateToValue(expression, { ...this.#context(die.unit), frameBase: () => undefined });
  }

  /** Count of a variable-length array: an expression, or a variable that the compiler made. */
  #dimension({ dynamic }: Dimension): number | undefined {
    if (dynamic === undefined) return undefined;
    return attempt(() => {
      const { value, die, isUpperBound } = dynamic;
      let bound: bigint | undefined;
      if (value.kind === 'block' || value.kind === 'section-offset' || value.kind === 'list-index') {
        const expression = locationAt(die.unit, value, this.frame.lookupPc);
        bound = expression === undefined ? undefined : evaluateToValue(expression, this.#context(die.unit));
      } else if (value.kind === 'reference') bound = this.#boundVariable(value.offset);
      if (bound === undefined) return undefined;
      const count = Number(BigInt.asIntN(64, bound)) + (isUpperBound ? 1 : 0);
      return Number.isSafeInteger(count) && count >= 0 ? count : undefined;
    }, undefined);
  }

  #boundVariable(offset: number): bigint | undefined {
    const die = this.#info.dieAt(offset);
    if (die === undefined || (die.tag !== TAG.variable && die.tag !== TAG.formalParameter)) return undefined;
    const type = stripType(this.#info.types.typeOf(die));
    if (type.kind !== 'base') return undefined;
    const storage = this.#storage({ name: '', die, typeDie: die, isParameter: false }, type);
    const bytes = storage.read(0, type.sizeBytes);
    return typeof bytes === 'string' ? undefined : bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  }
}

/** Evaluates a parsed expression in a frame. */
class Evaluator {
  readonly #text: string;
  readonly #scope: FrameScope;
  readonly #named: (name: string) => Value | undefined;

  constructor(text: string, scope: FrameScope, named: (name: string) => Value | undefined) {
    this.#text = text;
    this.#scope = scope;
    this.#named = named;
  }

  #failed(what: string): UserError {
    return new UserError(`Cannot evaluate «${this.#text}»: ${what}.`);
  }

  value(expression: PathExpression): Value {
    switch (expression.kind) {
      case 'name': {
        const value = this.#named(expression.name);
        if (value === undefined) throw this.#failed(`there is no variable or symbol «${expression.name}» here`);
        return value;
      }
      case 'register': return this.#register(expression.name);
      case 'number': return { type: LONG, storage: bytesStorage(bytesOf(expression.value, 8)), bits: undefined };
      case 'member': return this.#member(this.value(expression.of), expression.name);
      case 'element': return this.#element(this.value(expression.of), this.#index(expression.index));
      case 'target': return this.#target(this.value(expression.of));
      case 'address': return this.#address(this.value(expression.of));
    }
  }

  #register(name: string): Value {
    const { frame } = this.#scope;
    const number = REGISTER_NUMBERS.get(name);
    if (name !== 'pc' && number === undefined) throw this.#failed(`there is no register «${name}»`);
    const value = number === undefined ? frame.pc : frame.register(number);
    const storage = value === undefined ? missingStorage('not saved') : bytesStorage(bytesOf(value, 8));
    return { type: number !== undefined && number >= 32 ? DOUBLE : REGISTER, storage, bits: undefined };
  }

  #index(expression: PathExpression): number {
    const value = this.value(expression);
    const type = stripType(value.type);
    const raw = integerOf(value, this.#scope.values);
    if (typeof raw === 'string' || (type.kind !== 'base' && type.kind !== 'enumeration')) throw this.#failed('an index is not a whole number');
    const bits = value.bits?.size ?? type.sizeBytes * 8;
    const isSigned = type.kind === 'base' && (type.encoding === ENCODING.signed || type.encoding === ENCODING.signedChar);
    const index = Number(isSigned ? BigInt.asIntN(bits, raw) : raw);
    if (!Number.isSafeInteger(index)) throw this.#failed('an index is too large');
    return index;
  }

  #target(value: Value): Value {
    const type = stripType(value.type);
    // In C, the target of a function is the function.
    if (type.kind === 'function') return value;
    const target = targetValue(value, this.#scope.values);
    if (typeof target === 'string') throw this.#failed(target);
    if (stripType(target.type).kind === 'void') throw this.#failed('a void pointer points to nothing of a known type');
    return target;
  }

  #address(value: Value): Value {
    const { address } = value.storage;
    if (value.bits !== undefined) throw this.#failed('a bit-field has no address');
    if (address === undefined) throw this.#failed('it is not in memory');
    const type: Type = { kind: 'pointer', symbol: '*', sizeBytes: 8, target: () => value.type };
    return { type, storage: bytesStorage(bytesOf(address, 8)), bits: undefined };
  }

  #element(value: Value, index: number): Value {
    const type = stripType(value.type);
    const { values } = this.#scope;
    let element: Value | undefined;
    if (type.kind === 'array') element = elementValue(value, type, index, values);
    else {
      const target = this.#target(value);
      element = elementValue(target, { kind: 'array', element: () => target.type, dimensions: [{ count: undefined, dynamic: undefined }] }, index, values);
    }
    if (element === undefined) throw this.#failed('the size of an element is not known');
    return element;
  }

  /** `.` and `->` alike: a pointer is followed first. */
  #member(value: Value, name: string): Value {
    const isPointer = stripType(value.type).kind === 'pointer';
    const whole = isPointer ? this.#target(value) : value;
    const type = stripType(whole.type);
    if (type.kind !== 'structure') throw this.#failed(`${typeText(value.type)} has no members`);
    const found = findMember(whole, type, name, 0);
    if (found === undefined) throw this.#failed(`${typeText(type)} has no member «${name}»`);
    return found;
  }
}

/** A member, also of anonymous members and of bases. */
function findMember(value: Value, type: StructureType, name: string, depth: number): Value | undefined {
  for (const member of type.members()) {
    if (member.name === name && !member.isBase) return memberValue(value, member);
    const inner = stripType(member.type);
    if ((member.name !== undefined && !member.isBase) || inner.kind !== 'structure' || depth >= MAX_MEMBER_DEPTH) continue;
    const found = findMember(memberValue(value, member), inner, name, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
