import type { Duplex } from 'node:stream';

/** How long a connection that has been told to end may take to read what was still sent to it. */
export const partingMs = 5_000;

/** Cuts a connection that is ending and would not: one that reads nothing would keep its buffers for ever. */
export function cutAfterParting(socket: Duplex): void {
  const overdue = setTimeout(() => socket.destroy(), partingMs);
  overdue.unref();
  socket.once('close', () => {
    clearTimeout(overdue);
  });
}
