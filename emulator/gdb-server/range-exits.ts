/** Where control may leave a range of code: a step through the range runs at full speed up to there. */
import { decode, instructionWord } from '../isa/decoder.ts';
import { instructionTable } from '../isa/table.ts';
import type { Inspection } from '../session/session-types.ts';

/** A line of source is far shorter. */
const RANGE_BYTES_MAX = 4096n;

/** Addresses of instructions in [start, end) that may lead elsewhere, and `end`; undefined where the code is not known. `start` is that of an instruction. */
export function exitsOf(inspect: Inspection, start: bigint, end: bigint): ReadonlySet<bigint> | undefined {
  if (end - start > RANGE_BYTES_MAX) return undefined;
  const code = inspect.readVirtual(start, Number(end - start));
  const exits = new Set([end]);
  for (let at = 0; at < code.length; ) {
    const address = start + BigInt(at);
    const { index, length, imm } = decode(instructionWord(code, at));
    const flow = instructionTable[index]?.flow;
    const target = address + BigInt(imm);
    const staysInside = flow === 'straight' || ((flow === 'branch' || flow === 'jump') && target >= start && target < end);
    if (!staysInside) exits.add(address);
    at += length;
  }
  return code.length === Number(end - start) ? exits : undefined;
}
