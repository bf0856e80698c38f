/** Bundles test/e2e/suite for the extension host, which loads CommonJS. */
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { repository } from './paths.ts';

/** Returns the module to give as extensionTestsPath. */
export async function bundleSuite(): Promise<string> {
  const source = path.join(repository, 'test/e2e/suite');
  const target = path.join(repository, 'dist/test');
  rmSync(target, { recursive: true, force: true });
  await build({
    entryPoints: readdirSync(source).filter(file => file === 'index.ts' || file.endsWith('.test.ts')).map(file => path.join(source, file)),
    outdir: target, outExtension: { '.js': '.cjs' }, bundle: true, platform: 'node', format: 'cjs', target: 'node20', sourcemap: 'inline',
    external: ['vscode', 'mocha'], define: { 'import.meta.dirname': '__dirname' }, logLevel: 'warning',
  });
  return path.join(target, 'index.cjs');
}
