import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** So long a request may take to come in. */
const bodyWithinMs = 30_000;
/** The same of one that brings a part of a file: who sends it sees to it that something comes. */
export const fileWithinMs = 3_600_000;

/**
 * Cuts requests whose body takes too long. Node has one such time for all of a server, which would have to be as long
 * as the longest upload may take.
 */
export function limitBodies(
  server: Server,
  isFile: (incoming: IncomingMessage) => boolean,
  withinMs = bodyWithinMs,
): void {
  server.prependListener('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (incoming.complete || isFile(incoming)) return;
    const { headers } = incoming;
    const hasBody =
      headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    if (!hasBody) return;
    const overdue = setTimeout(() => incoming.socket.destroy(), withinMs);
    overdue.unref();
    const over = () => {
      clearTimeout(overdue);
    };
    incoming.once('end', over);
    outgoing.once('close', over);
  });
}
