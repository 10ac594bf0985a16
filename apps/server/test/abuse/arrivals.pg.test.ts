import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { startProcessWorld } from '../process-world.ts';
import { connectRaw } from './raw.ts';

/** More than Node lets wait by itself, and fewer than Linux lets any server have. */
const count = 1_500;

describe('those who come back all at once', () => {
  it.each(['1', '2'])(
    'are let in while the server is busy, with PARLEY_WORKERS=%s',
    async (workers) => {
      const world = await startProcessWorld({ PARLEY_WORKERS: workers });
      // Stopped, it takes nobody: whom the system does not hold for it tries again and again in vain.
      world.server.signal('SIGSTOP');
      const arrivals = Array.from({ length: count }, () => connectRaw(world.url, ''));
      const isLetIn = async ({ socket }: (typeof arrivals)[number]): Promise<boolean> => {
        const signal = AbortSignal.timeout(20_000);
        return once(socket, 'connect', { signal }).then(
          () => true,
          () => false,
        );
      };
      const letIn = await Promise.all(arrivals.map(isLetIn));
      for (const { socket } of arrivals) socket.destroy();
      world.server.signal('SIGCONT');
      await world.close();
      expect(letIn.filter(Boolean)).toHaveLength(count);
    },
    90_000,
  );
});
