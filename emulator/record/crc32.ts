/** CRC-32 as in ISO 3309 and zip (reflected polynomial 0xEDB88320), eight bytes a round ("slicing by 8"). */

const SLICES = 8;
const TABLE_SIZE = 256;

/** Slice s at s * TABLE_SIZE: what a byte with s more bytes behind it comes to. */
function makeTables(): Int32Array {
  const tables = new Int32Array(SLICES * TABLE_SIZE);
  for (let byte = 0; byte < TABLE_SIZE; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = TABLE_SIZE; at < tables.length; at++) {
    const before = tables[at - TABLE_SIZE] ?? 0;
    tables[at] = (before >>> 8) ^ (tables[before & 0xff] ?? 0);
  }
  return tables;
}

const TABLES = makeTables();

/** Unsigned 32-bit CRC of `bytes`. */
export function crc32(bytes: Uint8Array): number {
  const tables = TABLES;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = -1;
  let at = 0;
  for (const end = bytes.length - 7; at < end; at += 8) {
    const one = crc ^ view.getInt32(at, true);
    const two = view.getInt32(at + 4, true);
    crc =
      (tables[0x700 | (one & 0xff)] as number) ^ (tables[0x600 | ((one >>> 8) & 0xff)] as number) ^
      (tables[0x500 | ((one >>> 16) & 0xff)] as number) ^ (tables[0x400 | (one >>> 24)] as number) ^
      (tables[0x300 | (two & 0xff)] as number) ^ (tables[0x200 | ((two >>> 8) & 0xff)] as number) ^
      (tables[0x100 | ((two >>> 16) & 0xff)] as number) ^ (tables[two >>> 24] as number);
  }
  for (; at < bytes.length; at++) crc = (tables[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}
