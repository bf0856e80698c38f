/** Translated code on disk: used by the next start, harmless when it is damaged, old or cannot be written. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { buildSync } from 'esbuild';
import { moduleFromCode } from '../../emulator/host/native-code.ts';
import { readTranslations, writeTranslations } from '../../emulator/host/translation-file.ts';
import { SAMPLE_ELF } from '../bench/bench-guests.ts';

const INSTRUCTIONS = 10_000_000;
const repository = path.resolve(import.meta.dirname, '../..');
const banner = { js: "import { createRequire as createRequireForBundle } from 'node:module';\nconst require = createRequireForBundle(import.meta.url);" };

interface Outcome {
  readonly digest: unknown;
  readonly isKept: boolean;
  readonly translations: number;
  readonly adoptions: number;
  readonly errors: string;
}

describe('the cache of translated code', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'chronovisor-translations-'));
  const script = (name: string): string => path.join(folder, 'bundles', `${name}.mjs`);
  before(() => {
    for (const [name, entry] of [['translation-driver', 'test/host/translation-driver.ts'], ['packer', 'emulator/host/pack-translations.ts']] as const) {
      buildSync({ absWorkingDir: repository, bundle: true, platform: 'node', target: 'node20', format: 'esm', logLevel: 'warning', banner, entryPoints: [entry], outfile: script(name) });
    }
  });
  after(() => { rmSync(folder, { recursive: true, force: true }); });

  function run(cache: string, environment: Record<string, string> = {}): Outcome {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script('translation-driver'), SAMPLE_ELF, String(INSTRUCTIONS)], {
      encoding: 'utf8', env: { ...process.env, CHRONOVISOR_TRANSLATIONS: cache, ...environment },
    });
    assert.equal(status, 0, stderr);
    return { ...(JSON.parse(stdout) as Omit<Outcome, 'errors'>), errors: stderr };
  }

  function fileIn(cache: string): string {
    const [name, ...others] = readdirSync(cache);
    assert.ok(name !== undefined && others.length === 0, `one file in ${cache}`);
    return path.join(cache, name);
  }

  /** A cache that one run has filled. */
  function filled(name: string): { readonly cache: string; readonly file: string; readonly first: Outcome } {
    const cache = path.join(folder, name);
    const first = run(cache);
    return { cache, file: fileIn(cache), first };
  }

  /** Which places are entries depends on what was there first, so a few regions are made anew. */
  function assertReused(second: Outcome, first: Outcome): void {
    assert.deepEqual(second.digest, first.digest);
    assert.ok(second.translations * 5 < first.translations, `${second.translations} translations, ${first.translations} before`);
    assert.ok(second.adoptions > 0);
  }

  it('makes the next start translate nearly nothing, with the same state', () => {
    const { cache, first } = filled('again');
    assert.ok(first.translations > 16 && first.adoptions < first.translations);
    const second = run(cache);
    assertReused(second, first);
  });

  it('holds machine code once the packer was there, which the next start uses', () => {
    const { cache, file, first } = filled('packed');
    execFileSync(process.execPath, [script('packer'), file]);
    const packed = readTranslations(file)?.packed;
    assert.ok(packed !== undefined);
    assert.deepEqual(packed.map(({ name }) => name.replace(/ .*/, '')), ['regions', 'core', 'support', 'interpreter']);
    for (const { bytes, native } of packed) {
      assert.ok(native.length > bytes.length / 2, 'machine code was made');
      assert.ok(moduleFromCode(bytes, native) !== undefined, 'V8 takes it');
    }
    const second = run(cache);
    assertReused(second, first);
  });

  it('is ignored where V8 does not take the machine code', () => {
    const { cache, file, first } = filled('strange');
    execFileSync(process.execPath, [script('packer'), file]);
    const content = readTranslations(file);
    assert.ok(content?.packed !== undefined);
    const packed = content.packed.map(({ native, ...module }) => ({ ...module, native: native.slice().fill(0xff, 0, 16) }));
    for (const { bytes, native } of packed) assert.equal(moduleFromCode(bytes, native), undefined);
    writeTranslations(file, { ...content, packed });
    const second = run(cache);
    assertReused(second, first);
  });

  it('is made again after bytes of it were changed, wherever', () => {
    const { cache, file, first } = filled('flipped');
    const whole = readFileSync(file);
    for (const at of [0, 9, 40, Math.floor(whole.length / 2), whole.length - 1]) {
      const flipped = Buffer.from(whole);
      flipped.writeUInt8((flipped[at] ?? 0) ^ 0x10, at);
      writeFileSync(file, flipped);
      assert.equal(readTranslations(file), undefined, `byte ${at}`);
    }
    writeFileSync(file, whole.subarray(0, whole.length - 100));
    const second = run(cache);
    assert.deepEqual(second.digest, first.digest);
    assert.equal(second.translations, first.translations);
    assert.ok(readTranslations(file) !== undefined, 'the file is whole again');
  });

  it('says so once and goes on where the folder cannot be written', () => {
    // A file where the folder should be: a superuser may write anywhere else.
    const cache = path.join(folder, 'unwritable');
    writeFileSync(cache, '');
    const outcome = run(cache);
    assert.match(outcome.errors, /^The translated code of this guest could not be kept in .*unwritable \(.*\); it starts no faster the next time\. Make the folder writable.*\n$/);
  });

  it('can be switched off', () => {
    const cache = path.join(folder, 'cache');
    assert.equal(run('off', { XDG_CACHE_HOME: cache }).isKept, false);
    assert.equal(existsSync(cache), false);
  });
});
