/** Reads a flattened device tree, apart from the writer: only what the specification says (chapter 5). */
import assert from 'node:assert/strict';

/** `/path` of each node to its properties, values in hex. */
export type DeviceTree = ReadonlyMap<string, ReadonlyMap<string, string>>;

export function readDeviceTree(bytes: Uint8Array): DeviceTree {
  const buffer = Buffer.from(bytes);
  assert.equal(buffer.readUInt32BE(0), 0xd00dfeed);
  assert(buffer.readUInt32BE(4) <= buffer.length);
  const nodes = new Map<string, Map<string, string>>();
  const path: string[] = [];
  const stringsOffset = buffer.readUInt32BE(12);
  let position = buffer.readUInt32BE(8);
  const cell = (): number => buffer.readUInt32BE((position += 4) - 4);
  const text = (start: number): string => buffer.toString('utf8', start, buffer.indexOf(0, start));
  for (;;) {
    const token = cell();
    if (token === 9) return nodes;
    if (token === 1) {
      const name = text(position);
      position = (position + Buffer.byteLength(name) + 1 + 3) & ~3;
      path.push(name);
      nodes.set(path.join('/') || '/', new Map());
    } else if (token === 2) {
      path.pop();
    } else if (token === 3) {
      const length = cell();
      const name = text(stringsOffset + cell());
      nodes.get(path.join('/') || '/')?.set(name, buffer.toString('hex', position, position + length));
      position = (position + length + 3) & ~3;
    } else {
      assert.equal(token, 4, 'a token of a structure block');
    }
  }
}
