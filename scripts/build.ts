/**
 * Compiles the core to WebAssembly, then bundles the command line, the extension, the debug adapter and the webviews into dist/.
 *   --watch   bundles again whenever a source changes
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build, context, type BuildOptions } from 'esbuild';

const repository = path.resolve(import.meta.dirname, '..');
const dist = path.join(repository, 'dist');

const { values } = parseArgs({ options: { watch: { type: 'boolean' } } });

function buildCore(): void {
  execFileSync(process.execPath, ['--import', 'tsx', path.join(repository, 'scripts/build-core.ts')], { cwd: repository, stdio: 'inherit' });
}

const common: BuildOptions = {
  absWorkingDir: repository, bundle: true, sourcemap: 'linked', sourcesContent: false, legalComments: 'none', logLevel: 'warning', charset: 'utf8',
};

const node: BuildOptions = { ...common, platform: 'node', target: 'node20', outdir: dist };

/** VS Code 1.90 loads extensions as CommonJS. */
const commonJs: BuildOptions = {
  ...node, format: 'cjs', outExtension: { '.js': '.cjs' }, external: ['vscode'],
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'importMetaUrl', 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
};

/** Bundled dependencies that are CommonJS still want `require` for Node's modules. */
const esModule: BuildOptions = {
  ...node, format: 'esm', outExtension: { '.js': '.mjs' },
  banner: { js: "#!/usr/bin/env node\nimport { createRequire as createRequireForBundle } from 'node:module';\nconst require = createRequireForBundle(import.meta.url);" },
};

function webviewEntries(): Record<string, string> {
  const folder = path.join(repository, 'extension/webviews');
  const entries: Record<string, string> = {};
  for (const { name } of readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isDirectory())) {
    const main = path.join(folder, name, 'main.ts');
    if (existsSync(main)) entries[name] = main;
  }
  return entries;
}

function bundles(): BuildOptions[] {
  return [
    { ...esModule, entryPoints: { cli: 'emulator/cli/main.ts', 'pack-translations': 'emulator/host/pack-translations.ts' } },
    { ...commonJs, entryPoints: { extension: 'extension/extension.ts', 'debug-adapter': 'debug-adapter/main.ts' } },
    // A style sheet that main.ts imports becomes NAME.css beside NAME.js.
    {
      ...common, entryPoints: webviewEntries(), outdir: path.join(dist, 'webviews'), platform: 'browser', format: 'iife', target: 'chrome122',
      loader: { '.svg': 'dataurl', '.ttf': 'dataurl' },
    },
  ];
}

async function main(): Promise<void> {
  buildCore();
  if (values.watch === true) {
    for (const options of bundles()) await (await context({ ...options, logLevel: 'info' })).watch();
    return;
  }
  mkdirSync(dist, { recursive: true });
  for (const name of readdirSync(dist)) if (/\.[cm]js(\.map)?$/.test(name) || name === 'webviews') rmSync(path.join(dist, name), { recursive: true });
  const results = await Promise.allSettled(bundles().map(options => build(options)));
  if (results.some(result => result.status === 'rejected')) {
    process.exitCode = 1; // esbuild has said why
    return;
  }
  chmodSync(path.join(dist, 'cli.mjs'), 0o755);
}

await main();
