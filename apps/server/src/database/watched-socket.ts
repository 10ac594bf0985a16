import { connect, type Socket } from 'node:net';

/** Where a database is, as the driver has read it from an address; several hosts are of one that has standbys. */
export type DatabaseAddress = { host: string[]; port: number[]; path?: string | false };

/** Looks at a silence so many times, so that one is noticed a quarter late at most. */
const looks = 4;

/**
 * A way to make the driver's connections: to each host in turn, and gone once nothing has come or gone for `silentMs`.
 * Where a database vanishes without a word (its machine, or the network on the way), what was asked of it would
 * otherwise wait as long as the system repeats what was sent: a quarter of an hour. A connection that nobody needs ends
 * as well, and is made anew with the next question.
 */
export function watchedSockets(silentMs: number): (address: DatabaseAddress) => Socket {
  let turn = 0;
  return ({ host, port, path }) => {
    const at = turn % host.length;
    turn += 1;
    const to = { host: host[at] ?? 'localhost', port: port[at] ?? 5432 };
    const socket = connect(path ? { path } : to);
    watch(socket, silentMs);
    // By its host the driver knows whose certificate it has to see.
    return Object.assign(socket, { host: to.host });
  };
}

function watch(socket: Socket, silentMs: number): void {
  let seen = 0;
  let silentLooks = 0;
  // The socket's own timeout would be lost: the driver takes all listeners off it where it goes on encrypted.
  const timer = setInterval(() => {
    if (socket.destroyed) {
      clearInterval(timer);
      return;
    }
    const bytes = socket.bytesRead + socket.bytesWritten;
    silentLooks = bytes === seen ? silentLooks + 1 : 0;
    seen = bytes;
    if (silentLooks >= looks) socket.destroy();
  }, silentMs / looks);
  timer.unref();
}
