import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { InputEvent } from '../../emulator/machine/input.ts';
import { frame, preamble } from '../../emulator/record/frames.ts';
import { encodeValue, type Encodable } from '../../emulator/record/codec.ts';
import { xxh64 } from '../../emulator/machine/xxh64.ts';
import { readRecording, type Recording } from '../../emulator/record/recording.ts';
import { UserError } from '../../emulator/user-error.ts';
import { SAMPLE_CONFIGURATION, SAMPLE_ITEMS, sampleDigest, writeSample, type LogItem } from './recording-samples.ts';

const CLOSED = { at: 5_000_000_123, ending: 3 };

/** Opens, or returns the message of the UserError; any other error fails the test. */
function open(bytes: Uint8Array): Recording | string {
  try {
    return readRecording(bytes, 'x.chrono');
  } catch (error) {
    assert.ok(error instanceof UserError, `not a UserError: ${String(error)}`);
    assert.match(error.message, /x\.chrono/);
    assert.doesNotMatch(error.message, /\n/);
    return error.message;
  }
}

function opened(bytes: Uint8Array): Recording {
  const result = open(bytes);
  if (typeof result === 'string') assert.fail(result);
  return result;
}

const isEvent = (item: LogItem): item is InputEvent => item.kind !== 'digest' && item.kind !== 'flush';

test('a closed recording comes back whole', () => {
  const recording = opened(writeSample(SAMPLE_ITEMS, CLOSED).bytes);
  assert.deepEqual(recording.configuration, SAMPLE_CONFIGURATION);
  assert.deepEqual(recording.events, SAMPLE_ITEMS.filter(isEvent));
  assert.deepEqual(recording.digests, [2000, 5_000_000_000].map((at) => ({ at, digest: sampleDigest(at) })));
  assert.equal(recording.end, CLOSED.at);
  assert.equal(recording.ending, 3);
  assert.equal(recording.cut, undefined);
});

test('any log comes back', () => {
  const event = fc.oneof(
    fc.record({ step: fc.nat(), kind: fc.constant('console' as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 1024 }) }),
    fc.record({ step: fc.nat(1 << 30), kind: fc.constant('idle' as const), ns: fc.maxSafeInteger().map(Math.abs) }),
    fc.record({ step: fc.nat(), kind: fc.constantFrom('flush' as const, 'digest' as const) }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (steps) => {
      let at = 0;
      const items = steps.map(({ step, ...rest }): LogItem => ({ at: (at += step), ...rest }));
      const recording = opened(writeSample(items, { at, ending: null }).bytes);
      assert.deepEqual(recording.events, items.filter(isEvent));
      assert.equal(recording.digests.length, items.filter((item) => item.kind === 'digest').length);
      assert.equal(recording.end, at);
      assert.equal(recording.ending, undefined);
    }),
    { numRuns: 50 },
  );
});

test('many events are split into batches', () => {
  const items = Array.from({ length: 3500 }, (_, index): LogItem => ({ at: index * 10, kind: 'console', bytes: Uint8Array.of(index & 255) }));
  const { bytes, boundaries } = writeSample(items, { at: 40_000, ending: null });
  assert.equal(opened(bytes).events.length, 3500);
  assert.equal(boundaries.length, 1 + 1 + 2 + 4 + 1);
});

test('cut at every byte: opens up to the last whole frame and says so, or says why not', () => {
  const { bytes, boundaries } = writeSample(SAMPLE_ITEMS, CLOSED);
  const whole = opened(bytes);
  const imagesEnd = boundaries[3] ?? 0;
  let lastEnd = 0;
  for (let size = 0; size < bytes.length; size++) {
    const result = open(bytes.subarray(0, size));
    if (size < imagesEnd) {
      assert.ok(typeof result === 'string', `opens with ${size} bytes, before its images are complete`);
      assert.match(result, /(empty|ends after|cut at byte)/);
      continue;
    }
    if (typeof result === 'string') assert.fail(result);
    const frameEnd = boundaries.findLast((boundary) => boundary <= size) ?? 0;
    assert.match(result.cut ?? '', new RegExp(`at byte ${frameEnd}: opened up to @`));
    assert.ok(result.end >= lastEnd, 'a longer file reaches further');
    assert.deepEqual(result.events, whole.events.slice(0, result.events.length));
    lastEnd = result.end;
  }
  assert.equal(lastEnd, 5_000_000_000);
});

test('a flipped bit is refused, or reported as a cut; what opens is a prefix', () => {
  const { bytes } = writeSample(SAMPLE_ITEMS, CLOSED);
  const whole = opened(bytes);
  for (let index = 0; index < bytes.length; index++) {
    for (const bit of [0, 3, 7]) {
      const flipped = bytes.slice();
      flipped[index] = (flipped[index] ?? 0) ^ (1 << bit);
      const result = open(flipped);
      if (typeof result === 'string') continue;
      assert.notEqual(result.cut, undefined, `byte ${index} bit ${bit} goes unnoticed`);
      assert.deepEqual(result.configuration, whole.configuration);
      assert.deepEqual(result.events, whole.events.slice(0, result.events.length));
    }
  }
});

test('garbage is refused in one sentence', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => typeof open(bytes) === 'string'));
});

test('garbage in frames with right checksums is refused, never believed', () => {
  const { bytes, boundaries } = writeSample([]);
  const head = bytes.subarray(0, boundaries[3]);
  const check = (frames: readonly Uint8Array[]): void => { open(new Uint8Array(Buffer.concat([head, ...frames]))); };
  fc.assert(fc.property(fc.nat(7), fc.uint8Array({ maxLength: 100 }), (type, body) => { check([frame(type, body)]); }), { numRuns: 500 });
  const value: fc.Arbitrary<Encodable> = fc.letrec<{ value: Encodable }>((tie) => ({
    value: fc.oneof(fc.constant(null), fc.integer(), fc.string(), fc.uint8Array(), fc.array(tie('value'), { maxLength: 6 })),
  })).value;
  fc.assert(fc.property(fc.integer({ min: 1, max: 5 }), value, (type, body) => { check([frame(type, encodeValue(body))]); }), { numRuns: 500 });
});

const REFUSALS: readonly (readonly [string, () => Uint8Array, RegExp])[] = [
  ['a text file', () => new TextEncoder().encode('hello, this is not a recording'), /is not a Chronovisor recording/],
  ['an empty file', () => new Uint8Array(0), /is empty/],
  ['another version', () => { const bytes = preamble(); bytes[8] = 99; return bytes; }, /recording format 99.*reads format 2 and 3 and 4/],
  ['data after the end', () => new Uint8Array(Buffer.concat([writeSample([], { at: 0, ending: null }).bytes, frame(3, encodeValue([0, []]))])), /follows the end/],
  ['an unknown frame', () => new Uint8Array(Buffer.concat([writeSample([]).bytes, frame(77, encodeValue(null))])), /unknown type 77/],
  ['deep nesting', () => new Uint8Array(Buffer.concat([writeSample([]).bytes, frame(3, new Uint8Array(1_000_000).fill(0x91))])), /cannot be decoded/],
  ['time that goes back', () => new Uint8Array(Buffer.concat([writeSample([{ at: 50, kind: 'digest' }]).bytes, frame(3, encodeValue([10, []]))])), /ends before its last event/],
  ['a frame that is too long', () => new Uint8Array(Buffer.concat([writeSample([]).bytes, Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0, 1)])), /4294967295 bytes long/],
];

for (const [what, make, expected] of REFUSALS) {
  test(`${what} is refused`, () => {
    const result = open(make());
    assert.ok(typeof result === 'string', 'it opened');
    assert.match(result, expected);
  });
}

test('an image that is not embedded is asked for by hash, and taken when it is given', () => {
  const image = { name: 'program.elf', kind: 'elf', bytes: Uint8Array.of(1, 2, 3) } as const;
  const hash = xxh64(image.bytes);
  const configuration = encodeValue([1 << 20, [[image.name, image.kind, null, 3, hash, false, 'program']], null, null, null]);
  const bytes = new Uint8Array(Buffer.concat([preamble(), frame(1, configuration), frame(5, encodeValue([0, null]))]));
  assert.throws(() => readRecording(bytes, 'x.chrono'), new RegExp(`needs the guest image program\\.elf with content hash ${hash}`));
  assert.throws(() => readRecording(bytes, 'x.chrono', [{ ...image, bytes: Uint8Array.of(1, 2, 4) }]), /needs the guest image/);
  assert.deepEqual(readRecording(bytes, 'x.chrono', [image]).configuration.images, [image]);
});
