/** disassemble: instructions around an address, with symbols and source lines. */
import { decode, disassemble as disassembleOne, instructionLength, instructionTable, instructionWord } from '../../emulator/index.ts';
import { Arguments, formatAddress } from '../arguments.ts';
import type { RequestHandler } from '../request.ts';
import type { StopView } from '../stop-view.ts';

const COUNT_MAX = 4096;
const LENGTH_MIN = 2;
const LENGTH_MAX = 4;
const INVALID = { instruction: '(not mapped)', presentationHint: 'invalid' } as const;

function lengthAt(view: StopView, address: bigint): number {
  const low = view.session.inspect.readVirtual(address, 2);
  return low.length < 2 ? LENGTH_MIN : instructionLength((low[0] ?? 0) | ((low[1] ?? 0) << 8));
}

/**
 * Up to `before` starts of instructions that lead up to `address`. Lengths vary, so code is decoded forward, from a
 * symbol where there is one; symbols on the way and `address` itself are starts in any case.
 */
function startsBefore(view: StopView, address: bigint, before: number): bigint[] {
  const farthest = address - BigInt(before * LENGTH_MAX);
  const earliest = farthest > 0n ? farthest : 0n;
  const symbol = view.symbols.symbolAt(earliest)?.symbol.address;
  const starts: bigint[] = [];
  // Without a symbol, decoding begins anywhere and falls into step after a few instructions.
  for (let at = symbol !== undefined && earliest - symbol <= 65_536n ? symbol : earliest + (earliest + address) % 2n; at < address; ) {
    starts.push(at);
    const next = at + BigInt(lengthAt(view, at));
    const middle = at + BigInt(LENGTH_MIN);
    const splits = next > middle && (middle === address || view.symbols.symbolAt(middle)?.offset === 0n);
    at = splits ? middle : next;
  }
  return starts.slice(-before);
}

interface Style {
  readonly lineShift: 0 | 1;
  readonly withSymbols: boolean;
}

/** `limit`: where the next instruction begins in any case. */
function instructionAt(view: StopView, address: bigint, limit: bigint, { lineShift, withSymbols }: Style): { length: number; body: object } {
  const room = limit - address;
  const length = Math.min(lengthAt(view, address), room < BigInt(LENGTH_MAX) ? Number(room) : LENGTH_MAX);
  const bytes = view.session.inspect.readVirtual(address, length);
  const reference = formatAddress(address);
  if (bytes.length < length) return { length: LENGTH_MIN, body: { address: reference, ...INVALID } };
  const raw = instructionWord(bytes);
  // Four bytes long by its first halfword, but something else begins in its middle.
  const isCut = length < lengthAt(view, address);
  const isInvalid = isCut || instructionTable[decode(raw).index] === undefined;
  const instruction = isCut ? `.2byte 0x${raw.toString(16)}` : disassembleOne(raw, address, { symbol: (target) => (withSymbols ? view.symbols.describe(target) : undefined) });
  const hit = withSymbols ? view.symbols.symbolAt(address) : undefined;
  const location = view.symbols.location(address);
  const source = location && view.symbols.source(location.path);
  const instructionBytes = [...bytes].reverse().map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return {
    length,
    body: {
      address: reference,
      instructionBytes,
      instruction,
      ...(hit?.offset === 0n ? { symbol: hit.symbol.name } : {}),
      ...(location !== undefined && source?.path !== undefined ? { location: source, line: location.line - lineShift } : {}),
      ...(isInvalid ? { presentationHint: 'invalid' } : {}),
    },
  };
}

/** The `before` entries that precede `base`; padded where memory does not reach back that far. */
function listBefore(view: StopView, base: bigint, before: number, style: Style): object[] {
  const starts = startsBefore(view, base, before);
  const first = starts[0] ?? base;
  const padding = Array.from({ length: before - starts.length }, (_, index) => {
    const distance = BigInt(LENGTH_MIN * (before - starts.length - index));
    return { address: formatAddress(BigInt.asUintN(64, first - distance)), ...INVALID };
  });
  return [...padding, ...starts.map((at, index) => instructionAt(view, at, starts[index + 1] ?? base, style).body)];
}

export const disassemble: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('disassemble', args);
  const offset = fields.optionalInteger('offset', Number.MIN_SAFE_INTEGER) ?? 0;
  const skip = fields.optionalInteger('instructionOffset', -COUNT_MAX, COUNT_MAX) ?? 0;
  const count = fields.integer('instructionCount', 0, COUNT_MAX);
  const style: Style = { lineShift: debuggee.client.linesStartAt1 ? 0 : 1, withSymbols: fields.optionalBoolean('resolveSymbols') ?? true };
  const view = debuggee.stopped;
  const base = BigInt.asUintN(64, fields.address('memoryReference') + BigInt(offset));
  const instructions = skip < 0 ? listBefore(view, base, -skip, style) : [];
  let at = base;
  for (let ahead = skip; ahead > 0; ahead--) at += BigInt(lengthAt(view, at));
  while (instructions.length < count) {
    at = BigInt.asUintN(64, at);
    const { length, body } = instructionAt(view, at, at + BigInt(LENGTH_MAX), style);
    instructions.push(body);
    at += BigInt(length);
  }
  return { body: { instructions: instructions.slice(0, count) } };
};
