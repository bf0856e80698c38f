import type { Location } from './expression.ts';
import { bytesOf, unsignedOf } from './reader.ts';
import type { ReadMemory, ReadRegister } from './reader.ts';

/** What has to be written so that a value changes. */
export type StorageEdit =
  | { readonly kind: 'memory'; readonly address: bigint; readonly bytes: Uint8Array }
  /** By DWARF number. */
  | { readonly kind: 'register'; readonly register: number; readonly value: bigint }
  | { readonly kind: 'pc'; readonly value: bigint };

/** Where the bytes of a value come from. */
export interface Storage {
  /** Exactly `sizeBytes` bytes at an offset in the value; a string says why they cannot be had. */
  read(offset: number, sizeBytes: number): Uint8Array | string;
  /** Virtual address of the value's first byte, when it lives in memory. */
  readonly address: bigint | undefined;
  /** What to write so that the bytes at an offset become these; a string says why they cannot be written. Absent: it is no place. */
  edits?(offset: number, bytes: Uint8Array): readonly StorageEdit[] | string;
  /** Why nothing of it can be had. */
  readonly missing?: string;
  /** Of a pointer that is not kept: where it would point. */
  readonly pointee?: Storage;
}

/** Where a frame's value of a register is kept now: in the register itself, or where an inner frame has saved it. */
export type RegisterPlace = { readonly kind: 'register'; readonly number: number } | { readonly kind: 'memory'; readonly address: bigint };

/** What a location is made a storage with. */
export interface StorageContext {
  readonly memory: ReadMemory;
  readonly register: ReadRegister;
  /** Undefined: the register cannot be written. */
  readonly savedAt?: ((register: number) => RegisterPlace | undefined) | undefined;
  /** The storage of the variable that is described by an entry of .debug_info. */
  readonly variable?: ((entry: number) => Storage | undefined) | undefined;
}

const MAX_VALUE_BYTES = 1 << 20;
const REGISTER_BYTES = 8;
const FLOAT_BASE = 32;

export function memoryStorage(memory: ReadMemory, address: bigint): Storage {
  return {
    address: BigInt.asUintN(64, address),
    read(offset, sizeBytes) {
      if (sizeBytes > MAX_VALUE_BYTES) return 'too large to show';
      const at = BigInt.asUintN(64, offset === 0 ? address : address + BigInt(offset));
      const bytes = memory(at, sizeBytes);
      return bytes.length < sizeBytes ? `cannot read memory at 0x${at.toString(16)}` : bytes.length === sizeBytes ? bytes : bytes.subarray(0, sizeBytes);
    },
    edits: (offset, bytes) => [{ kind: 'memory', address: BigInt.asUintN(64, address + BigInt(offset)), bytes }],
  };
}

export function bytesStorage(bytes: Uint8Array): Storage {
  return {
    address: undefined,
    read: (offset, sizeBytes) => (offset < 0 || offset + sizeBytes > bytes.length ? 'optimized out' : bytes.subarray(offset, offset + sizeBytes)),
  };
}

export function missingStorage(why: string): Storage {
  return { address: undefined, read: () => why, missing: why };
}

/** Storage behind a location; registers and pieces are read now. */
export function storageOf(location: Location, context: StorageContext): Storage {
  switch (location.kind) {
    case 'memory': return memoryStorage(context.memory, location.address);
    case 'value': return bytesStorage(bytesOf(location.value, Math.max(REGISTER_BYTES, location.sizeBytes ?? REGISTER_BYTES)));
    case 'bytes': return bytesStorage(location.bytes);
    case 'none': return missingStorage(location.why);
    case 'register': return registerStorage(location.number, context);
    case 'pieces': return piecesStorage(location.pieces.map(({ location: place, ...piece }) => ({ ...piece, storage: storageOf(place, context) })));
    case 'implicit-pointer': {
      const target = context.variable?.(location.entry);
      const missing = missingStorage('optimized out');
      return target === undefined ? missing : { ...missing, pointee: sliceStorage(target, location.offsetBytes) };
    }
  }
}

function registerStorage(number: number, { register, savedAt }: StorageContext): Storage {
  const value = register(number);
  if (value === undefined) return missingStorage('optimized out');
  const bytes = bytesOf(value, REGISTER_BYTES);
  return {
    ...bytesStorage(bytes),
    edits(offset, fresh) {
      if (offset + fresh.length > REGISTER_BYTES) return 'the register holds only a part of it';
      if (number === 0) return 'the register zero is always 0';
      const whole = bytes.slice();
      // The rest of a register that holds a narrow number: its sign, and for floats the bits that say so (NaN boxing).
      if (offset === 0 && fresh.length < REGISTER_BYTES) {
        const isNegative = number >= FLOAT_BASE || ((fresh[fresh.length - 1] ?? 0) & 0x80) !== 0;
        whole.fill(isNegative ? 0xff : 0);
      }
      whole.set(fresh, offset);
      const place = savedAt?.(number);
      if (place === undefined) return 'nothing says where its register is kept';
      if (place.kind === 'memory') return [{ kind: 'memory', address: place.address, bytes: whole }];
      return [{ kind: 'register', register: place.number, value: unsignedOf(whole) }];
    },
  };
}

interface PieceStorage { readonly storage: Storage; readonly sizeBits: number; readonly offsetBits: number }

/** Joins pieces bit by bit range; a missing piece makes only the reads that touch it fail. */
function piecesStorage(pieces: readonly PieceStorage[]): Storage {
  return {
    address: undefined,
    read(offset, sizeBytes) {
      if (sizeBytes > MAX_VALUE_BYTES) return 'too large to show';
      const from = offset * 8;
      const to = from + sizeBytes * 8;
      let value = 0n;
      let start = 0;
      for (const { storage, sizeBits, offsetBits } of pieces) {
        const low = Math.max(from, start);
        const high = Math.min(to, start + sizeBits);
        if (low < high) {
          const bits = readBits(storage, offsetBits + low - start, high - low);
          if (typeof bits === 'string') return bits;
          value |= bits << BigInt(low - from);
        }
        start += sizeBits;
      }
      return start < to ? 'optimized out' : bytesOf(value, sizeBytes);
    },
    edits: (offset, bytes) => editPieces(pieces, offset * 8, bytes),
  };
}

function editPieces(pieces: readonly PieceStorage[], from: number, bytes: Uint8Array): readonly StorageEdit[] | string {
  const value = unsignedOf(bytes);
  const to = from + bytes.length * 8;
  const edits: StorageEdit[] = [];
  let start = 0;
  for (const { storage, sizeBits, offsetBits } of pieces) {
    const low = Math.max(from, start);
    const high = Math.min(to, start + sizeBits);
    if (low < high) {
      const part = editBits(storage, offsetBits + low - start, high - low, value >> BigInt(low - from));
      if (typeof part === 'string') return part;
      edits.push(...part);
    }
    start += sizeBits;
  }
  return start < to ? 'optimized out' : edits;
}

export function readBits(storage: Storage, offsetBits: number, sizeBits: number): bigint | string {
  const first = Math.floor(offsetBits / 8);
  const bytes = storage.read(first, Math.ceil((offsetBits + sizeBits) / 8) - first);
  return typeof bytes === 'string' ? bytes : BigInt.asUintN(sizeBits, unsignedOf(bytes) >> BigInt(offsetBits % 8));
}

/** Writes some bits: the bytes around them are read and keep their other bits. */
export function editBits(storage: Storage, offsetBits: number, sizeBits: number, value: bigint): readonly StorageEdit[] | string {
  const first = Math.floor(offsetBits / 8);
  const sizeBytes = Math.ceil((offsetBits + sizeBits) / 8) - first;
  if (storage.edits === undefined) return 'it is not kept anywhere';
  if (offsetBits % 8 === 0 && sizeBits % 8 === 0) return storage.edits(first, bytesOf(value, sizeBytes));
  const before = storage.read(first, sizeBytes);
  if (typeof before === 'string') return before;
  const shift = BigInt(offsetBits % 8);
  const mask = ((1n << BigInt(sizeBits)) - 1n) << shift;
  const whole = (unsignedOf(before) & ~mask) | ((value << shift) & mask);
  return storage.edits(first, bytesOf(whole, sizeBytes));
}

/** A part of a value at an offset. */
export function sliceStorage(storage: Storage, offset: number): Storage {
  if (offset === 0) return storage;
  const { address } = storage;
  return {
    address: address === undefined ? undefined : BigInt.asUintN(64, address + BigInt(offset)),
    read: (inside, sizeBytes) => storage.read(offset + inside, sizeBytes),
    ...(storage.missing === undefined ? {} : { missing: storage.missing }),
    ...(storage.edits === undefined ? {} : { edits: (inside, bytes) => storage.edits?.(offset + inside, bytes) ?? 'it is not kept anywhere' }),
  };
}
