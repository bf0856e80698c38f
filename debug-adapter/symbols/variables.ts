import { csrNumber } from '../../emulator/index.ts';
import type { DebugInfo } from '../dwarf/info.ts';
import { attempt } from '../dwarf/reader.ts';
import type { ReadMemory, ReadRegister } from '../dwarf/reader.ts';
import { scopePrefix } from '../dwarf/scope-names.ts';
import type { RegisterPlace, StorageEdit } from '../dwarf/storage.ts';
import { typeText } from '../dwarf/type-text.ts';
import { behindReferences, partCount, partsOf, sizeOfValue, typeInFrame } from '../dwarf/value.ts';
import type { Value, ValueContext } from '../dwarf/value.ts';
import { valueText } from '../dwarf/value-text.ts';
import type { NumberFormat } from '../dwarf/value-text.ts';
import { assign, enteredValue } from '../expressions/assignment.ts';
import { compile, compileText, parseIn } from '../expressions/compile.ts';
import { completionsAt } from '../expressions/completion.ts';
import type { Completion } from '../expressions/completion.ts';
import { numberFormat, splitFormat, textType } from '../expressions/format.ts';
import type { FormattedText } from '../expressions/format.ts';
import type { Code } from '../expressions/code.ts';
import type { Moment, ReadCsr } from '../expressions/moment.ts';
import { truthOf } from '../expressions/operators.ts';
import { explain } from '../expressions/problem.ts';
import type { Syntax } from '../expressions/syntax.ts';
import { CodeScope } from './code-scope.ts';
import type { ScopeProgram } from './code-scope.ts';
import { demangle } from './demangle.ts';
import type { Frame } from './frames.ts';
import { namesInScope } from './offered-names.ts';
import { ProgramNames } from './program-names.ts';
import { RepeatedMoment, ScopeMoment } from './scope-moment.ts';
import type { CfaReader } from './scope-moment.ts';
import type { SymbolTable } from './symbol-table.ts';

/** A variable, or a part of one, as a debugger shows it. */
export interface Variable {
  readonly name: string;
  /** In the syntax of its language. */
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

/** Whether a condition holds. Throws a UserError where it cannot be evaluated: memory that is not mapped, a value that is optimised out, a division by zero. */
export type Condition = (registers: ReadRegister, memory: ReadMemory, csr: ReadCsr) => boolean;

/** Gives for an address of code what reads its canonical frame address; undefined where nothing describes it. */
type CfaAt = (address: bigint) => CfaReader | undefined;

/** What a frame may say beside the registers that it has. */
interface FrameExtras {
  readonly entryValue?: ((expression: Uint8Array) => bigint | undefined) | undefined;
  readonly csr?: ReadCsr | undefined;
  readonly savedAt?: ((register: number) => RegisterPlace | undefined) | undefined;
}

const MAX_CHILDREN = 1_000;

/** Reads variables of frames, evaluates expressions in them, and says how to change them. */
export class Variables {
  readonly #program: ScopeProgram;
  readonly #cfaAt: CfaAt;

  constructor(info: DebugInfo, symbols: SymbolTable, isCode: (address: bigint) => boolean, cfaAt: CfaAt = () => undefined) {
    this.#program = { info, symbols, isCode, names: new ProgramNames(info), isCsr: (name) => csrNumber(name) !== undefined };
    this.#cfaAt = cfaAt;
  }

  locals(frame: Frame): Variable[] {
    const { scope, moment } = this.#enter(frame);
    return scope.locals().map((variable) => show(variable.name, variable.name, declared(scope.variable(variable), moment), moment.values));
  }

  globals(frame: Frame): Variable[] {
    const { scope, moment } = this.#enter(frame);
    const { unit } = scope;
    if (unit === undefined) return [];
    return this.#program.info.globals(unit).map((variable) => {
      const name = this.#qualified(variable.die, variable.name);
      return show(variable.name, name, declared(scope.variable(variable), moment), moment.values);
    });
  }

  /** The value of an expression of C in a frame, with a format if it asks for one (`count,x`, `/x count`). A UserError says what is wrong. */
  evaluate(text: string, frame: Frame): Variable {
    return explain(text.trim(), 'evaluate', () => {
      const { scope, moment } = this.#enter(frame);
      const format = splitFormat(text);
      const syntax = formatted(parseIn(format.expression, scope), format);
      const value = declared(compile(syntax, scope), moment);
      return show(text.trim(), pathOf(format, syntax), value, moment.values, { ...format, suffix: format.letter === undefined ? '' : `,${SUFFIX_LETTERS[format.letter] ?? format.letter}` });
    });
  }

  /** A condition for code at `address`: resolved once, to be asked often. A UserError says what is wrong with it. */
  compileCondition(text: string, address: bigint): Condition {
    return explain(text.trim(), 'evaluate', () => {
      const scope = new CodeScope(this.#program, address, 'all');
      const truth = truthOf(compileText(text, scope));
      const moment = new RepeatedMoment(address, scope, this.#cfaAt(address));
      return (registers, memory, csr) => {
        moment.register = registers;
        moment.memory = memory;
        moment.csr = csr;
        return explain(text, 'evaluate', () => truth(moment));
      };
    });
  }

  /** What to write so that the expression `target` has the value. A UserError says why it cannot be. */
  assignment(target: string, valueText: string, frame: Frame): readonly StorageEdit[] {
    const { scope, moment } = this.#enter(frame);
    const place = explain(target.trim(), 'change', () => compile(formattedTarget(target, scope), scope));
    const source = explain(valueText.trim(), 'evaluate', () => compileText(enteredValue(valueText), scope));
    return explain(target.trim(), 'change', () => assign(place, source, moment));
  }

  /** What can be written at a column (from 0) of an expression. */
  completions(text: string, column: number, frame: Frame): readonly Completion[] {
    const { scope } = this.#enter(frame);
    return attempt(() => completionsAt(text, column, scope, namesInScope(this.#program, scope)), []);
  }

  #enter(frame: Frame & FrameExtras): { scope: CodeScope; moment: ScopeMoment } {
    const scope = new CodeScope(this.#program, frame.lookupPc, frame.inlined);
    const isInnermost = frame.pc === frame.lookupPc;
    const moment = new ScopeMoment({
      memory: frame.memory, register: frame.register, pc: frame.pc, cfa: () => frame.cfa, csr: frame.csr ?? (() => undefined), entryValue: frame.entryValue,
      savedAt: frame.savedAt ?? (isInnermost ? (number) => ({ kind: 'register', number }) : undefined),
    }, scope, (address) => this.#symbolText(address));
    return { scope, moment };
  }

  /** `name` or `name+offset` of the symbol that includes an address. Code labels reach to the next symbol; data needs a size. */
  #symbolText(address: bigint): string | undefined {
    const hit = this.#program.symbols.at(address);
    if (hit === undefined || (hit.offset > 0n && hit.symbol.sizeBytes === 0 && !this.#program.isCode(address))) return undefined;
    const name = this.#plainName(hit.symbol.name, hit.symbol.address);
    return hit.offset === 0n ? name : `${name}+${hit.offset}`;
  }

  /** A symbol's name as it is written in the source. */
  #plainName(name: string, address: bigint): string {
    if (!name.startsWith('_Z') && !name.startsWith('_R')) return name;
    const { info, isCode } = this.#program;
    const described = isCode(address) ? attempt(() => info.functionAt(address), undefined) : undefined;
    return described === undefined ? demangle(name) ?? name : this.#qualified(described.die, described.name);
  }

  #qualified(die: Parameters<DebugInfo['origins']>[0], name: string): string {
    return attempt(() => {
      let prefix = '';
      for (const origin of this.#program.info.origins(die)) prefix = scopePrefix(origin) || prefix;
      return prefix + name;
    }, name);
  }
}

/** A target may carry the format that it is shown in. */
function formattedTarget(text: string, scope: CodeScope): Syntax {
  const format = splitFormat(text);
  return formatted(parseIn(format.expression, scope), { ...format, letter: undefined });
}

/** `pointer,16` is `*pointer@16`. */
function formatted(syntax: Syntax, { count }: FormattedText): Syntax {
  if (count === undefined) return syntax;
  return {
    kind: 'binary', operator: '@', left: { kind: 'unary', operator: '*', operand: syntax },
    right: { kind: 'integer', value: BigInt(count), isDecimal: true, suffix: '' },
  };
}

const SUFFIX_LETTERS: Readonly<Record<string, string>> = { t: 'b' };

/** The expression as children continue it: what binds less than their operators is put in parentheses. */
function pathOf({ expression, count }: FormattedText, syntax: Syntax): string {
  if (count !== undefined) return `(*(${expression})@${count})`;
  return syntax.kind === 'name' || syntax.kind === 'register' || syntax.kind === 'member' || syntax.kind === 'element' ? expression : `(${expression})`;
}

/** A reference is shown as what it is, with the value that it refers to. */
function declared({ reference, value }: Code, moment: Moment): Value {
  return (reference ?? value)(moment);
}

type Shown = FormattedText & { readonly suffix: string };

function show(name: string, path: string, value: Value, context: ValueContext, format?: Shown, isNamed = true): Variable {
  const { count, isIndexed } = attempt(() => partCount(value, context), { count: 0, isIndexed: false });
  const target = attempt(() => behindReferences(value, context), value);
  return {
    name,
    type: typeText(attempt(() => typeInFrame(value.type, context), value.type)),
    value: attempt(() => textOf(value, context, format), '<damaged debug information>'),
    address: target.bits === undefined ? target.storage.address : undefined,
    sizeBytes: attempt(() => sizeOfValue(target, context), undefined),
    evaluateName: isNamed ? path + (format?.suffix ?? '') : '',
    childCount: count,
    isIndexed,
    children: (start = 0, limit = MAX_CHILDREN) => attempt(
      () => partsOf(value, context, start, Math.min(limit, MAX_CHILDREN)).map((part) => show(part.name, part.path(path), part.value, context, format, part.isNamed)),
      [],
    ),
  };
}

function textOf(value: Value, context: ValueContext, format: Shown | undefined): string {
  const letter = format?.letter;
  if (letter === undefined) return valueText(value, context);
  const numbers: NumberFormat | undefined = numberFormat(letter, context);
  const type = letter === 's' ? textType(value.type) : undefined;
  return valueText(type === undefined ? value : { ...value, type }, context, numbers);
}
