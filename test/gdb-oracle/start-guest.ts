/** A guest in a session, and its symbols as the debug adapter loads them. */
import path from 'node:path';
import { inflateSync } from 'node:zlib';
import { SymbolSet } from '../../debug-adapter/symbol-set.ts';
import { ElfFile } from '../../debug-adapter/symbols/elf-file.ts';
import { Program } from '../../debug-adapter/symbols/program.ts';
import { createLiveSession, type Session } from '../../emulator/index.ts';
import { testHost } from '../session/sessions.ts';
import { buildGuest, bytesOfGuest } from './guests.ts';
import type { Guest } from './guests.ts';

const MEMORY_BYTES = 4 * 2 ** 20;

export interface StartedGuest {
  readonly file: string;
  readonly elf: ElfFile;
  readonly session: Session;
  readonly program: Program;
  readonly symbols: SymbolSet;
}

export function startGuest(guest: Guest): StartedGuest {
  const file = buildGuest(guest);
  const bytes = bytesOfGuest(file);
  const name = path.basename(file);
  const session = createLiveSession({ configuration: { memorySizeBytes: MEMORY_BYTES, images: [{ name, kind: 'elf', bytes }] }, idle: 'skip' }, testHost());
  const program = new Program(bytes, name, (compressed) => new Uint8Array(inflateSync(compressed)), { path: file });
  return { file, session, program, elf: new ElfFile(bytes, name), symbols: new SymbolSet([program], new Map(), file) };
}
