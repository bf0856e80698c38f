/** The command line from outside: what it says when something is wrong, and how it ends. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import path from 'node:path';
import { after, test } from 'node:test';
import { Bundles, sampleFile } from './bundles.ts';

const bundles = new Bundles('cli.mjs');
after(() => { bundles.remove(); });

const rows: readonly (readonly [readonly string[], RegExp])[] = [
  [['frob'], /^error: unknown command 'frob'\n/],
  [['record', sampleFile], /^error: required option '-o, --output <file>' not specified\n/],
  [['run', '/nowhere/x.elf'], /^chronovisor: Cannot read the guest image \/nowhere\/x\.elf: there is no such file or folder; check the name\n$/],
  [['run', sampleFile, '--until', 'abc'], /^chronovisor: --until: 'abc' is not a number; write one such as 1000000 or 0x80000000\.\n$/],
  [['run', sampleFile, '--memory', '3G'], /^chronovisor: A memory size of 3221225472 bytes is not possible; .*\n$/],
  [['run', path.resolve(import.meta.filename)], /^chronovisor: cli\.test\.ts is not an ELF file .*\n$/],
  [['verify', sampleFile], /^chronovisor: heisenbug\.elf is not a Chronovisor recording: .*\n$/],
  [['info', bundles.folder], /^chronovisor: Cannot read the recording .*: it is a folder; give a file\n$/],
  [['debug', '--port', '65536'], /^chronovisor: --port: 65536 is not a port; ports go from 0 to 65535\.\n$/],
];

for (const [args, sentence] of rows) {
  test(args.join(' ').replaceAll(path.dirname(sampleFile), ''), async () => {
    const { code, stdout, stderr } = await bundles.run(...args);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, sentence);
  });
}

test('a reader that goes away ends it without a word, and the recording is closed', { skip: process.platform === 'win32' }, async () => {
  const file = path.join(bundles.folder, 'pipe.chrono');
  const child = bundles.start('cli.mjs', 'record', sampleFile, '-o', file);
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => { complaints += chunk.toString(); });
  await once(child.stdout, 'data');
  child.stdout.destroy();
  await once(child, 'close');
  assert.match(complaints, /^\nRecorded @[\d,]+ in .*\n$/);
  assert.match((await bundles.run('info', file)).stdout, /^ended +closed while the guest was running$/m);
});
