/** Makes dist/chronovisor-VERSION.vsix, which holds everything: it needs no node_modules, compiler or anything else beside it. */
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { createVSIX } from '@vscode/vsce';

const repository = path.resolve(import.meta.dirname, '..');
const { name, version } = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8')) as { name: string; version: string };
const packagePath = path.join(repository, 'dist', `${name}-${version}.vsix`);

mkdirSync(path.dirname(packagePath), { recursive: true });
await createVSIX({ cwd: repository, packagePath, dependencies: false, allowMissingRepository: true, rewriteRelativeLinks: false });
console.log(`${path.relative(repository, packagePath)}: ${(statSync(packagePath).size / 1024).toFixed(0)} KiB`);
