/** Entry point of the debug adapter process: DAP on standard input and output, or with `--port N` on a loopback port. */
import { serveStdio, serveTcp } from './server.ts';

const flag = process.argv.indexOf('--port');
if (flag < 0) serveStdio();
else {
  serveTcp(Number(process.argv[flag + 1]), (port) => process.stderr.write(`Debug adapter listening on 127.0.0.1:${port}\n`), (message) => {
    process.stderr.write(`chronovisor: ${message}\n`);
    process.exit(2);
  });
}
