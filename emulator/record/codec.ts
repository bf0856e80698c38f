/**
 * The only place that knows msgpack-lite. Values are null, booleans, finite numbers, strings, Uint8Array and arrays of
 * them; records are written as arrays, so that the log holds no field names and a decoder never builds keyed objects.
 */
import msgpack from 'msgpack-lite';

export type Encodable = null | boolean | number | string | Uint8Array | readonly Encodable[];

/** Extension type of raw bytes: the number that msgpack-lite's own preset uses for Uint8Array. */
const BYTES_EXTENSION = 0x12;

const codec = msgpack.createCodec({ int64: true, preset: false, usemap: true });
// The encoder knows a plain Uint8Array only as an extension. Both ways copy: the library reuses its buffers.
codec.addExtPacker(BYTES_EXTENSION, Uint8Array, (bytes) => bytes);
codec.addExtUnpacker(BYTES_EXTENSION, (bytes) => Uint8Array.from(bytes));

export function encodeValue(value: Encodable): Uint8Array {
  return Uint8Array.from(msgpack.encode(value, { codec }));
}

/** Throws whatever the library throws on malformed input; the caller says where the bytes came from. */
export function decodeValue(bytes: Uint8Array): unknown {
  return msgpack.decode(bytes, { codec });
}
