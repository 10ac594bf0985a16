/** Never calls anybody back. */
class NoFinalizers<T> implements FinalizationRegistry<T> {
  readonly [Symbol.toStringTag] = 'FinalizationRegistry';

  register(): void {
    // What is let go is let go with all that it holds.
  }

  unregister(): boolean {
    return false;
  }
}

/**
 * Loads Node's classes for requests, which Electron's `fetch` uses, without the finalizers that they have for requests
 * that can be aborted. One that is due when the app ends keeps it from ever ending, busy all the while
 * (https://github.com/nodejs/node/issues/47748). Without them a request's listener goes with the request's own signal.
 */
export function loadFetchWithoutFinalizers(): void {
  const usual = globalThis.FinalizationRegistry;
  globalThis.FinalizationRegistry = NoFinalizers;
  try {
    // They are loaded once somebody asks for one of them.
    new Request('https://parley.invalid');
  } finally {
    globalThis.FinalizationRegistry = usual;
  }
}
