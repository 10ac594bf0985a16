import type { Client } from '../sync/client.ts';

const lookEveryMs = 50;

/**
 * Resolves once nothing more waits that could be sent, at the latest after so long. What could not be sent is kept for the
 * next start.
 */
export async function untilSent(
  clients: readonly Pick<Client, 'status' | 'isFlushed'>[],
  withinMs: number,
): Promise<void> {
  const isDone = () =>
    clients.every(({ status, isFlushed }) => isFlushed || status.kind !== 'online');
  const deadline = performance.now() + withinMs;
  while (!isDone() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
