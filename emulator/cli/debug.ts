/** `debug`: the debug adapter, for editors other than VS Code and for remote ones. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { UserError } from '../user-error.ts';
import { parseInteger } from './options.ts';

const PORT_MAX = 65535;

export function addDebugCommand(root: Command): void {
  root.command('debug')
    .description('Serve the Debug Adapter Protocol, on standard input and output or on a loopback port.')
    .option('--port <port>', 'listen on 127.0.0.1:PORT instead (0 = any free port); each connection is a debug session')
    .addHelpText('after', `
VS Code starts the adapter by itself; this command is for other editors. What to debug comes with the client's
launch request: {"program": "firmware.elf"} to boot and record, {"recording": "bug.chrono"} to go through a recording.

Example:
  $ chronovisor debug --port 4711`)
    .action(debug);
}

/** The adapter is a layer above the emulator, so it is a program of its own: the bundle next to this one. */
async function debug({ port }: { port?: string }): Promise<void> {
  const number = port === undefined ? undefined : parseInteger(port, '--port');
  if (number !== undefined && number > PORT_MAX) throw new UserError(`--port: ${number} is not a port; ports go from 0 to ${PORT_MAX}.`);
  const bundle = fileURLToPath(new URL('./debug-adapter.cjs', import.meta.url));
  const child = spawn(process.execPath, [bundle, ...(number === undefined ? [] : ['--port', String(number)])], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise<number>((resolve) => child.once('exit', (code) => { resolve(code ?? 0); }));
}
