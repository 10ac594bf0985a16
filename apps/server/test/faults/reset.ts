import type { Socket } from 'node:net';

/**
 * Ends a connection as a network does that has lost it: with a reset. One whose own end is just on its way is only
 * closed: Node fails to reset such a socket (EINVAL), forgets that it is open, and the process never ends, busy all the
 * while.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
