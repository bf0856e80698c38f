/**
 * Floating-point arithmetic done by WebAssembly's own operators inside a region, where that provably gives what the core's routine
 * would: these are shortcuts of the routines of the same name, and fall back on them. The conditions are those of
 * core/softfloat/environment.ts (mayUseNative, isFiniteBits, isOrdinary).
 */
import type { CoreRoutine } from './core-module.ts';
import { regionLocals } from './region-operands.ts';
import { Op, ValueType, type WasmCode } from './wasm-code.ts';

interface Format {
  /** Two operands and the result. */
  readonly locals: readonly [number, number, number];
  readonly fromBits: number;
  readonly toBits: number;
  readonly abs: number;
  readonly lt: number;
  readonly gt: number;
  infinity(code: WasmCode): void;
  smallestNormal(code: WasmCode): void;
}

const double: Format = {
  locals: regionLocals.doubles,
  fromBits: Op.f64ReinterpretI64, toBits: Op.i64ReinterpretF64, abs: Op.f64Abs, lt: Op.f64Lt, gt: Op.f64Gt,
  infinity: (code) => { code.f64Bits(0x7ff0_0000_0000_0000n); },
  smallestNormal: (code) => { code.f64Bits(0x0010_0000_0000_0000n); },
};

const single: Format = {
  locals: regionLocals.singles,
  fromBits: Op.f32ReinterpretI32, toBits: Op.i32ReinterpretF32, abs: Op.f32Abs, lt: Op.f32Lt, gt: Op.f32Gt,
  infinity: (code) => { code.f32Bits(0x7f80_0000); },
  smallestNormal: (code) => { code.f32Bits(0x0080_0000); },
};

export interface NativeArithmetic {
  readonly kind: 'arithmetic';
  readonly format: Format;
  readonly operator: number;
  readonly operands: 1 | 2;
  /** A result that is tiny may have underflowed. */
  readonly mayUnderflow: boolean;
}

export interface NativeCompare {
  readonly kind: 'compare';
  readonly format: Format;
  readonly operator: number;
  /** Operators of which one is true when the comparison is false, unless there is a NaN. */
  readonly opposites: readonly number[];
}

function arithmetic(format: Format, operator: number, mayUnderflow: boolean, operands: 1 | 2 = 2): NativeArithmetic {
  return { kind: 'arithmetic', format, operator, operands, mayUnderflow };
}

function compare(format: Format, operator: number, ...opposites: readonly number[]): NativeCompare {
  return { kind: 'compare', format, operator, opposites };
}

/** By core routine. A subnormal sum is exact; a root is never tiny. */
export const nativeOperations: ReadonlyMap<CoreRoutine, NativeArithmetic | NativeCompare> = new Map<CoreRoutine, NativeArithmetic | NativeCompare>([
  ['f64Add', arithmetic(double, Op.f64Add, false)], ['f64Sub', arithmetic(double, Op.f64Sub, false)],
  ['f64Mul', arithmetic(double, Op.f64Mul, true)], ['f64Div', arithmetic(double, Op.f64Div, true)],
  ['f64Sqrt', arithmetic(double, Op.f64Sqrt, false, 1)],
  ['f32Add', arithmetic(single, Op.f32Add, false)], ['f32Sub', arithmetic(single, Op.f32Sub, false)],
  ['f32Mul', arithmetic(single, Op.f32Mul, true)], ['f32Div', arithmetic(single, Op.f32Div, true)],
  ['f32Sqrt', arithmetic(single, Op.f32Sqrt, false, 1)],
  ['f64Lt', compare(double, Op.f64Lt, Op.f64Ge)], ['f64Le', compare(double, Op.f64Le, Op.f64Gt)],
  ['f64Eq', compare(double, Op.f64Eq, Op.f64Lt, Op.f64Gt)],
  ['f32Lt', compare(single, Op.f32Lt, Op.f32Ge)], ['f32Le', compare(single, Op.f32Le, Op.f32Gt)],
  ['f32Eq', compare(single, Op.f32Eq, Op.f32Lt, Op.f32Gt)],
]);

export interface ArithmeticContext {
  /** Pushes i32 1 if the native operator may be tried. */
  pushMayUse(): void;
  pushRounding(): void;
  /** Calls the routine. */
  call(): void;
  /** What changed with it is read again. */
  afterCall(): void;
}

/** The routine's arguments (hart, operands, rounding mode) are on the stack; its result is afterwards. */
export function emitArithmetic(code: WasmCode, { format, operator, operands, mayUnderflow }: NativeArithmetic, context: ArithmeticContext): void {
  const [a, b, result] = format.locals;
  code.drop();
  if (operands === 2) code.op(format.fromBits).set(b);
  code.op(format.fromBits).set(a).drop();
  code.block();
  const done = code.label;
  context.pushMayUse();
  code.hint(true).if().get(a);
  if (operands === 2) code.get(b);
  code.op(operator).tee(result).op(format.abs);
  format.infinity(code);
  code.op(format.lt);
  if (mayUnderflow) {
    code.get(result).op(format.abs);
    format.smallestNormal(code);
    code.op(format.gt).op(Op.i32And);
  }
  code.hint(true).brIfTo(done).end();
  code.get(regionLocals.hart).get(a).op(format.toBits);
  if (operands === 2) code.get(b).op(format.toBits);
  context.pushRounding();
  context.call();
  code.op(format.fromBits).set(result);
  context.afterCall();
  code.end().get(result).op(format.toBits);
}

/** The arguments (hart, a, b) are on the stack; the result, i32, is afterwards. Only a NaN needs the routine. */
export function emitCompare(code: WasmCode, { format, operator, opposites }: NativeCompare, call: () => void): void {
  const [a, b] = format.locals;
  code.op(format.fromBits).set(b).op(format.fromBits).set(a).drop();
  code.get(a).get(b).op(operator).if(ValueType.i32).i32Const(1).else();
  opposites.forEach((opposite, index) => {
    code.get(a).get(b).op(opposite);
    if (index > 0) code.op(Op.i32Or);
  });
  code.hint(true).if(ValueType.i32).i32Const(0).else();
  code.get(regionLocals.hart).get(a).op(format.toBits).get(b).op(format.toBits);
  call();
  code.end().end();
}
