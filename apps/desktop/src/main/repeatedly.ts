/** Does something now and then until the app ends, a fifth sooner or later each time. One run ends before the next. */
export function repeatedly(
  everyMs: number,
  work: () => Promise<void>,
  report: (what: string, error: unknown) => void,
): void {
  setTimeout(
    () => {
      work()
        .catch((error: unknown) => {
          report('a round failed', error);
        })
        .finally(() => {
          repeatedly(everyMs, work, report);
        });
    },
    everyMs * (0.8 + Math.random() * 0.4),
  );
}
