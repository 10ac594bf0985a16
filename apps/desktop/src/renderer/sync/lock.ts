/** What is used of the browser's lock manager. */
export type Locks = {
  request: (
    name: string,
    options: { ifAvailable?: boolean; signal?: AbortSignal },
    callback: (lock: unknown) => Promise<void>,
  ) => Promise<unknown>;
};

/**
 * Runs `onHeld` once the lock is held, and holds it until the release that is returned. Resolves when `onHeld` is
 * through, or at once when somebody else holds the lock; it is then run when they let go.
 */
export async function holdLock(
  locks: Locks,
  name: string,
  onHeld: () => Promise<void>,
): Promise<() => void> {
  const waiting = new AbortController();
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  await new Promise<void>((settle, reject) => {
    const hold = async () => {
      await onHeld();
      settle();
      await released;
    };
    locks
      .request(name, { ifAvailable: true }, async (lock) => {
        if (lock !== null) await hold();
        else {
          locks.request(name, { signal: waiting.signal }, hold).catch(ignoreAbort);
          settle();
        }
      })
      .catch(reject);
  });
  return () => {
    waiting.abort();
    release();
  };
}

/** That nobody waits for the lock any more is no failure. */
function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error;
}

export function runtimeLocks(): Locks | null {
  // Missing on pages from plain http, where nothing keeps two tabs apart but the nonces.
  const { navigator } = globalThis as { navigator?: { locks?: Locks } };
  return navigator?.locks ?? null;
}
