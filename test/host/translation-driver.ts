/** Bundled and run by translation-cache.test.ts: boots the sample guest with the cache of translated code, and says what it did. */
import { readFileSync } from 'node:fs';
import { createEngine } from '../../emulator/engine/engine.ts';
import { nodeHost } from '../../emulator/host/node-host.ts';
import { Machine, NO_CONDITIONS } from '../../emulator/machine/machine.ts';
import type { MachineConfiguration } from '../../emulator/machine/machine-types.ts';
import { Replayer } from '../../emulator/record/replayer.ts';

const [, , elf = '', instructions = '0'] = process.argv;
const configuration: MachineConfiguration = { memorySizeBytes: 1 << 24, images: [{ name: 'guest.elf', kind: 'elf', bytes: new Uint8Array(readFileSync(elf)) }] };
const kept = nodeHost.translations?.(configuration.images);
const engine = createEngine({ translateAfter: 1, ...(kept === undefined ? {} : { regionStore: kept.store, compile: kept.compile }) });
const machine = new Machine(engine, configuration);
const door = new Replayer([{ at: 0, kind: 'rtc-base', ns: '1700000000000000000' }], 1e12);
door.rewind(0);
machine.run(Number(instructions), NO_CONDITIONS, door);
kept?.save();
process.stdout.write(JSON.stringify({ digest: machine.digest(), isKept: kept !== undefined, ...engine.translation }));
