/**
 * Compiles the AssemblyScript in emulator/core/ to emulator/core/generated/core-wasm.ts. Does nothing if that is up to date:
 * its first line holds the hash of the sources and of the compiler's options.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const repository = path.resolve(import.meta.dirname, '..');
const coreFolder = path.join(repository, 'emulator/core');
const generatedFolder = path.join(coreFolder, 'generated');
const generatedFile = path.join(generatedFolder, 'core-wasm.ts');
const entry = 'emulator/core/core.ts';
const wasmFile = 'core.wasm';

const options = [
  entry, '--baseDir', repository, '--outFile', wasmFile,
  '-O3', '--runtime', 'stub', '--importMemory', '--noExportMemory',
  // Static data, should there be any, begins where layout.ts says.
  '--memoryBase', '1024',
  // A failed assertion becomes a WebAssembly trap.
  '--use', 'abort=',
];

/** AssemblyScript sources under `folder`, relative to the repository, sorted. */
function sourcesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => file.endsWith('.ts') && !file.startsWith(generatedFolder))
    .map((file) => path.relative(repository, file))
    .sort();
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  hash.update(readFileSync(path.join(repository, 'node_modules/assemblyscript/package.json'))).update(JSON.stringify(options.filter((option) => option !== repository)));
  for (const file of sourcesOf(coreFolder)) hash.update(`\0${file}\0`).update(readFileSync(path.join(repository, file)));
  return hash.digest('hex');
}

/** The compiled module, or undefined after the compiler's messages went to stderr. */
async function compile(): Promise<Uint8Array | undefined> {
  // Loading the compiler takes seconds, so only when there is work.
  const asc = await import('assemblyscript/asc');
  const written = new Map<string, Uint8Array>();
  const { error, stderr } = await asc.main(options, {
    writeFile: (name, contents) => {
      written.set(name, typeof contents === 'string' ? Buffer.from(contents) : contents);
    },
  });
  const messages = stderr.toString();
  if (messages !== '') process.stderr.write(messages);
  const wasm = written.get(wasmFile);
  if (error === null && wasm !== undefined) return wasm;
  process.stderr.write(`${entry}: the core module was not built: ${error?.message ?? 'the compiler wrote nothing'}\n`);
  return undefined;
}

async function main(): Promise<void> {
  const firstLine = `// Sources: ${hashOfSources()}`;
  if (existsSync(generatedFile) && readFileSync(generatedFile, 'utf8').startsWith(firstLine)) return;
  const wasm = await compile();
  if (wasm === undefined) {
    process.exitCode = 1;
    return;
  }
  const text = [
    firstLine,
    '/** The core module (WebAssembly), made by scripts/build-core.ts from emulator/core/. */',
    `export const coreWasmBase64 = '${Buffer.from(wasm).toString('base64')}';`,
    '',
  ].join('\n');
  mkdirSync(generatedFolder, { recursive: true });
  // Whoever reads it meanwhile sees the old file or the new one.
  const temporary = `${generatedFile}.${process.pid}`;
  writeFileSync(temporary, text);
  renameSync(temporary, generatedFile);
}

await main();
