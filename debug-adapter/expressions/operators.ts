/** Operators of C on code. */
import { pointerTo, sizeOfType, stripType } from '../dwarf/type-model.ts';
import type { BareType, Language, Type } from '../dwarf/type-model.ts';
import { typeText } from '../dwarf/type-text.ts';
import { sizeInFrame } from '../dwarf/value.ts';
import { arithmetic, BOOL, commonType, COMPARISONS, convert, INT, LONG, numericOf, promoted, shift, wrap, wrapper } from './arithmetic.ts';
import type { Numeric, Scalar } from './arithmetic.ts';
import { constantCode, missing, scalarCode } from './code.ts';
import type { Code } from './code.ts';
import type { Moment } from './moment.ts';
import { Problem } from './problem.ts';
import type { BinaryOperator } from './syntax.ts';

type Run = (at: Moment) => Scalar;

/** Arrays become pointers to their first element, functions pointers to themselves (C17, 6.3.2.1). */
export function decayed(code: Code): Code {
  const bare = stripType(code.type);
  if (bare.kind !== 'array' && bare.kind !== 'function') return code;
  const target: Type = bare.kind === 'function' ? code.type : bare.dimensions.length <= 1 ? bare.element() : { ...bare, dimensions: bare.dimensions.slice(1) };
  if (code.address !== undefined) return scalarCode(pointerTo(target), code.address);
  return scalarCode(pointerTo(target), (at) => {
    const { storage } = code.value(at);
    if (storage.address !== undefined) return storage.address;
    const why = storage.read(0, 1);
    throw typeof why === 'string' ? missing(why) : new Problem('an array in it is not in the guest\'s memory');
  });
}

function scalarOf(code: Code): { run: Run; numeric: Numeric; type: BareType; code: Code } {
  const pointer = decayed(code);
  const numeric = numericOf(pointer.type);
  if (pointer.scalar === undefined || numeric === undefined) throw new Problem(`${typeText(code.type)} is not a number`);
  return { run: pointer.scalar, numeric, type: stripType(pointer.type), code: pointer };
}

/** Folds what is constant. */
function computed(type: Type, operands: readonly Code[], run: (...values: Scalar[]) => Scalar): Code {
  const constants = operands.map(({ constant }) => constant);
  if (constants.every((constant) => constant !== undefined)) return constantCode(type, run(...constants));
  const [first, second] = operands.map(({ scalar }) => scalar);
  if (first === undefined) throw new Problem('it computes with something that is no number');
  if (second === undefined) return scalarCode(type, (at) => run(first(at)));
  const constant = constants[1];
  return scalarCode(type, constant === undefined ? (at) => run(first(at), second(at)) : (at) => run(first(at), constant));
}

export function truthOf(code: Code): (at: Moment) => boolean {
  const { run } = scalarOf(code);
  return (at) => {
    const value = run(at);
    return value !== 0n && value !== 0;
  };
}

/** `+`, `-`, `~`. */
export function unaryCode(operator: '+' | '-' | '~', operand: Code): Code {
  const { numeric, code } = scalarOf(operand);
  if (numeric.kind === 'pointer') throw new Problem(`${operator} of a pointer`);
  const type = promoted(code.type, code.bits?.size);
  const result = numericOf(type);
  if (result === undefined || (operator === '~' && result.kind === 'float')) throw new Problem(`${operator} of ${typeText(operand.type)}`);
  const { bits, isSigned } = result;
  return computed(type, [asType(code, type)], (value) => {
    if (typeof value === 'number') return operator === '-' ? -value : value;
    return wrap(operator === '-' ? -value : operator === '~' ? ~value : value, bits, isSigned);
  });
}

/** An operand in the type that is computed in. */
function asType(code: Code, type: BareType): Code {
  const to = numericOf(type);
  const from = numericOf(code.type);
  const { scalar } = code;
  if (to === undefined || from === undefined || scalar === undefined) throw new Problem(`${typeText(code.type)} is not a number`);
  const isSame = to.kind === from.kind && to.bits === from.bits && to.isSigned === from.isSigned && code.bits === undefined;
  if (isSame) return code;
  if (code.constant !== undefined) return constantCode(type, convert(code.constant, to));
  if (from.kind !== 'float' && (to.kind === 'integer' || to.kind === 'pointer')) {
    // Every value fits already.
    if (from.bits < to.bits && (to.isSigned || !from.isSigned)) return scalarCode(type, scalar);
    const fit = wrapper(to.bits, to.isSigned);
    return scalarCode(type, (at) => fit(scalar(at) as bigint));
  }
  return scalarCode(type, (at) => convert(scalar(at), to));
}

export function binaryCode(operator: Exclude<BinaryOperator, '@'>, left: Code, right: Code, language: Language): Code {
  const truth = language === 'c' ? INT : BOOL;
  if (operator === ',') return { ...right, value: right.value };
  if (operator === '&&' || operator === '||') {
    const [first, second] = [truthOf(left), truthOf(right)];
    const run = operator === '&&' ? (at: Moment): boolean => first(at) && second(at) : (at: Moment): boolean => first(at) || second(at);
    return scalarCode(truth, (at) => (run(at) ? 1n : 0n));
  }
  const a = scalarOf(left);
  const b = scalarOf(right);
  const isPointer = a.numeric.kind === 'pointer' || b.numeric.kind === 'pointer';
  const compare = COMPARISONS[operator];
  if (compare !== undefined) return comparison(compare, a.code, b.code, isPointer, truth);
  if (isPointer) return pointerCode(operator, a.code, b.code);
  const [first, second] = [promoted(a.type, a.code.bits?.size), promoted(b.type, b.code.bits?.size)];
  if (operator === '<<' || operator === '>>') {
    const numeric = numericOf(first);
    if (numeric === undefined || numeric.kind === 'float' || numericOf(second)?.kind === 'float') throw new Problem(`${operator} of a floating-point number`);
    return computed(first, [asType(a.code, first), b.code], shift(operator === '<<', numeric));
  }
  const type = commonType(first, second);
  const numeric = numericOf(type);
  const operation = numeric === undefined ? undefined : arithmetic(operator, numeric);
  if (operation === undefined) throw new Problem(`${operator} of a floating-point number`);
  return computed(type, [asType(a.code, type), asType(b.code, type)], operation);
}

function comparison(compare: (a: Scalar, b: Scalar) => boolean, left: Code, right: Code, isPointer: boolean, truth: Type): Code {
  if (isPointer && [left, right].some(({ type }) => numericOf(type)?.kind === 'float')) throw new Problem('a pointer is compared with a floating-point number');
  const type = isPointer ? pointerTo({ kind: 'void' }) : commonType(promoted(left.type, left.bits?.size), promoted(right.type, right.bits?.size));
  const bare = stripType(type);
  return computed(truth, [asType(left, bare), asType(right, bare)], (a, b) => (compare(a, b) ? 1n : 0n));
}

/** Steps by the size of what is pointed to; GCC counts void and functions as one byte. */
function pointerCode(operator: string, left: Code, right: Code): Code {
  const [isLeft, isRight] = [left, right].map(({ type }) => numericOf(type)?.kind === 'pointer');
  if (operator === '-' && isLeft === true && isRight === true) {
    const size = stepOf(left);
    const other = stepOf(right);
    const [from, to] = [left.scalar, right.scalar];
    return scalarCode(LONG, (at) => {
      if (size(at) !== other(at)) throw new Problem('the difference of pointers to values of different sizes');
      return BigInt.asIntN(64, (from?.(at) as bigint) - (to?.(at) as bigint)) / size(at);
    });
  }
  const [pointer, count] = isLeft === true ? [left, right] : [right, left];
  const kind = numericOf(count.type)?.kind;
  const isSum = operator === '+' || (operator === '-' && isLeft === true);
  if (!isSum || (kind !== 'integer' && kind !== 'boolean')) throw new Problem(`${operator} of ${typeText(left.type)} and ${typeText(right.type)}`);
  const size = stepOf(pointer);
  const sign = operator === '-' ? -1n : 1n;
  const [base, steps] = [pointer.scalar, count.scalar];
  return scalarCode(pointer.type, (at) => BigInt.asUintN(64, (base?.(at) as bigint) + sign * (steps?.(at) as bigint) * size(at)));
}

function stepOf({ type }: Code): (at: Moment) => bigint {
  const bare = stripType(type);
  if (bare.kind !== 'pointer') throw new Problem(`${typeText(type)} is not a pointer`);
  const target = bare.target();
  const kind = stripType(target).kind;
  const size = kind === 'void' || kind === 'function' ? 1 : sizeOfType(target);
  if (size !== undefined && size > 0) return () => BigInt(size);
  return (at) => {
    const found = sizeInFrame(target, at.values);
    if (found === undefined || found === 0) throw new Problem(`the size of ${typeText(target)} is not known`);
    return BigInt(found);
  };
}

/** `c ? a : b`: of numbers in their common type, else of one type. */
export function conditionalCode(condition: Code, yes: Code, no: Code): Code {
  const test = truthOf(condition);
  const [a, b] = [decayed(yes), decayed(no)];
  const [left, right] = [numericOf(a.type), numericOf(b.type)];
  if (left !== undefined && right !== undefined && left.kind !== 'pointer' && right.kind !== 'pointer') {
    const type = commonType(promoted(a.type, a.bits?.size), promoted(b.type, b.bits?.size));
    const [first, second] = [asType(a, type).scalar, asType(b, type).scalar];
    return scalarCode(type, (at) => (test(at) ? first?.(at) : second?.(at)) ?? 0n);
  }
  if (left?.kind === 'pointer' || right?.kind === 'pointer') {
    const pointer = left?.kind === 'pointer' && !isVoidPointer(a.type) ? a : right?.kind === 'pointer' ? b : a;
    if (left === undefined || right === undefined || left.kind === 'float' || right.kind === 'float') throw new Problem('the sides of ?: have no common type');
    return scalarCode(pointer.type, (at) => BigInt.asUintN(64, ((test(at) ? a.scalar?.(at) : b.scalar?.(at)) ?? 0n) as bigint));
  }
  if (typeText(stripType(yes.type)) !== typeText(stripType(no.type))) throw new Problem('the sides of ?: have no common type');
  return { type: yes.type, value: (at) => (test(at) ? yes.value(at) : no.value(at)) };
}

function isVoidPointer(type: Type): boolean {
  const bare = stripType(type);
  return bare.kind === 'pointer' && stripType(bare.target()).kind === 'void';
}
