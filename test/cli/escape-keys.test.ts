/** Keys and commands of a raw terminal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EscapeKeys } from '../../emulator/cli/escape-keys.ts';

/** What comes of the chunks: keys as text (one string as long as no command comes between), commands in brackets. */
function taken(chunks: readonly string[]): string[] {
  const got: string[] = [];
  let text = '';
  const end = (): void => {
    if (text !== '') got.push(text);
    text = '';
  };
  const keys = new EscapeKeys((bytes) => { text += Buffer.from(bytes).toString(); }, (command) => {
    end();
    got.push(`[${command}]`);
  });
  for (const chunk of chunks) keys.take(Buffer.from(chunk));
  end();
  return got;
}

const A = '\u0001';
const rows: readonly (readonly [chunks: readonly string[], expected: readonly string[]])[] = [
  [['ls -l\r'], ['ls -l\r']],
  [['\u0003\u0004\u001a\u001c\u001b[A\u007f'], ['\u0003\u0004\u001a\u001c\u001b[A\u007f']],
  [['grüße ☃'], ['grüße ☃']],
  [[`ab${A}xcd`], ['ab', '[leave]', 'cd']],
  [['ab', A, 'x', 'cd'], ['ab', '[leave]', 'cd']],
  [[`${A}h${A}?${A}i${A}s`], ['[help]', '[help]', '[information]', '[size]']],
  [[`${A}${A}`], [A]],
  [[`${A}${A}${A}${A}${A}`, A], [A + A + A]],
  [[`a${A}`, `${A}b`], [`a${A}b`]],
  // As in QEMU, what is no command is passed over together with its Ctrl-A.
  [[`a${A}zb${A}Xc`], ['abc']],
  [[`a${A}`], ['a']],
];

for (const [chunks, expected] of rows) {
  test(JSON.stringify(chunks), () => { assert.deepEqual(taken(chunks), expected); });
}

test('chunks make no difference', () => {
  const text = `a${A}xb${A}${A}c${A}hd${A}qe`;
  for (let at = 1; at < text.length; at++) assert.deepEqual(taken([text.slice(0, at), text.slice(at)]), taken([text]), `split at ${at}`);
});
