/** The packet layer: framing, escapes, checksums, and streams that arrive in any pieces. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { bytesOf, bytesOfHex, encodePacket, hexOf, hexOfRegister, numberOf, PACKET_BYTES_MAX, PacketReader, registerOfHex, textOf, type Received } from '../../emulator/gdb-server/packets.ts';

function read(...pieces: readonly string[]): Received[] {
  const reader = new PacketReader();
  return pieces.flatMap((piece) => reader.push(bytesOf(piece)));
}

/** The packet as GDB's manual describes it, written down once more. */
function framed(escaped: string): string {
  const sum = [...escaped].reduce((total, character) => total + character.charCodeAt(0), 0) % 256;
  return `$${escaped}#${sum.toString(16).padStart(2, '0')}`;
}

const packet = (data: string): Received => ({ kind: 'packet', data });

const rows: readonly (readonly [string, readonly string[], readonly Received[]])[] = [
  ['a packet', ['$?#3f'], [packet('?')]],
  ['capital digits', ['$?#3F'], [packet('?')]],
  ['an empty one', ['$#00'], [packet('')]],
  ['in pieces', ['$', 'q', 'C', '#', 'b', '4'], [packet('qC')]],
  ['two at once, with what is between them', ['+$?#3f\r\n-$g#67\u0003'], [{ kind: 'ack' }, packet('?'), { kind: 'nak' }, packet('g'), { kind: 'interrupt' }]],
  ['an interrupt that is data', [framed('X0,1:\u0003')], [packet('X0,1:\u0003')]],
  ['escapes', [framed('X0,4:}\u0003}\u0004}]}\n')], [packet('X0,4:#$}*')]],
  ['a wrong checksum', ['$?#40$g#67'], [{ kind: 'damaged' }, packet('g')]],
  ['no checksum', ['$?#zz$g#67'], [{ kind: 'damaged' }, packet('g')]],
  ['one that is cut off by the next', ['$m80000$?#3f'], [packet('?')]],
  ['half a packet', ['$m8000'], []],
  ['one that is too long, and the next', [framed('m'.repeat(PACKET_BYTES_MAX + 1)) + framed('?')], [{ kind: 'oversized' }, packet('?')]],
  ['the longest', [framed('m'.repeat(PACKET_BYTES_MAX))], [packet('m'.repeat(PACKET_BYTES_MAX))]],
];

describe('reading packets', () => {
  for (const [name, pieces, expected] of rows) test(name, () => { assert.deepEqual(read(...pieces), expected); });

  test('any data survives, in any pieces', () => {
    const anyBytes = fc.uint8Array({ maxLength: 60 });
    fc.assert(fc.property(fc.array(anyBytes, { maxLength: 5 }), fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 20 }), (payloads, sizes) => {
      const stream = payloads.map((payload) => textOf(encodePacket(textOf(payload)))).join('');
      const pieces: string[] = [];
      for (let at = 0, index = 0; at < stream.length; index++) {
        const size = sizes[index % sizes.length] ?? 1;
        pieces.push(stream.slice(at, at + size));
        at += size;
      }
      assert.deepEqual(read(...pieces), payloads.map((payload) => packet(textOf(payload))));
    }));
  });

  test('random bytes are never too much, and a packet behind them is found', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      // Digits that a checksum in the noise may still be waiting for.
      const events = read(textOf(noise), 'xx', framed('g'));
      assert.deepEqual(events.at(-1), packet('g'));
    }));
  });
});

describe('writing', () => {
  const written: readonly (readonly [string, string])[] = [['OK', '$OK#9a'], ['', '$#00'], ['#$}*', framed('}\u0003}\u0004}]}\n')]];
  for (const [data, expected] of written) test(JSON.stringify(data), () => { assert.equal(textOf(encodePacket(data)), expected); });

  test('registers', () => {
    assert.equal(hexOfRegister(0x80000000n), '0000008000000000');
    assert.equal(hexOfRegister(-1n), 'ffffffffffffffff');
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => { assert.equal(registerOfHex(hexOfRegister(value)), value); }));
    for (const bad of ['', '0', 'zz', '000000000000000000']) assert.equal(registerOfHex(bad), undefined, bad);
  });

  test('numbers and bytes', () => {
    assert.equal(numberOf('ffffffffffffffff'), 2n ** 64n - 1n);
    for (const bad of ['', '-1', '0x1', '11111111111111111', undefined]) assert.equal(numberOf(bad), undefined, bad);
    assert.deepEqual(bytesOfHex('00fF'), Uint8Array.of(0, 255));
    assert.equal(hexOf(Uint8Array.of(0, 255)), '00ff');
    for (const bad of ['0', '0g']) assert.equal(bytesOfHex(bad), undefined, bad);
  });
});
