/**
 * Packets of the GDB remote serial protocol: `$data#checksum` with acknowledgements between them.
 * Source: Debugging with GDB, appendix E, "Overview" and "Packet Acknowledgment". Data is held in strings of bytes, one character each.
 */

/** Longest packet that is taken, in bytes between `$` and `#`. */
export const PACKET_BYTES_MAX = 0x8000;

const DOLLAR = 0x24;
const HASH = 0x23;
const PLUS = 0x2b;
const MINUS = 0x2d;
const CONTROL_C = 0x03;
const ESCAPE = '}';
const ESCAPE_FLIP = 0x20;

export type Received =
  | { readonly kind: 'packet'; readonly data: string }
  /** The checksum is wrong. */
  | { readonly kind: 'damaged' }
  /** Longer than PACKET_BYTES_MAX; its contents are gone. */
  | { readonly kind: 'oversized' }
  | { readonly kind: 'ack' | 'nak' | 'interrupt' };

/** Takes packets out of a stream that arrives in pieces. What is between packets and means nothing is passed over. */
export class PacketReader {
  /** Characters of the packet that is coming in; undefined between packets. */
  #data: string | undefined;
  #oversized = false;
  #sum = 0;
  /** The digits behind `#`; undefined before it. */
  #digits: string | undefined;

  push(bytes: Uint8Array): Received[] {
    const received: Received[] = [];
    for (const byte of bytes) {
      const event = this.#take(byte);
      if (event !== undefined) received.push(event);
    }
    return received;
  }

  #take(byte: number): Received | undefined {
    if (this.#data === undefined) return this.#between(byte);
    if (this.#digits !== undefined) {
      this.#digits += String.fromCharCode(byte);
      return this.#digits.length === 2 ? this.#end(this.#data, this.#digits) : undefined;
    }
    if (byte === HASH) {
      this.#digits = '';
    } else if (byte === DOLLAR) {
      // It is always escaped in data: what came before was cut off.
      this.#begin();
    } else {
      this.#sum = (this.#sum + byte) & 0xff;
      if (this.#data.length < PACKET_BYTES_MAX) this.#data += String.fromCharCode(byte);
      else this.#oversized = true;
    }
    return undefined;
  }

  #between(byte: number): Received | undefined {
    switch (byte) {
      case DOLLAR:
        this.#begin();
        return undefined;
      case PLUS:
        return { kind: 'ack' };
      case MINUS:
        return { kind: 'nak' };
      case CONTROL_C:
        return { kind: 'interrupt' };
      default:
        return undefined;
    }
  }

  #begin(): void {
    this.#data = '';
    this.#oversized = false;
    this.#sum = 0;
    this.#digits = undefined;
  }

  #end(data: string, digits: string): Received {
    this.#data = undefined;
    this.#digits = undefined;
    if (!/^[0-9a-f]{2}$/i.test(digits) || Number.parseInt(digits, 16) !== this.#sum) return { kind: 'damaged' };
    return this.#oversized ? { kind: 'oversized' } : { kind: 'packet', data: unescape(data) };
  }
}

function unescape(data: string): string {
  return data.replaceAll(/\}([^])/g, (_, escaped: string) => String.fromCharCode(escaped.charCodeAt(0) ^ ESCAPE_FLIP));
}

/** The packet that carries `data`. */
export function encodePacket(data: string): Uint8Array {
  // `*` would be a repeat count.
  const escaped = data.replaceAll(/[#$}*]/g, (character) => ESCAPE + String.fromCharCode(character.charCodeAt(0) ^ ESCAPE_FLIP));
  let sum = 0;
  for (let at = 0; at < escaped.length; at++) sum = (sum + escaped.charCodeAt(at)) & 0xff;
  return bytesOf(`$${escaped}#${sum.toString(16).padStart(2, '0')}`);
}

/** The low byte of each character. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** A character for each byte. */
export function textOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

export function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** Undefined if it is not pairs of hexadecimal digits. */
export function bytesOfHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

/** UTF-8, in hexadecimal. */
export function hexOfText(text: string): string {
  return hexOf(new TextEncoder().encode(text));
}

/** Little-endian, as target registers are sent. */
export function hexOfRegister(value: bigint): string {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return hexOf(bytes);
}

/** Value of a register that was sent; undefined if it is not one to eight bytes. */
export function registerOfHex(text: string): bigint | undefined {
  const bytes = bytesOfHex(text);
  if (bytes === undefined || bytes.length === 0 || bytes.length > 8) return undefined;
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** A number as packets spell it: hexadecimal, big-endian, at most 64 bits. */
export function numberOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[0-9a-f]{1,16}$/i.test(text) ? BigInt(`0x${text}`) : undefined;
}

/** A number of bytes or of a register; undefined if there cannot be that many. */
export function countOf(text: string | undefined): number | undefined {
  const value = numberOf(text);
  return value !== undefined && value <= 0xffff_ffffn ? Number(value) : undefined;
}
