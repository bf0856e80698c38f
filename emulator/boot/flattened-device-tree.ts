/**
 * Writer of flattened device trees, version 17.
 * Devicetree Specification 0.4, chapter 5; https://github.com/devicetree-org/devicetree-specification
 *
 * Layout: header (40 bytes), memory reservation block (empty), structure block, strings block. Big-endian.
 */
const MAGIC = 0xd00dfeed;
const VERSION = 17;
const LAST_COMPATIBLE_VERSION = 16;
const HEADER_SIZE = 40;
/** One entry of zeros ends the reservation block. */
const RESERVATION_BLOCK_SIZE = 16;

const TOKEN_BEGIN_NODE = 1;
const TOKEN_END_NODE = 2;
const TOKEN_PROPERTY = 3;
const TOKEN_END = 9;

export interface DeviceTreeNode {
  /** With unit address: `uart@10000000`; empty for the root. */
  readonly name: string;
  readonly properties: readonly DeviceTreeProperty[];
  readonly children: readonly DeviceTreeNode[];
}

export interface DeviceTreeProperty {
  readonly name: string;
  readonly value: Uint8Array;
}

/** A property of 32-bit cells. */
export function cells(name: string, ...values: readonly number[]): DeviceTreeProperty {
  const value = new Uint8Array(values.length * 4);
  const view = new DataView(value.buffer);
  values.forEach((cell, index) => { view.setUint32(index * 4, cell); });
  return { name, value };
}

/** A property of one string, or a list of strings. */
export function strings(name: string, ...values: readonly string[]): DeviceTreeProperty {
  return { name, value: utf8(values.map((text) => `${text}\0`).join('')) };
}

/** A property that is there or not. */
export function flag(name: string): DeviceTreeProperty {
  return { name, value: new Uint8Array(0) };
}

export function writeDeviceTree(root: DeviceTreeNode): Uint8Array {
  const names = new Strings();
  const structure = new ByteList();
  writeNode(structure, names, root);
  structure.addCell(TOKEN_END);

  const structureOffset = HEADER_SIZE + RESERVATION_BLOCK_SIZE;
  const stringsOffset = structureOffset + structure.length;
  const totalSize = stringsOffset + names.block.length;
  const tree = new ByteList();
  for (const field of [
    MAGIC, totalSize, structureOffset, stringsOffset, HEADER_SIZE, VERSION, LAST_COMPATIBLE_VERSION,
    0, names.block.length, structure.length,
  ]) tree.addCell(field);
  tree.addBytes(new Uint8Array(RESERVATION_BLOCK_SIZE));
  tree.addBytes(structure.bytes());
  tree.addBytes(names.block.bytes());
  return tree.bytes();
}

function writeNode(structure: ByteList, names: Strings, node: DeviceTreeNode): void {
  structure.addCell(TOKEN_BEGIN_NODE);
  structure.addBytes(utf8(`${node.name}\0`));
  structure.align();
  for (const property of node.properties) {
    structure.addCell(TOKEN_PROPERTY);
    structure.addCell(property.value.length);
    structure.addCell(names.offset(property.name));
    structure.addBytes(property.value);
    structure.align();
  }
  for (const child of node.children) writeNode(structure, names, child);
  structure.addCell(TOKEN_END_NODE);
}

/** The strings block: each property name once. */
class Strings {
  readonly block = new ByteList();
  readonly #offsets = new Map<string, number>();

  offset(name: string): number {
    const known = this.#offsets.get(name);
    if (known !== undefined) return known;
    const offset = this.block.length;
    this.#offsets.set(name, offset);
    this.block.addBytes(utf8(`${name}\0`));
    return offset;
  }
}

class ByteList {
  readonly #bytes: number[] = [];

  get length(): number {
    return this.#bytes.length;
  }

  addCell(value: number): void {
    this.#bytes.push(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
  }

  addBytes(bytes: Uint8Array): void {
    for (const byte of bytes) this.#bytes.push(byte);
  }

  /** To the next multiple of 4. */
  align(): void {
    while (this.#bytes.length % 4 !== 0) this.#bytes.push(0);
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
