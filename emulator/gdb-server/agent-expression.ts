/**
 * Conditions of breakpoints, which GDB hands over as bytecode: they are evaluated where the machine runs, forward and
 * backward, and GDB is asked only about those that hold. Source: Debugging with GDB, appendix F, "Bytecode Descriptions".
 */
import { UserError } from '../user-error.ts';

/** What bytecode may look at. */
export interface AgentMachine {
  /** Undefined if there is no such register. */
  register(number: number): bigint | undefined;
  /** Shorter than asked where there is no memory. */
  memory(address: bigint, sizeBytes: number): Uint8Array;
}

const STACK_MAX = 256;
/** An expression of a person is some hundred steps; one that jumps in a circle has to end. */
const STEPS_MAX = 10_000;

class Fault extends Error {}

type Binary = (left: bigint, right: bigint) => bigint;

const signed = (value: bigint): bigint => BigInt.asIntN(64, value);
const truth = (value: boolean): bigint => (value ? 1n : 0n);
const divisor = (value: bigint): bigint => {
  if (value === 0n) throw new Fault();
  return value;
};
const shift = (value: bigint): bigint => BigInt.asUintN(6, value);

/** Operands and results are 64 bits, unsigned. */
const BINARY: Readonly<Record<number, Binary>> = {
  0x02: (left, right) => left + right,
  0x03: (left, right) => left - right,
  0x04: (left, right) => left * right,
  0x05: (left, right) => signed(left) / signed(divisor(right)),
  0x06: (left, right) => left / divisor(right),
  0x07: (left, right) => signed(left) % signed(divisor(right)),
  0x08: (left, right) => left % divisor(right),
  0x09: (left, right) => left << shift(right),
  0x0a: (left, right) => signed(left) >> shift(right),
  0x0b: (left, right) => left >> shift(right),
  0x0f: (left, right) => left & right,
  0x10: (left, right) => left | right,
  0x11: (left, right) => left ^ right,
  0x13: (left, right) => truth(left === right),
  0x14: (left, right) => truth(signed(left) < signed(right)),
  0x15: (left, right) => truth(left < right),
};

const LOG_NOT = 0x0e;
const BIT_NOT = 0x12;
const EXT = 0x16;
/** Opcode -> size of what it reads, in bytes. */
const REF: Readonly<Record<number, number>> = { 0x17: 1, 0x18: 2, 0x19: 4, 0x1a: 8 };
const IF_GOTO = 0x20;
const GOTO = 0x21;
/** Opcode -> size of the constant that follows, in bytes. */
const CONST: Readonly<Record<number, number>> = { 0x22: 1, 0x23: 2, 0x24: 4, 0x25: 8 };
const REG = 0x26;
const END = 0x27;
const DUP = 0x28;
const POP = 0x29;
const ZERO_EXT = 0x2a;
const SWAP = 0x2b;
const PICK = 0x32;
const ROT = 0x33;

/** Opcodes that have operands in the code, and how long those are. */
const OPERAND_BYTES: Readonly<Record<number, number>> = { ...CONST, [EXT]: 1, [ZERO_EXT]: 1, [IF_GOTO]: 2, [GOTO]: 2, [REG]: 2, [PICK]: 1 };
const PLAIN = new Set([...Object.keys(BINARY), ...Object.keys(REF)].map(Number).concat(LOG_NOT, BIT_NOT, END, DUP, POP, SWAP, ROT));

/** Refuses what this machine does not do, so that GDB evaluates it by itself. */
function check(code: Uint8Array): void {
  for (let at = 0; at < code.length; ) {
    const opcode = code[at] ?? 0;
    const operand = OPERAND_BYTES[opcode];
    if (operand === undefined && !PLAIN.has(opcode)) throw new UserError(`The condition has the unknown bytecode 0x${opcode.toString(16)}.`);
    at += 1 + (operand ?? 0);
  }
}

/** True also where the condition cannot be evaluated: GDB then sees for itself, and says why. */
export function compileCondition(code: Uint8Array, machine: AgentMachine): () => boolean {
  check(code);
  return () => {
    try {
      return evaluate(code, machine) !== 0n;
    } catch (error) {
      if (error instanceof Fault) return true;
      throw error;
    }
  };
}

class Stack {
  readonly #values: bigint[] = [];

  push(value: bigint): void {
    if (this.#values.length >= STACK_MAX) throw new Fault();
    this.#values.push(BigInt.asUintN(64, value));
  }

  pop(): bigint {
    const value = this.#values.pop();
    if (value === undefined) throw new Fault();
    return value;
  }

  /** 0 is the top. */
  pick(depth: number): bigint {
    const value = this.#values.at(-1 - depth);
    if (value === undefined) throw new Fault();
    return value;
  }
}

function evaluate(code: Uint8Array, machine: AgentMachine): bigint {
  const stack = new Stack();
  let at = 0;
  for (let steps = 0; steps < STEPS_MAX; steps++) {
    const opcode = code[at];
    if (opcode === undefined) throw new Fault();
    const size = OPERAND_BYTES[opcode] ?? 0;
    if (at + 1 + size > code.length) throw new Fault();
    const operand = bigEndian(code.subarray(at + 1, at + 1 + size));
    at += 1 + size;
    switch (opcode) {
      case END:
        return stack.pop();
      case GOTO:
        at = Number(operand);
        break;
      case IF_GOTO:
        if (stack.pop() !== 0n) at = Number(operand);
        break;
      default:
        perform(opcode, operand, stack, machine);
    }
  }
  throw new Fault();
}

function perform(opcode: number, operand: bigint, stack: Stack, machine: AgentMachine): void {
  const binary = BINARY[opcode];
  const refBytes = REF[opcode];
  if (binary !== undefined) {
    const right = stack.pop();
    stack.push(binary(stack.pop(), right));
  } else if (refBytes !== undefined) {
    const bytes = machine.memory(stack.pop(), refBytes);
    if (bytes.length < refBytes) throw new Fault();
    stack.push(bigEndian(bytes.slice().reverse()));
  } else if (CONST[opcode] !== undefined) {
    stack.push(operand);
  } else {
    rearrange(opcode, operand, stack, machine);
  }
}

function rearrange(opcode: number, operand: bigint, stack: Stack, machine: AgentMachine): void {
  switch (opcode) {
    case LOG_NOT:
      stack.push(truth(stack.pop() === 0n));
      break;
    case BIT_NOT:
      stack.push(~stack.pop());
      break;
    case EXT:
      stack.push(BigInt.asIntN(Number(operand), stack.pop()));
      break;
    case ZERO_EXT:
      stack.push(BigInt.asUintN(Number(operand), stack.pop()));
      break;
    case REG: {
      const value = machine.register(Number(operand));
      if (value === undefined) throw new Fault();
      stack.push(value);
      break;
    }
    case DUP:
      stack.push(stack.pick(0));
      break;
    case PICK:
      stack.push(stack.pick(Number(operand)));
      break;
    case POP:
      stack.pop();
      break;
    case SWAP: {
      const [top, next] = [stack.pop(), stack.pop()];
      stack.push(top);
      stack.push(next);
      break;
    }
    case ROT: {
      // a b c -> c a b
      const [c, b, a] = [stack.pop(), stack.pop(), stack.pop()];
      for (const value of [c, a, b]) stack.push(value);
      break;
    }
    default:
      throw new Fault();
  }
}

function bigEndian(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
