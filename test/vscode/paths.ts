/** Places of the repository that the rig uses. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const repository = path.resolve(import.meta.dirname, '../..');
export const sampleFolder = path.join(repository, 'guests', 'heisenbug');

/** Where tests leave screenshots and reports; not part of the repository. */
export function outputFolder(): string {
  const folder = path.join(repository, 'test-output');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The package that `npm run package` made of the present version. */
export function packagedExtension(): string {
  const { name, version } = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8')) as { name: string; version: string };
  const file = path.join(repository, 'dist', `${name}-${version}.vsix`);
  if (!existsSync(file)) throw new Error(`${path.relative(repository, file)} is missing; run: npm run package`);
  return file;
}
