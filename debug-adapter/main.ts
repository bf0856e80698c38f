/** Entry point of the debug adapter process: DAP on standard input and output, or with `--port N` on a loopback port. */
import { serveStdio, serveTcp } from './server.ts';

const PORT_MAX = 65_535;

function fail(message: string): never {
  process.stderr.write(`chronovisor: ${message}\n`);
  process.exit(2);
}

function portOf(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > PORT_MAX) fail(`'${text}' is no port: give a number from 0 to ${PORT_MAX}, 0 for any free one.`);
  return Number(text);
}

const flag = process.argv.indexOf('--port');
if (flag < 0) serveStdio();
else serveTcp(portOf(process.argv[flag + 1] ?? ''), (port) => process.stderr.write(`Debug adapter listening on 127.0.0.1:${port}\n`), fail);
