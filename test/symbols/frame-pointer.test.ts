/** Unwinding by the frame pointer, instruction by instruction through a function: always to the same caller. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unwindByFramePointer, unwindThroughTrap } from '../../debug-adapter/symbols/frame-pointer.ts';
import type { ReadMemory } from '../../debug-adapter/dwarf/reader.ts';

const LOW = 0x8000_1000n;
const STACK = 0x8001_0000n;
const CALLER = 0x8000_2000n;
const CALLER_S0 = 0x8001_0040n;

/** Encodings by assembly; the RISC-V unprivileged ISA, chapter 24. */
const store = (register: number, offset: number, base = 2): number => 0x3023 | ((offset & 31) << 7) | (base << 15) | (register << 20) | ((offset >> 5) << 25);
const load = (register: number, offset: number, base = 2): number => 0x3003 | (register << 7) | (base << 15) | (offset << 20);
const addi = (rd: number, rs1: number, imm: number): number => 0x13 | (rd << 7) | (rs1 << 15) | (imm << 20);
const RET = 0x8067;
const NOP = 0x13;

interface Machine {
  readonly x: bigint[];
  readonly memory: Map<bigint, bigint>;
}

/** The few instructions above, so that the machine is in the state that its unwinding is tested in. */
function execute({ x, memory }: Machine, code: number): void {
  const word = BigInt(code >>> 0);
  const field = (from: number, bits: number): number => Number((word >> BigInt(from)) & ((1n << BigInt(bits)) - 1n));
  const base = x[field(15, 5)] ?? 0n;
  const imm = BigInt.asIntN(12, word >> 20n);
  if (field(0, 7) === 0x13) x[field(7, 5)] = base + imm;
  else if (field(0, 7) === 0x03) x[field(7, 5)] = memory.get(base + imm) ?? 0n;
  else if (field(0, 7) === 0x23) memory.set(base + BigInt.asIntN(12, BigInt(field(7, 5) | (field(25, 7) << 5))), x[field(20, 5)] ?? 0n);
  x[0] = 0n;
}

function reader(code: readonly number[], memory: ReadonlyMap<bigint, bigint>): ReadMemory {
  const bytes = Buffer.alloc(code.length * 4);
  code.forEach((word, index) => bytes.writeUInt32LE(word >>> 0, index * 4));
  return (address, sizeBytes) => {
    if (address >= LOW && address < LOW + BigInt(bytes.length)) return bytes.subarray(Number(address - LOW), Number(address - LOW) + sizeBytes);
    const value = memory.get(address);
    const word = Buffer.alloc(8);
    if (value !== undefined) word.writeBigUInt64LE(BigInt.asUintN(64, value));
    return value === undefined || sizeBytes > 8 ? new Uint8Array(0) : word;
  };
}

const RA = 1;
const SP = 2;
const S0 = 8;
const S1 = 9;

const functions: readonly { readonly name: string; readonly code: readonly number[] }[] = [
  { name: 'a frame', code: [NOP, addi(SP, SP, -32), store(RA, 24), store(S0, 16), store(S1, 8), addi(S0, SP, 32), addi(S1, 0, 7), NOP, load(RA, 24), load(S0, 16), load(S1, 8), addi(SP, SP, 32), RET] },
  { name: 'variadic: arguments above the frame', code: [addi(SP, SP, -96), store(S0, 16), addi(S0, SP, 32), store(RA, 24), NOP, load(RA, 24), load(S0, 16), addi(SP, SP, 96), RET] },
  { name: 'a leaf that saves s0 alone', code: [addi(SP, SP, -16), store(S0, 8), addi(S0, SP, 16), NOP, load(S0, 8), addi(SP, SP, 16), RET] },
  { name: 's0 restored early', code: [addi(SP, SP, -32), store(RA, 24), store(S0, 16), addi(S0, SP, 32), NOP, load(S0, 16), NOP, addi(10, 10, 1), load(RA, 24), NOP, addi(SP, SP, 32), RET] },
  { name: 'a leaf without a frame', code: [NOP, addi(10, 10, 1), RET] },
];

describe('at each instruction', () => {
  for (const { name, code } of functions) {
    test(name, () => {
      const machine: Machine = { x: Array.from({ length: 32 }, () => 0n), memory: new Map() };
      Object.assign(machine.x, { [RA]: CALLER, [SP]: STACK, [S0]: CALLER_S0, [S1]: 99n });
      code.forEach((word, index) => {
        const { x, memory } = machine;
        const pc = LOW + BigInt(4 * index);
        const { cfa, caller } = unwindByFramePointer({ pc, register: (number) => x[number], isExact: true }, reader(code, memory), LOW);
        assert.deepEqual([cfa, caller?.pc, caller?.register(SP), caller?.register(S0), caller?.register(S1)], [STACK, CALLER, STACK, CALLER_S0, 99n], `${name}, instruction ${index}`);
        execute(machine, word);
      });
    });
  }
});

describe('callers', () => {
  const [framed] = functions;
  const code = framed?.code ?? [];
  const memory = new Map([[STACK - 8n, CALLER], [STACK - 16n, CALLER_S0], [STACK - 24n, 5n]]);
  const frame = (s0: bigint | undefined) => ({ pc: LOW + 32n, register: (number: number) => (number === S0 ? s0 : undefined), isExact: false });
  const rows: [name: string, s0: bigint | undefined, low: bigint | undefined, expect: bigint | undefined][] = [
    ['by the chain', STACK, LOW, CALLER], ['by the chain, without a symbol', STACK, undefined, CALLER], ['s0 is not known', undefined, LOW, undefined],
    ['s0 is 0', 0n, LOW, undefined], ['s0 is odd', STACK + 3n, LOW, undefined], ['s0 leads nowhere', 0x1000n, LOW, undefined],
    ['the function keeps no frame pointer', STACK, LOW + 44n, undefined],
  ];
  for (const [name, s0, low, expect] of rows) {
    test(name, () => { assert.equal(unwindByFramePointer(frame(s0), reader(code, memory), low).caller?.pc, expect); });
  }
  test('registers that the prologue saved', () => {
    assert.equal(unwindByFramePointer(frame(STACK), reader(code, memory), LOW).caller?.register(S1), 5n);
  });
});

test("through Linux's trap entry: the registers are on its stack", () => {
  const memory = new Map(Array.from({ length: 32 }, (_, index): [bigint, bigint] => [STACK + BigInt(8 * index), index === 0 ? CALLER : BigInt(1000 + index)]));
  const { caller } = unwindThroughTrap({ pc: LOW, register: (number) => (number === SP ? STACK : undefined), isExact: false }, reader([], memory));
  assert.deepEqual([caller?.pc, caller?.isExact, caller?.register(SP), caller?.register(31)], [CALLER, true, 1002n, 1031n]);
});
