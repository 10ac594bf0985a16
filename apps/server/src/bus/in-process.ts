import type { Bus, Hint } from './bus.ts';

/** The bus of a server that is a single process: listeners are called at once, in the order of subscribing. */
export function createInProcessBus(): Bus {
  const listeners = new Set<(hint: Hint) => void>();
  return {
    publish(hint) {
      for (const listener of listeners) listener(hint);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    isReachable: () => true,
    close() {
      listeners.clear();
      return Promise.resolve();
    },
  };
}
