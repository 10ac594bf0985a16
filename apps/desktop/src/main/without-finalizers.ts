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
 * From here on whatever is loaded has no finalizers. One that is due when the app ends keeps it from ever ending, busy
 * all the while (https://github.com/nodejs/node/issues/47748). Node's classes for requests, which Electron makes for
 * every file of the page and every answer, have them for requests that can be aborted, and are loaded once somebody asks
 * for one of them: so this comes before anything else. Without them a request's listener goes with the request's own
 * signal.
 */
export function doWithoutFinalizers(): void {
  globalThis.FinalizationRegistry = NoFinalizers;
}
