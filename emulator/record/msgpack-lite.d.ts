/**
 * The part of msgpack-lite that the codec uses. Declared here and not taken from @types/msgpack-lite, which drags the
 * types of Node into a project that must not see them.
 */
declare module 'msgpack-lite' {
  interface Codec {
    addExtPacker(type: number, constructor: typeof Uint8Array, packer: (bytes: Uint8Array) => Uint8Array): void;
    addExtUnpacker(type: number, unpacker: (bytes: Uint8Array) => unknown): void;
  }
  interface Msgpack {
    createCodec(options: { int64: boolean; preset: boolean; usemap: boolean }): Codec;
    encode(value: unknown, options: { codec: Codec }): Uint8Array;
    decode(bytes: Uint8Array, options: { codec: Codec }): unknown;
  }
  const msgpack: Msgpack;
  export default msgpack;
}
