/** disassemble: instructions around an address, with symbols and source lines. */
import { disassemble as disassembleOne, instructionLength } from '../../emulator/index.ts';
import { Arguments, formatAddress } from '../arguments.ts';
import type { RequestHandler } from '../request.ts';
import type { StopView } from '../stop-view.ts';

const COUNT_MAX = 4096;
const INVALID = { instruction: '(not mapped)', presentationHint: 'invalid' } as const;

/** The start of the instruction `before` instructions ahead of `address`: code is decoded forward from a known start (a symbol), since lengths vary. */
function startBefore(view: StopView, address: bigint, before: number): bigint[] {
  const earliest = address - BigInt(before * 4);
  const owner = view.symbols.symbolAt(address)?.symbol.address;
  const start = owner !== undefined && owner < address && owner >= earliest - 4096n ? owner : earliest & ~1n;
  const starts: bigint[] = [];
  for (let at = start; at < address; at += BigInt(lengthAt(view, at))) starts.push(at);
  return starts.slice(-before);
}

function lengthAt(view: StopView, address: bigint): number {
  const low = view.session.inspect.readVirtual(address, 2);
  return low.length < 2 ? 2 : instructionLength((low[0] ?? 0) | ((low[1] ?? 0) << 8));
}

function instructionAt(view: StopView, address: bigint): { length: number; body: object } {
  const length = lengthAt(view, address);
  const bytes = view.session.inspect.readVirtual(address, length);
  const reference = formatAddress(address);
  if (bytes.length < length) return { length: 2, body: { address: reference, ...INVALID } };
  const raw = bytes.reduce((value, byte, index) => value + byte * 2 ** (8 * index), 0);
  const instruction = disassembleOne(raw, address, { symbol: (target) => view.symbols.describe(target) });
  const hit = view.symbols.symbolAt(address);
  const location = view.symbols.location(address);
  const instructionBytes = [...bytes].reverse().map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return {
    length,
    body: {
      address: reference,
      instructionBytes,
      instruction,
      ...(hit?.offset === 0n ? { symbol: hit.symbol.name } : {}),
      ...(location ? { location: view.symbols.source(location.path), line: location.line } : {}),
    },
  };
}

export const disassemble: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('disassemble', args);
  const offset = fields.optionalInteger('offset', Number.MIN_SAFE_INTEGER) ?? 0;
  const skip = fields.optionalInteger('instructionOffset', -COUNT_MAX, COUNT_MAX) ?? 0;
  const count = fields.integer('instructionCount', 0, COUNT_MAX);
  const view = debuggee.stopped;
  const base = BigInt.asUintN(64, fields.address('memoryReference') + BigInt(offset));
  const instructions: object[] = [];
  const before = skip < 0 ? startBefore(view, base, -skip) : [];
  // Where code does not reach back far enough, the list is padded, so that `base` stands where the client expects it.
  for (let missing = -skip - before.length; missing > 0; missing--) {
    instructions.push({ address: formatAddress(BigInt.asUintN(64, (before[0] ?? base) - BigInt(2 * missing))), ...INVALID });
  }
  for (const at of before) instructions.push(instructionAt(view, at).body);
  let at = base;
  for (let ahead = skip; ahead > 0; ahead--) at += BigInt(lengthAt(view, at));
  while (instructions.length < count) {
    const { length, body } = instructionAt(view, at);
    instructions.push(body);
    at += BigInt(length);
  }
  return { body: { instructions: instructions.slice(0, count) } };
};
