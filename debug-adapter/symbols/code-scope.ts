import { AT, TAG } from '../dwarf/constants.ts';
import { compileExpression, fixedPlace } from '../dwarf/expression.ts';
import type { ExpressionContext } from '../dwarf/expression.ts';
import type { DebugInfo, FunctionInfo, VariableInfo } from '../dwarf/info.ts';
import { locationAt, rangesOf } from '../dwarf/lists.ts';
import { attempt, bytesOf, unsignedOf } from '../dwarf/reader.ts';
import { languageOf, scopePrefix } from '../dwarf/scope-names.ts';
import { bytesStorage, memoryStorage, missingStorage, storageOf } from '../dwarf/storage.ts';
import type { Storage } from '../dwarf/storage.ts';
import { arrayOf, sizeOfType, stripType } from '../dwarf/type-model.ts';
import type { Dimension, Language, Type } from '../dwarf/type-model.ts';
import type { Die, Unit } from '../dwarf/units.ts';
import { ENCODING } from '../dwarf/constants.ts';
import { bitsOfScalar, numericOf, scalarOfBits } from '../expressions/arithmetic.ts';
import { constantCode, memoryCode, missing, placeCode } from '../expressions/code.ts';
import type { Code, Names } from '../expressions/code.ts';
import type { Moment } from '../expressions/moment.ts';
import { Problem } from '../expressions/problem.ts';
import type { Value } from '../dwarf/value.ts';
import { findLocalConstant, findLocalType, findVariable } from './function-entries.ts';
import type { ProgramNames } from './program-names.ts';
import { registerCode } from './register-code.ts';
import type { ProgramSymbol, SymbolTable } from './symbol-table.ts';

/** What scopes share: the program that they are in. */
export interface ScopeProgram {
  readonly info: DebugInfo;
  readonly names: ProgramNames;
  readonly symbols: SymbolTable;
  readonly isCode: (address: bigint) => boolean;
  readonly isCsr: (name: string) => boolean;
}

type Place = (at: Moment) => Storage;

const MANY_UNITS = 500;

/** What names mean at an address, resolved once: the places of variables are then evaluated for each moment. */
export class CodeScope implements Names {
  readonly language: Language;
  readonly #program: ScopeProgram;
  readonly #pc: bigint;
  readonly #function: FunctionInfo | undefined;
  readonly #isEntry: boolean;
  readonly #inlined: { readonly die: Die } | 'all' | undefined;
  #locals: ReadonlyMap<string, VariableInfo> | undefined;
  #frameBase: ((at: Moment) => bigint | undefined) | undefined;

  /** `pc`: inside of the call for a caller. `inlined`: the frame is that of this call; 'all': of any that was inlined there. */
  constructor(program: ScopeProgram, pc: bigint, inlined?: { readonly die: Die } | 'all') {
    this.#program = program;
    this.#pc = pc;
    this.#function = attempt(() => program.info.functionAt(pc), undefined);
    this.#isEntry = this.#function?.ranges[0]?.low === pc;
    this.#inlined = inlined;
    this.language = this.#function === undefined ? 'c' : languageOf(this.#function.die.unit);
  }

  get unit(): Unit | undefined {
    return this.#function?.die.unit;
  }

  /** Parameters first, then from the outermost block inwards. */
  locals(): VariableInfo[] {
    const { info } = this.#program;
    return this.#function === undefined ? [] : info.locals(this.#function, this.#pc, this.#inlined === 'all' ? undefined : this.#inlined);
  }

  /** What a name may mean, the innermost last: with calls that were inlined here if the scope is no frame's. */
  #visible(): VariableInfo[] {
    const { info } = this.#program;
    const within = this.#function;
    if (within === undefined || this.#inlined !== 'all') return this.locals();
    return [undefined, ...info.inlinedAt(within, this.#pc).reverse()].flatMap((call) => info.locals(within, this.#pc, call));
  }

  local(name: string): Code | undefined {
    this.#locals ??= new Map(attempt(() => this.#visible(), []).map((variable) => [variable.name, variable]));
    const variable = this.#locals.get(name);
    if (variable !== undefined) return this.variable(variable);
    const die = this.#function?.die;
    const constant = die === undefined ? undefined : attempt(() => findLocalConstant(die, name), undefined);
    return constant === undefined ? undefined : this.#constant(constant, name);
  }

  /** Code for a variable. */
  variable(variable: VariableInfo): Code {
    const type = this.#program.info.types.typeOf(variable.typeDie);
    const address = attempt(() => this.#fixedAddress(variable.die), undefined);
    if (address !== undefined) return readable(memoryCode(type, address));
    const place = attempt((): Place => this.#place(variable.die, type), () => missingStorage('damaged debug information'));
    return placeCode(type, (at) => ({ type, storage: attempt(() => place(at), missingStorage('damaged debug information')), bits: undefined }));
  }

  type(keyword: 'struct' | 'union' | 'class' | 'enum' | undefined, name: string): Type | undefined {
    const { names, info } = this.#program;
    for (const each of this.#candidates(name)) {
      const die = attempt(() => names.type(keyword, each, this.unit), undefined);
      if (die !== undefined) return info.types.at(die.offset);
    }
    const die = this.#localType(keyword, name);
    return die === undefined ? undefined : info.types.at(die.offset);
  }

  register(name: string): Code | undefined {
    return registerCode(name, this.#program.isCsr);
  }

  value(name: string, file: string | undefined): Code | undefined {
    if (file !== undefined) return this.#inFile(name, file);
    for (const each of this.#candidates(name)) {
      const found = attempt(() => this.#named(each, this.unit), undefined);
      if (found !== undefined) return found;
    }
    const symbol = this.#program.symbols.named(name);
    return this.#ofFunction(name) ?? (symbol === undefined ? undefined : this.#symbol(symbol));
  }

  /** A name as the scopes around see it, the innermost first. */
  *#candidates(name: string): Generator<string, void, undefined> {
    const outer = this.#function === undefined || this.language === 'c' || name.startsWith('::') ? '' : this.#functionPrefix(this.#function.die);
    const parts = outer.split('::').filter((part) => part !== '');
    for (let count = parts.length; count > 0; count--) yield `${parts.slice(0, count).join('::')}::${name}`;
    yield name;
  }

  #functionPrefix(die: Die): string {
    return attempt(() => {
      let prefix = '';
      for (const origin of this.#program.info.origins(die)) prefix = scopePrefix(origin) || prefix;
      return prefix;
    }, '');
  }

  #named(name: string, unit: Unit | undefined): Code | undefined {
    const { names, info, symbols } = this.#program;
    const isLarge = info.units.length >= MANY_UNITS;
    const variable = names.variable(name, unit) ?? (isLarge && symbols.named(name) !== undefined ? info.global(name) : undefined);
    if (variable !== undefined) return this.variable(variable);
    const constant = names.constant(name, unit);
    if (constant !== undefined) return this.#constant(constant, name);
    const found = names.function(name, unit);
    return found === undefined ? undefined : this.#functionCode(found);
  }

  /** An enumeration constant. */
  #constant(die: Die, name: string): Code | undefined {
    const type = this.#program.info.types.at(die.offset);
    const bare = stripType(type);
    const numeric = numericOf(type);
    const last = name.slice(name.lastIndexOf(':') + 1);
    if (bare.kind !== 'enumeration' || numeric === undefined) return undefined;
    const found = bare.enumerators().find((each) => each.name === last || each.name.endsWith(`::${last}`));
    return found === undefined ? undefined : constantCode(type, scalarOfBits(found.value, numeric));
  }

  #functionCode(die: Die): Code | undefined {
    const low = rangesOf(die)[0]?.low;
    if (low === undefined) return undefined;
    const type = this.#program.info.types.read(die);
    return placeCode(type, (at) => ({ type, storage: memoryStorage(at.memory, low), bits: undefined }));
  }

  /** GDB's `file.c::name`. */
  #inFile(name: string, file: string): Code | undefined {
    const { names, info } = this.#program;
    for (const unit of names.unitsOf(file)) {
      const variable = names.inUnit('variables', name, unit);
      const described = variable === undefined ? undefined : info.variable(variable);
      if (described !== undefined) return this.variable(described);
      const found = names.inUnit('functions', name, unit);
      const code = found === undefined ? this.#ofFunction(name, unit) : this.#functionCode(found);
      if (code !== undefined) return code;
    }
    return undefined;
  }

  /** GDB's `function::variable`, also for static ones of functions that are not on the stack. */
  #ofFunction(name: string, unit = this.unit): Code | undefined {
    const split = name.lastIndexOf('::');
    if (split <= 0) return undefined;
    const { names, info } = this.#program;
    const die = attempt(() => names.function(name.slice(0, split), unit), undefined);
    const found = die === undefined ? undefined : attempt(() => findVariable(die, name.slice(split + 2), (each) => info.nameOf(each)), undefined);
    const variable = found === undefined ? undefined : info.variable(found);
    return variable === undefined ? undefined : this.variable(variable);
  }

  /** Types that are defined in the function. */
  #localType(keyword: string | undefined, name: string): Die | undefined {
    const info = this.#function;
    if (info === undefined) return undefined;
    return attempt(() => findLocalType(info.die, keyword, name, this.language), undefined);
  }

  /** What has a symbol and no debug information. */
  #symbol(symbol: ProgramSymbol): Code {
    const { info, isCode } = this.#program;
    const code = (type: Type): Code => placeCode(type, (at) => ({ type, storage: memoryStorage(at.memory, symbol.address), bits: undefined }));
    if (isCode(symbol.address)) {
      const described = attempt(() => info.functionAt(symbol.address), undefined);
      return code(described === undefined ? UNTYPED_FUNCTION : info.types.read(described.die));
    }
    const { sizeBytes } = symbol;
    if ([1, 2, 4, 8].includes(sizeBytes)) return code({ kind: 'base', name: `<data, ${sizeBytes} bytes>`, sizeBytes, encoding: ENCODING.address });
    return code(arrayOf({ kind: 'base', name: '<byte>', sizeBytes: 1, encoding: ENCODING.address }, sizeBytes));
  }

  /** Where a variable is, as far as that can be known without a moment. */
  #place(die: Die, type: Type): Place {
    const { info } = this.#program;
    for (const origin of info.origins(die)) {
      const constant = origin.attribute(AT.constValue);
      if (constant?.kind === 'constant') return fixed(bytesStorage(bytesOf(constant.value, Math.max(8, Math.min(sizeOfType(type) ?? 8, 16)))));
      if (constant?.kind === 'block') return fixed(bytesStorage(constant.bytes));
      if (constant?.kind === 'string') return fixed(bytesStorage(new TextEncoder().encode(`${constant.value}\0`)));
      const place = origin.attribute(AT.location);
      if (place === undefined) continue;
      const expression = locationAt(origin.unit, place, this.#pc, this.#isEntry);
      if (expression === undefined || expression.length === 0) break;
      const { unit } = origin;
      const locate = compileExpression(expression, unit);
      return (at) => storageOf(locate(this.#context(at, unit)), {
        memory: at.memory, register: at.register, savedAt: at.savedAt, variable: (entry) => this.#implicitTarget(entry, at),
      });
    }
    return fixed(missingStorage('optimized out'));
  }

  /** For a variable at a fixed address, or a fixed distance from the frame base. */
  #fixedAddress(die: Die): ((at: Moment) => bigint) | undefined {
    for (const origin of this.#program.info.origins(die)) {
      if (origin.has(AT.constValue)) return undefined;
      const place = origin.attribute(AT.location);
      if (place === undefined) continue;
      const expression = locationAt(origin.unit, place, this.#pc, this.#isEntry);
      const found = expression === undefined ? undefined : fixedPlace(expression, origin.unit);
      if (found === undefined) return undefined;
      const { base, offset } = found;
      if (base === 'none') return () => offset;
      return (at) => {
        const frame = at.frameBase();
        if (frame === undefined) throw missing('no frame base');
        return BigInt.asUintN(64, frame + offset);
      };
    }
    return undefined;
  }

  /** What an implicit pointer points to: a variable that may have no place either. */
  #implicitTarget(entry: number, at: Moment): Storage | undefined {
    const die = this.#program.info.dieAt(entry);
    if (die === undefined || (die.tag !== TAG.variable && die.tag !== TAG.formalParameter)) return undefined;
    return attempt(() => this.#place(die, this.#program.info.types.typeOf(die))(at), undefined);
  }

  #context(at: Moment, unit: Unit): ExpressionContext {
    return {
      memory: at.memory, register: at.register, cfa: at.cfa, frameBase: at.frameBase, unit, entryValue: at.entryValue,
      entry: (offset) => this.#program.info.dieAt(offset), pc: this.#pc,
    };
  }

  /** DW_AT_frame_base of the function. */
  frameBase(at: Moment): bigint | undefined {
    this.#frameBase ??= attempt(() => this.#compileFrameBase(), () => undefined);
    return this.#frameBase(at);
  }

  #compileFrameBase(): (at: Moment) => bigint | undefined {
    const die = this.#function?.die;
    const place = die?.attribute(AT.frameBase);
    const expression = die === undefined || place === undefined ? undefined : locationAt(die.unit, place, this.#pc);
    if (die === undefined || expression === undefined) return () => undefined;
    // DW_OP_call_frame_cfa alone: what GCC writes.
    if (expression.length === 1 && expression[0] === 0x9c) return (at) => at.cfa();
    const locate = compileExpression(expression, die.unit);
    return (at) => {
      // A frame base in terms of the frame base would never end.
      const location = locate({ ...this.#context(at, die.unit), frameBase: () => undefined });
      if (location.kind === 'memory') return location.address;
      return location.kind === 'register' ? at.register(location.number) : location.kind === 'value' ? location.value : undefined;
    };
  }

  /** Count of a variable-length array: an expression, or a variable that the compiler made. */
  dimension({ dynamic }: Dimension, at: Moment): number | undefined {
    if (dynamic === undefined) return undefined;
    return attempt(() => {
      const { value, die, isUpperBound } = dynamic;
      let bound: bigint | undefined;
      if (value.kind === 'block' || value.kind === 'section-offset' || value.kind === 'list-index') {
        const expression = locationAt(die.unit, value, this.#pc);
        const location = expression === undefined ? undefined : compileExpression(expression, die.unit)(this.#context(at, die.unit));
        bound = location?.kind === 'memory' ? location.address : location?.kind === 'value' ? location.value : location?.kind === 'register' ? at.register(location.number) : undefined;
      } else if (value.kind === 'reference') bound = this.#boundVariable(value.offset, at);
      if (bound === undefined) return undefined;
      const count = Number(BigInt.asIntN(64, bound)) + (isUpperBound ? 1 : 0);
      return Number.isSafeInteger(count) && count >= 0 ? count : undefined;
    }, undefined);
  }

  #boundVariable(offset: number, at: Moment): bigint | undefined {
    const { info } = this.#program;
    const die = info.dieAt(offset);
    if (die === undefined || (die.tag !== TAG.variable && die.tag !== TAG.formalParameter)) return undefined;
    const type = info.types.typeOf(die);
    const numeric = numericOf(type);
    const bytes = numeric === undefined ? 'not a number' : this.#place(die, type)(at).read(0, numeric.bits / 8);
    return typeof bytes === 'string' || numeric === undefined ? undefined : bitsOfScalar(scalarOfBits(unsignedOf(bytes), numeric), { ...numeric, bits: 64 });
  }
}

const UNTYPED_FUNCTION: Type = { kind: 'function', result: () => ({ kind: 'unsupported', what: 'unknown' }), parameters: () => [], isVariadic: false, isPrototyped: false };

/** A variable whose place is not known in a frame is shown with the reason. */
function readable(code: Code): Code {
  const { type, value, reference } = code;
  const shown = (read: (at: Moment) => Value) => (at: Moment): Value => {
    try {
      return read(at);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return { type, storage: missingStorage(error.message), bits: undefined };
    }
  };
  return { ...code, value: shown(value), ...(reference === undefined ? {} : { reference: shown(reference) }) };
}

function fixed(storage: Storage): Place {
  return () => storage;
}
