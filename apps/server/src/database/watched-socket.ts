import { Socket } from 'node:net';

/** Where a database is, as the driver has read it from an address; several hosts are of one that has standbys. */
export type DatabaseAddress = { host: string[]; port: number[]; path?: string | false };

/**
 * Tells of an error together with its end. Node tells of the end a moment later, and what the driver is asked in
 * between goes to the connection that is lost already: nobody answers it, and it is never settled
 * (`closed` in https://github.com/porsager/postgres/blob/v3.4.9/src/connection.js). Where the driver goes on encrypted,
 * it has a socket of its own, and there the moment remains.
 */
class DatabaseSocket extends Socket {
  #failure: { error: unknown } | null = null;

  override emit(event: string | symbol, ...data: unknown[]): boolean {
    if (event === 'error') {
      this.#failure ??= { error: data[0] };
      return true;
    }
    if (event === 'close' && this.#failure && this.listenerCount('error') > 0) {
      super.emit('error', this.#failure.error);
    }
    return super.emit(event, ...data);
  }
}

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
    const socket = new DatabaseSocket();
    socket.connect(path ? { path } : to);
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
