/** TCP connections for a GDB server. */
import { createServer, type Socket } from 'node:net';
import { SoloDriver, type GdbDriver } from '../gdb-server/driver.ts';
import { GdbServer } from '../gdb-server/gdb-server.ts';
import type { Session } from '../session/session-types.ts';
import { UserError } from '../user-error.ts';
import { reason } from './node-host.ts';

export const LOOPBACK = '127.0.0.1';
/** A client that asks and does not read gets no more than this. */
const UNREAD_BYTES_MAX = 16 * 1024 * 1024;

export interface GdbListenOptions {
  /** 0 (default): any free port. */
  readonly port?: number;
  /** Address to listen on; by default only programs of this computer can connect: whoever connects controls the machine. */
  readonly host?: string;
  /** Gets a sentence about what GDB itself does not show. */
  readonly onNotice?: (sentence: string) => void;
}

export interface GdbEndpoint {
  readonly host: string;
  readonly port: number;
  /** What to type to connect. */
  readonly command: string;
  /** Closes the connection and listens no more. Resolves when nothing of a client moves the session any more. */
  close(): Promise<void>;
}

/** Serves a session that nobody else moves. */
export function serveGdb(session: Session, options: GdbListenOptions = {}): Promise<GdbEndpoint> {
  return listenForGdb(new SoloDriver(session), options);
}

export async function listenForGdb(driver: GdbDriver, { port = 0, host = LOOPBACK, onNotice }: GdbListenOptions = {}): Promise<GdbEndpoint> {
  const gdb = new GdbServer(driver, onNotice);
  const sockets = new Map<Socket, Promise<void>>();
  const server = createServer((socket) => {
    sockets.set(socket, serve(gdb, socket).finally(() => { sockets.delete(socket); }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => { reject(cannotListen(error, host, port)); });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    host, port: bound, command: `gdb-multiarch -ex 'target remote ${host.includes(':') ? `[${host}]` : host}:${bound}'`,
    close: async () => {
      server.close();
      const ended = [...sockets.values()];
      for (const socket of sockets.keys()) socket.destroy();
      await Promise.all(ended);
    },
  };
}

/** Resolves when the connection is over and what it had started has ended. */
function serve(gdb: GdbServer, socket: Socket): Promise<void> {
  socket.setNoDelay(true);
  const peer = gdb.connect({
    write: (bytes) => {
      if (!socket.writable) return;
      socket.write(bytes);
      if (socket.writableLength > UNREAD_BYTES_MAX) socket.destroy();
    },
    end: () => { socket.end(); },
  });
  socket.on('data', (bytes) => { peer.receive(bytes); });
  // 'close' follows.
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.once('close', () => { void peer.closed().finally(resolve); });
  });
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): UserError {
  if (error.code === 'EADDRINUSE') return new UserError(`Port ${port} is in use: choose another one, or 0 for any free one.`);
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') return new UserError(`${host} is not an address of this computer: choose one, such as ${LOOPBACK}.`);
  return new UserError(`Cannot listen on ${host}, port ${port}: ${reason(error)}; choose another port.`);
}
