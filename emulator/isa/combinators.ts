/** Semantics shared by rows: what most integer and floating-point instructions have in common. */
import { Op } from '../engine/wasm-code.ts';
import type { Emitter, Semantics } from './emitter.ts';

/** Second operand of an arithmetic instruction. */
type Second = 'rs2' | 'imm';

/** rd = rs1 op second, on 64 bits. */
export function binary(operator: number, second: Second = 'rs2'): Semantics {
  return (e) => {
    e.rd(() => {
      e.rs1();
      e[second]();
      e.code.op(operator);
    });
  };
}

/** rd = rs1 op second as 0 or 1. */
export function compare(operator: number, second: Second = 'rs2'): Semantics {
  return (e) => {
    e.rd(() => {
      e.rs1();
      e[second]();
      e.code.op(operator).op(Op.i64ExtendI32U);
    });
  };
}

/** rd = rs1 op second on the low 32 bits, sign-extended. */
export function binaryWord(operator: number, second: Second = 'rs2'): Semantics {
  return (e) => {
    e.rd(() => {
      e.rs1();
      e.code.op(Op.i32WrapI64);
      if (second === 'imm') {
        e.imm32();
      } else {
        e.rs2();
        e.code.op(Op.i32WrapI64);
      }
      e.code.op(operator).op(Op.i64ExtendI32S);
    });
  };
}

export function branch(operator: number): Semantics {
  return (e) => {
    e.branch(() => {
      e.rs1();
      e.rs2();
      e.code.op(operator);
    });
  };
}

export function load(operator: number, size: 1 | 2 | 4 | 8): Semantics {
  return (e) => {
    e.load(operator, size);
  };
}

export function store(operator: number, size: 1 | 2 | 4 | 8): Semantics {
  return (e) => {
    e.store(operator, size);
  };
}

/** A floating-point format: how its values are read and written, and the routines of its arithmetic. */
export interface FloatFormat {
  readonly size: 4 | 8;
  readonly routines: 'f32' | 'f64';
  rs1(e: Emitter): void;
  rs2(e: Emitter): void;
  rs3(e: Emitter): void;
  rd(e: Emitter, value: () => void): void;
  /** Push masks in the width of the format: the sign bit, and all bits but it. */
  sign(e: Emitter): void;
  magnitude(e: Emitter): void;
  readonly and: number;
  readonly or: number;
  readonly xor: number;
}

export const single: FloatFormat = {
  size: 4,
  routines: 'f32',
  rs1: (e) => { e.frs1Single(); },
  rs2: (e) => { e.frs2Single(); },
  rs3: (e) => { e.frs3Single(); },
  rd: (e, value) => { e.frdSingle(value); },
  sign: (e) => { e.code.i32Const(-0x80000000); },
  magnitude: (e) => { e.code.i32Const(0x7fffffff); },
  and: Op.i32And,
  or: Op.i32Or,
  xor: Op.i32Xor,
};

export const double: FloatFormat = {
  size: 8,
  routines: 'f64',
  rs1: (e) => { e.frs1(); },
  rs2: (e) => { e.frs2(); },
  rs3: (e) => { e.frs3(); },
  rd: (e, value) => { e.frd(value); },
  sign: (e) => { e.code.i64Const(-(1n << 63n)); },
  magnitude: (e) => { e.code.i64Const((1n << 63n) - 1n); },
  and: Op.i64And,
  or: Op.i64Or,
  xor: Op.i64Xor,
};

/**
 * FS becomes dirty in the rows that write a floating-point register, and only when they complete (as QEMU's trans_rvf.c.inc):
 * comparisons and conversions to integers set flags but leave FS alone.
 */
export function loadFloat({ size }: FloatFormat): Semantics {
  return (e) => {
    e.float(false);
    e.loadFloat(size);
    e.float(true);
  };
}

export function storeFloat({ size }: FloatFormat): Semantics {
  return (e) => {
    e.float(false);
    e.storeFloat(size);
  };
}

type Arithmetic = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Sqrt';

/** frd = rs1 op rs2, or op rs1, rounded. */
export function floatArithmetic(format: FloatFormat, operation: Arithmetic): Semantics {
  return (e) => {
    e.rounding();
    e.float(true);
    format.rd(e, () => {
      e.call(`${format.routines}${operation}`, () => {
        e.hart();
        format.rs1(e);
        if (operation !== 'Sqrt') format.rs2(e);
        e.roundingMode();
      });
    });
  };
}

/** frd = ±(rs1 * rs2) ± rs3 with one rounding. */
export function floatMultiplyAdd(format: FloatFormat, negateProduct: boolean, negateAddend: boolean): Semantics {
  return (e) => {
    const negate = (): void => {
      format.sign(e);
      e.code.op(format.xor);
    };
    e.rounding();
    e.float(true);
    format.rd(e, () => {
      e.call(`${format.routines}MulAdd`, () => {
        e.hart();
        format.rs1(e);
        if (negateProduct) negate();
        format.rs2(e);
        format.rs3(e);
        if (negateAddend) negate();
        e.roundingMode();
      });
    });
  };
}

export function floatMinMax(format: FloatFormat, operation: 'Min' | 'Max'): Semantics {
  return (e) => {
    e.float(true);
    format.rd(e, () => {
      e.call(`${format.routines}${operation}`, () => {
        e.hart();
        format.rs1(e);
        format.rs2(e);
      });
    });
  };
}

/** rd = rs1 op rs2 as 0 or 1. */
export function floatCompare(format: FloatFormat, operation: 'Eq' | 'Lt' | 'Le'): Semantics {
  return (e) => {
    e.float(false);
    e.rd(() => {
      e.call(`${format.routines}${operation}`, () => {
        e.hart();
        format.rs1(e);
        format.rs2(e);
      });
      e.code.op(Op.i64ExtendI32U);
    });
  };
}

export function floatClass(format: FloatFormat): Semantics {
  return (e) => {
    e.float(false);
    e.rd(() => {
      e.call(`${format.routines}Class`, () => { format.rs1(e); });
      e.code.op(Op.i64ExtendI32U);
    });
  };
}

/** frd = magnitude of rs1 with the sign of rs2, its opposite, or the product of both signs. */
export function floatSign(format: FloatFormat, kind: 'copy' | 'negate' | 'xor'): Semantics {
  return (e) => {
    e.float(true);
    format.rd(e, () => {
      format.rs1(e);
      if (kind !== 'xor') {
        format.magnitude(e);
        e.code.op(format.and);
      }
      format.rs2(e);
      format.sign(e);
      e.code.op(format.and);
      if (kind === 'negate') {
        format.sign(e);
        e.code.op(format.xor);
      }
      e.code.op(kind === 'xor' ? format.xor : format.or);
    });
  };
}

type IntegerFormat = 'I32' | 'U32' | 'I64' | 'U64';

/** rd = rs1 rounded to an integer. */
export function floatToInteger(format: FloatFormat, integer: IntegerFormat): Semantics {
  return (e) => {
    e.rounding();
    e.float(false);
    e.rd(() => {
      e.call(`${format.routines}To${integer}`, () => {
        e.hart();
        format.rs1(e);
        e.roundingMode();
      });
    });
  };
}

/** frd = integer register rs1. */
export function floatFromInteger(format: FloatFormat, integer: IntegerFormat): Semantics {
  return (e) => {
    e.rounding();
    e.float(true);
    format.rd(e, () => {
      e.call(`${format.routines}From${integer}`, () => {
        e.hart();
        e.rs1();
        e.roundingMode();
      });
    });
  };
}
