/**
 * A signal that aborts after so many milliseconds, as `AbortSignal.timeout` does. Not by that: Node cleans up after its
 * signals in a way that can keep an app from ever ending, busy all the while, where one was collected shortly before
 * (https://github.com/nodejs/node/issues/47748).
 */
export function abortAfter(ms: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => {
    controller.abort(new DOMException('It took too long.', 'TimeoutError'));
  }, ms);
  return controller.signal;
}
