/** What a guest says when it gives up: the message of its `panic` function, where the machine stands at its first instruction. */
import type { Inspection } from '../emulator/index.ts';
import type { SymbolSet } from './symbol-set.ts';

/** Kernels big and small call it so: `panic(format, ...)`. */
export const PANIC_FUNCTION = 'panic';

const SP = 2;
const A0 = 10;
const REGISTER_ARGUMENTS = 8;
const TEXT_MAX = 1000;
const READ_STEP = 64;

/** %, flags, width, precision, length, conversion; behind `p`, the letters by which Linux says what kind of pointer it is. */
const DIRECTIVE = /%([-+ #0]*)(\d*|\*)(?:\.(\d*|\*))?(hh|h|ll|l|z|t|j|L)?(p[SsBVKx]?|[diuxXocs%])/g;

/** The message, with its arguments filled in where they are text or numbers. */
export function panicMessage(inspect: Inspection, symbols: SymbolSet): string {
  const format = readText(inspect, inspect.register(A0));
  if (format === undefined || format === '') return 'a panic without a message';
  let next = 1;
  const argument = (): bigint => {
    const index = next++;
    return index < REGISTER_ARGUMENTS ? inspect.register(A0 + index) : wordAt(inspect, inspect.register(SP) + 8n * BigInt(index - REGISTER_ARGUMENTS));
  };
  const text = format.replace(DIRECTIVE, (_whole, flags: string, width: string, precision: string | undefined, length: string | undefined, conversion: string) => {
    if (conversion === '%') return '%';
    const columns = width === '*' ? Number(BigInt.asIntN(32, argument())) : Number(width);
    const digits = precision === '*' ? Number(BigInt.asIntN(32, argument())) : precision === undefined ? undefined : Number(precision);
    const prefix = flags.includes('#') && conversion === 'x' ? '0x' : '';
    return pad(prefix + directiveText(conversion, length, digits, argument(), inspect, symbols), columns, flags);
  });
  return text.trim().slice(0, TEXT_MAX);
}

function directiveText(conversion: string, length: string | undefined, digits: number | undefined, value: bigint, inspect: Inspection, symbols: SymbolSet): string {
  const bits = length === 'hh' ? 8 : length === 'h' ? 16 : length === undefined ? 32 : 64;
  switch (conversion) {
    case 'd': case 'i': return BigInt.asIntN(bits, value).toString();
    case 'u': return BigInt.asUintN(bits, value).toString();
    case 'x': return BigInt.asUintN(bits, value).toString(16);
    case 'X': return BigInt.asUintN(bits, value).toString(16).toUpperCase();
    case 'o': return BigInt.asUintN(bits, value).toString(8);
    case 'c': return String.fromCharCode(Number(value & 0x7fn));
    case 's': return (value === 0n ? '(null)' : readText(inspect, value) ?? '(unreadable)').slice(0, digits);
    case 'pS': case 'ps': case 'pB': return symbols.describe(value) ?? `0x${value.toString(16)}`;
    default: return `0x${value.toString(16)}`;
  }
}

function pad(text: string, columns: number, flags: string): string {
  const width = Math.min(Number.isFinite(columns) ? columns : 0, TEXT_MAX);
  if (flags.includes('-')) return text.padEnd(width);
  return text.padStart(width, flags.includes('0') ? '0' : ' ');
}

/** Text up to its NUL; undefined where nothing can be read. */
function readText(inspect: Inspection, address: bigint): string | undefined {
  let text = '';
  for (let at = address; text.length < TEXT_MAX; at += BigInt(READ_STEP)) {
    const bytes = inspect.readVirtual(BigInt.asUintN(64, at), READ_STEP);
    const nul = bytes.indexOf(0);
    const part = nul < 0 ? bytes : bytes.subarray(0, nul);
    text += Buffer.from(part).toString('latin1');
    if (nul >= 0) break;
    if (bytes.length < READ_STEP) return text === '' ? undefined : text;
  }
  // Linux may begin messages with an SOH character and their level.
  return (text.charCodeAt(0) === 1 ? text.slice(2) : text).replace(/[^\x20-\x7e]+/g, ' ');
}

function wordAt(inspect: Inspection, address: bigint): bigint {
  const bytes = inspect.readVirtual(address, 8);
  return bytes.length < 8 ? 0n : Buffer.from(bytes).readBigUInt64LE();
}
