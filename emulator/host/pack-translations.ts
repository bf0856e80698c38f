/** A program of its own: makes optimized machine code for a file of translated code, and puts it into the file. `pack-translations FILE` */
import { constants, setPriority } from 'node:os';
import { assembleRegions } from '../engine/region-module.ts';
import { optimizedCodeOf } from './native-code.ts';
import { readTranslations, REGIONS, writeTranslations, type PackedModule, type TranslationFile } from './translation-file.ts';

function packed({ regions, engineModules }: TranslationFile): readonly PackedModule[] {
  return [{ name: REGIONS, bytes: assembleRegions(regions.map((region) => region.function)) }, ...engineModules].flatMap((module) => {
    const native = optimizedCodeOf(module.bytes);
    return native === undefined ? [] : [{ ...module, native }];
  });
}

const [, , file] = process.argv;
const content = file === undefined ? undefined : readTranslations(file);
if (file === undefined || content === undefined) {
  process.exitCode = 1;
} else if (content.packed === undefined) {
  setPriority(constants.priority.PRIORITY_LOW);
  writeTranslations(file, { ...content, packed: packed(content) });
}
