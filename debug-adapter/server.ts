/** Where connections come from. */
import { createServer } from 'node:net';
import { Adapter } from './adapter.ts';

/** One session on standard input and output; the process ends with it. */
export function serveStdio(): void {
  const adapter = new Adapter();
  const end = (): void => {
    // What was sent last is written first.
    void adapter.shutdown().finally(() => process.stdout.write('', () => process.exit(0)));
  };
  adapter.on('close', end);
  adapter.on('error', end);
  process.once('SIGTERM', end);
  adapter.start(process.stdin, process.stdout);
}

/** A session for each connection on 127.0.0.1:`port`; never on other interfaces: whoever connects controls the machine. */
export function serveTcp(port: number, announce: (port: number) => void, fail: (message: string) => void): void {
  const server = createServer((socket) => {
    const adapter = new Adapter();
    const end = (): void => {
      void adapter.shutdown().finally(() => socket.destroySoon());
    };
    adapter.on('close', end);
    adapter.on('error', end);
    adapter.start(socket, socket);
  });
  server.on('error', (error: NodeJS.ErrnoException) => {
    fail(error.code === 'EADDRINUSE' ? `port ${port} is in use: choose another one, or 0 for any free one.` : `cannot listen on port ${port}: ${error.message}.`);
  });
  server.listen(port, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object' && address !== null) announce(address.port);
  });
}
