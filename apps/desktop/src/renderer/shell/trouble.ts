/** Something went wrong that the person needs not be told of: for whoever looks into it. */
export function reportTrouble(trouble: string, error: unknown): void {
  // eslint-disable-next-line no-console -- the console is the log that a page has
  console.warn(`parley: ${trouble}`, error);
}
