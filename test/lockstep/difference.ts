/** What is known about the first position at which two machines differ. */
import { HART_ICOUNT, HART_PC } from '../../emulator/core/layout.ts';
import { DRAM_BASE, disassemble, instructionLength, PAGE_SIZE } from '../../emulator/index.ts';
import { differingParts, type DigestPart } from '../../emulator/machine/digest.ts';
import type { MachineState } from '../../emulator/machine/machine-state.ts';
import type { Position } from '../../emulator/machine/machine-types.ts';
import { formatPosition } from '../../emulator/record/log-format.ts';
import { MachineInspection } from '../../emulator/session/inspection.ts';
import { differingFields, type FieldDifference } from './hart-fields.ts';
import type { Lane } from './lane.ts';

/** An instruction as the reference executed it. */
export interface Executed {
  readonly position: Position;
  readonly pc: bigint;
  readonly text: string;
  /** It changed something of the hart that differs afterwards. */
  readonly isSuspect: boolean;
}

export interface Difference {
  /** The last position at which the states are equal: the instruction there is the first that leads to different ones. */
  readonly position: Position;
  /** Where the difference was noticed. */
  readonly to: Position;
  /** How the first position was found; 'not again': the difference was not there when both ran again. */
  readonly how: 'restored' | 'from power-on' | 'not again';
  readonly parts: readonly DigestPart[];
  readonly fields: readonly FieldDifference[];
  /** First differing bytes of guest memory. */
  readonly memory: readonly MemoryDifference[];
  /** What the reference executed up to the difference, the last being the instruction at `position`. */
  readonly trail: readonly Executed[];
}

interface MemoryDifference {
  readonly address: bigint;
  readonly reference: number;
  readonly candidate: number;
}

/** A translated block is a few instructions, and is left at its head only: the culprit is among them. */
const TRAIL_LENGTH = 24;
const MEMORY_DIFFERENCES_MAX = 16;
const FIELDS_SHOWN = 24;

interface Found {
  readonly reference: Lane;
  readonly candidate: Lane;
  /** Of the reference. */
  readonly equal: MachineState;
  /** Both stand here. */
  readonly first: Position;
  readonly how: Difference['how'];
}

export function differenceAt({ reference, candidate, equal, first, how }: Found): Difference {
  const parts = differingParts(reference.machine.digest(), candidate.machine.digest());
  const fields = differingFields(reference.registers, candidate.registers);
  const memory = parts.includes('memory') ? differingMemory(reference, candidate) : [];
  // Every instruction changes these two.
  const suspects = new Set(fields.map(({ offset }) => offset).filter((offset) => offset !== HART_PC && offset !== HART_ICOUNT));
  return { position: first - 1, to: first, how, parts, fields, memory, trail: trailTo(reference, equal, first, suspects) };
}

function differingMemory(reference: Lane, candidate: Lane): readonly MemoryDifference[] {
  const [one, other] = [reference, candidate].map(({ machine }) => new MachineInspection(machine));
  const found: MemoryDifference[] = [];
  for (let page = 0; page < (one?.pageCount ?? 0) && found.length < MEMORY_DIFFERENCES_MAX; page++) {
    if (one?.page(page).state === 'untouched' && other?.page(page).state === 'untouched') continue;
    const address = BigInt(DRAM_BASE) + BigInt(page * PAGE_SIZE);
    const [bytes, others] = [one, other].map((inspection) => inspection?.readPhysical(address, PAGE_SIZE) ?? new Uint8Array(PAGE_SIZE));
    if (bytes === undefined || others === undefined || Buffer.compare(bytes, others) === 0) continue;
    bytes.forEach((byte, index) => {
      if (byte !== others[index] && found.length < MEMORY_DIFFERENCES_MAX) found.push({ address: address + BigInt(index), reference: byte, candidate: others[index] ?? 0 });
    });
  }
  return found;
}

/** The reference again, instruction by instruction. */
function trailTo(lane: Lane, equal: MachineState, end: Position, suspectOffsets: ReadonlySet<number>): readonly Executed[] {
  lane.restore(equal);
  lane.run(Math.max(equal.position, end - TRAIL_LENGTH));
  const inspection = new MachineInspection(lane.machine);
  const trail: Executed[] = [];
  while (lane.position < end) {
    const { position } = lane;
    lane.enter();
    const { pc } = inspection;
    const text = instructionAt(inspection, pc);
    const before = lane.registers;
    if (lane.run(position + 1).reason !== 'until') break;
    trail.push({ position, pc, text, isSuspect: differingFields(before, lane.registers).some(({ offset }) => suspectOffsets.has(offset)) });
  }
  return trail;
}

function instructionAt(inspection: MachineInspection, pc: bigint): string {
  const bytes = inspection.readVirtual(pc, 4);
  if (bytes.length < 2) return '(cannot be fetched)';
  const raw = bytes.reduce((word, byte, index) => word + byte * 2 ** (8 * index), 0);
  if (instructionLength(raw) > bytes.length) return '(cannot be fetched)';
  return disassemble(instructionLength(raw) === 2 ? raw & 0xffff : raw, pc);
}

const hex = (value: bigint): string => value.toString(16).padStart(16, '0');

/** As a person reads it. */
export function describeDifference(difference: Difference): string {
  const { position, to, how, parts, fields, memory, trail } = difference;
  if (how === 'not again') {
    return `Different between ${formatPosition(position)} and ${formatPosition(to)}, but not when both ran again: what the candidate does depends on more than its inputs`;
  }
  const last = trail.at(-1);
  const shown = fields.slice(0, FIELDS_SHOWN);
  return [
    `Different after the instruction at ${formatPosition(position)}, pc 0x${hex(last?.pc ?? 0n)}: ${last?.text ?? '(did not execute)'}`,
    `  in ${parts.length === 0 ? 'how far they came' : parts.join(', ')}; ${how === 'restored' ? 'found from a checkpoint' : 'only when run from power-on'}`,
    `  ${''.padEnd(20)} ${'reference'.padEnd(16)} candidate`,
    ...shown.map(({ name, reference, candidate }) => `  ${name.padEnd(20)} ${hex(reference)} ${hex(candidate)}`),
    ...(fields.length > shown.length ? [`  and ${fields.length - shown.length} more`] : []),
    ...memory.map(({ address, reference, candidate }) => `  memory 0x${hex(address)}: ${reference.toString(16).padStart(2, '0')} ${candidate.toString(16).padStart(2, '0')}`),
    'The way there, in the reference (> changes a register that then differs; a translated block differs at its end first):',
    ...trail.map(({ position: at, pc, text, isSuspect }) => `${isSuspect ? '>' : ' '} ${formatPosition(at)}  ${hex(pc)}  ${text}`),
  ].join('\n');
}
