/**
 * Where a trap handler keeps the registers of what it interrupted, read off its instructions: they are followed from its
 * entry on all ways, with what each register, control register and stack slot holds in terms of the moment of the trap.
 */
import { decode, instructionTable } from '../../emulator/index.ts';
import type { ReadMemory } from '../dwarf/reader.ts';

/** What `origin` was, plus `offset`. Origins: `x5` and `f8` (a register at the trap), `csr:833` (a CSR then), `@...` (made by an instruction or where ways meet). */
export interface Value {
  readonly origin: string;
  readonly offset: number;
}

/** Registers by DWARF number: 0..31 x, 32..63 f. */
export interface HandlerState {
  readonly registers: Value[];
  /** What was stored, by `origin/offset` of the address. */
  readonly slots: Map<string, Value>;
  /** CSRs that were written. */
  readonly csrs: Map<number, Value>;
}

export interface HandlerFlow {
  /** What holds before the instruction at `pc`; undefined if no way leads there. */
  stateAt(pc: bigint): HandlerState | undefined;
  /** How the handler returns from there; undefined if it does not. */
  returnAt(pc: bigint): 'M' | 'S' | undefined;
  /** It saves registers that no ordinary function saves. */
  readonly savesTemporaries: boolean;
  /** The instructions that were looked at, to know the flow again. */
  readonly low: bigint;
  readonly bytes: Uint8Array;
}

const INSTRUCTIONS_MAX = 1_500;
const STEPS_MAX = 6_000;
const BLOCK_SIZE = 256;
/** Code further away belongs to something else. */
const REACH_MAX = 1n << 20n;
const RA = 1;
const FLOAT_BASE = 32;
const CSR_MASK = 0xfff;

/** A call may change all but sp, gp, tp, s0..s11 and fs0..fs11 (RISC-V calling convention). */
export function survivesCalls(register: number): boolean {
  const number = register & 31;
  return number === 8 || number === 9 || (number >= 18 && number <= 27) || register === 0 || (register >= 2 && register <= 4);
}

function isTemporary({ origin, offset }: Value): boolean {
  const number = /^x(\d+)$/.exec(origin)?.[1];
  return offset === 0 && number !== undefined && Number(number) >= 5 && !survivesCalls(Number(number));
}

export function registerName(register: number): string {
  return register < FLOAT_BASE ? `x${register}` : `f${register - FLOAT_BASE}`;
}

export function csrOrigin(number: number): string {
  return `csr:${number}`;
}

function initialState(): HandlerState {
  return { registers: Array.from({ length: 2 * FLOAT_BASE }, (_, index) => ({ origin: registerName(index), offset: 0 })), slots: new Map(), csrs: new Map() };
}

function copyOf({ registers, slots, csrs }: HandlerState): HandlerState {
  return { registers: [...registers], slots: new Map(slots), csrs: new Map(csrs) };
}

function isSame(left: Value, right: Value | undefined): boolean {
  return left.origin === right?.origin && left.offset === right.offset;
}

/** Takes what another way brings to `at` into `state`; true when that changes it. */
function join(state: HandlerState, other: HandlerState, at: bigint): boolean {
  let changed = false;
  for (const [index, value] of state.registers.entries()) {
    const met: Value = { origin: `@${at}/${registerName(index)}`, offset: 0 };
    if (isSame(value, other.registers[index]) || isSame(value, met)) continue;
    state.registers[index] = met;
    changed = true;
  }
  for (const [slot, value] of state.slots) {
    if (isSame(value, other.slots.get(slot))) continue;
    state.slots.delete(slot);
    changed = true;
  }
  for (const number of new Set([...state.csrs.keys(), ...other.csrs.keys()])) {
    const entry: Value = { origin: csrOrigin(number), offset: 0 };
    const met: Value = { origin: `@${at}/${csrOrigin(number)}`, offset: 0 };
    const here = state.csrs.get(number) ?? entry;
    if (isSame(here, other.csrs.get(number) ?? entry) || isSame(here, met)) continue;
    state.csrs.set(number, met);
    changed = true;
  }
  return changed;
}

interface Instruction {
  readonly name: string;
  readonly flow: string;
  readonly length: number;
  readonly rd: number;
  readonly rdIsFloat: boolean;
  readonly rs1: number;
  readonly rs2: number;
  readonly imm: number;
}

class Code {
  readonly #memory: ReadMemory;
  readonly #blocks = new Map<bigint, Uint8Array>();

  constructor(memory: ReadMemory) {
    this.#memory = memory;
  }

  #half(address: bigint): number | undefined {
    const base = address - (address % BigInt(BLOCK_SIZE));
    let block = this.#blocks.get(base);
    if (block === undefined) {
      block = this.#memory(base, BLOCK_SIZE);
      this.#blocks.set(base, block);
    }
    const at = Number(address - base);
    const low = block[at];
    const high = block[at + 1];
    return low === undefined || high === undefined ? undefined : low | (high << 8);
  }

  at(address: bigint): Instruction | undefined {
    const low = this.#half(address);
    const high = low !== undefined && (low & 3) === 3 ? this.#half(address + 2n) : 0;
    if (low === undefined || high === undefined) return undefined;
    const { index, length, rd, rs1, rs2, imm } = decode((low | (high << 16)) >>> 0);
    const row = instructionTable[index];
    return row === undefined ? undefined : { name: row.expandsTo ?? row.mnemonic, flow: row.flow, length, rd, rdIsFloat: row.rdFile === 'f', rs1, rs2, imm };
  }
}

function plus(value: Value | undefined, offset: number): Value | undefined {
  return value && { origin: value.origin, offset: value.offset + offset };
}

/** The effect of an instruction that does not leave the straight line, and of calls. */
function execute(state: HandlerState, instruction: Instruction, at: bigint): void {
  const { registers, slots } = state;
  const { name, rd, rdIsFloat, rs1, rs2, imm } = instruction;
  const made: Value = { origin: `@${at}`, offset: 0 };
  const address = plus(registers[rs1], imm);
  const slot = address === undefined ? '' : `${address.origin}/${address.offset}`;
  const stored = registers[name === 'fsd' ? rs2 + FLOAT_BASE : rs2];
  if (name === 'sd' || name === 'fsd') {
    if (stored !== undefined) slots.set(slot, stored);
    return;
  }
  let value = made;
  if (name === 'addi' || (name === 'add' && rs1 === 0)) value = (name === 'addi' ? address : registers[rs2]) ?? made;
  else if (name === 'ld' || name === 'fld') value = slots.get(slot) ?? made;
  else if (name.startsWith('csrr')) value = accessCsr(state, instruction, made);
  if (rd === 0 && !rdIsFloat) return;
  if (value === made) forget(state, made.origin);
  registers[rdIsFloat ? rd + FLOAT_BASE : rd] = value;
}

function accessCsr({ registers, csrs }: HandlerState, { name, rs1, imm }: Instruction, made: Value): Value {
  const number = imm & CSR_MASK;
  const before = csrs.get(number) ?? { origin: csrOrigin(number), offset: 0 };
  if (name === 'csrrw') csrs.set(number, registers[rs1] ?? made);
  else if (name === 'csrrwi' || rs1 !== 0) csrs.set(number, { origin: `${made.origin}/csr`, offset: 0 });
  return before;
}

/** An instruction in a loop makes another value each time: what was made before is not it. */
function forget({ registers, slots }: HandlerState, origin: string): void {
  for (const [index, value] of registers.entries()) if (value.origin === origin) registers[index] = { origin: `${origin}/old`, offset: 0 };
  for (const [slot, value] of slots) if (value.origin === origin || slot.startsWith(`${origin}/`)) slots.delete(slot);
}

function clobber(state: HandlerState, at: bigint): void {
  for (const index of state.registers.keys()) {
    if (!survivesCalls(index)) state.registers[index] = { origin: `@${at}/${registerName(index)}`, offset: 0 };
  }
}

/** Where control goes on; calls come back. */
function successors(instruction: Instruction, at: bigint): bigint[] {
  const { name, flow, rd, imm, length } = instruction;
  const next = at + BigInt(length);
  if (flow === 'branch') return [next, at + BigInt(imm)];
  if (rd === 0 && name === 'jal') return [at + BigInt(imm)];
  // Helpers that save registers return by t0.
  if (name === 'jal' || name === 'jalr') return rd === RA ? [next] : [];
  return name === 'mret' || name === 'sret' ? [] : [next];
}

class Follower {
  readonly #code: Code;
  readonly states = new Map<bigint, HandlerState>();
  readonly #before = new Map<bigint, bigint[]>();
  readonly #returns: [bigint, 'M' | 'S'][] = [];
  savesTemporaries = false;

  constructor(memory: ReadMemory) {
    this.#code = new Code(memory);
  }

  /** False when there is too much of it. */
  run(entries: readonly bigint[]): boolean {
    const [first = 0n] = entries;
    const queue: bigint[] = [];
    for (const entry of entries) this.#arrive(entry, initialState(), queue);
    for (let steps = 0; ; steps++) {
      const at = queue.pop();
      if (at === undefined) return true;
      if (steps >= STEPS_MAX || this.states.size > INSTRUCTIONS_MAX) return false;
      const instruction = this.#code.at(at);
      const state = this.states.get(at);
      if (instruction === undefined || state === undefined) continue;
      if (instruction.name === 'mret' || instruction.name === 'sret') this.#returns.push([at, instruction.name === 'mret' ? 'M' : 'S']);
      const after = copyOf(state);
      if (instruction.flow === 'straight') execute(after, instruction, at);
      else if (instruction.rd === RA && instruction.name.startsWith('jal')) clobber(after, at);
      if (instruction.name === 'sd' && isTemporary(state.registers[instruction.rs2] ?? { origin: '', offset: 0 })) this.savesTemporaries = true;
      for (const next of successors(instruction, at)) {
        const distance = next - first;
        if (distance > REACH_MAX || distance < -REACH_MAX) continue;
        this.#before.set(next, [...(this.#before.get(next) ?? []), at]);
        this.#arrive(next, after, queue);
      }
    }
  }

  #arrive(at: bigint, state: HandlerState, queue: bigint[]): void {
    const known = this.states.get(at);
    if (known !== undefined && !join(known, state, at)) return;
    if (known === undefined) this.states.set(at, copyOf(state));
    queue.push(at);
  }

  /** By address, the instruction that ends the handler if control comes there. */
  returns(): ReadonlyMap<bigint, 'M' | 'S'> {
    const found = new Map<bigint, 'M' | 'S'>(this.#returns);
    const queue = [...this.#returns];
    for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
      const [at, kind] = entry;
      for (const before of this.#before.get(at) ?? []) {
        if (found.has(before)) continue;
        found.set(before, kind);
        queue.push([before, kind]);
      }
    }
    return found;
  }
}

function followHandler(entries: readonly bigint[], memory: ReadMemory): HandlerFlow | undefined {
  const follower = new Follower(memory);
  if (!follower.run(entries)) return undefined;
  const returns = follower.returns();
  const { savesTemporaries, states } = follower;
  let [low = 0n] = entries;
  let high = low;
  for (const at of states.keys()) {
    if (at < low) low = at;
    if (at > high) high = at;
  }
  const bytes = memory(low, Number(high - low) + 4).slice();
  return { stateAt: (pc) => states.get(pc), returnAt: (pc) => returns.get(pc), savesTemporaries, low, bytes };
}

const FLOWS_MAX = 32;

/** Flows by their entries, as long as their code is the same. */
export class HandlerFlows {
  readonly #known = new Map<string, HandlerFlow>();

  of(entries: readonly bigint[], memory: ReadMemory): HandlerFlow | undefined {
    const key = entries.join(',');
    const known = this.#known.get(key);
    if (known !== undefined && isEqual(memory(known.low, known.bytes.length), known.bytes)) return known;
    const flow = followHandler(entries, memory);
    if (this.#known.size >= FLOWS_MAX) this.#known.clear();
    if (flow !== undefined) this.#known.set(key, flow);
    return flow;
  }
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
