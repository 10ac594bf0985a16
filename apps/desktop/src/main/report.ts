/** Troubles of the app go to standard error: never a token, never what somebody wrote. */
export function report(what: string, error: unknown): void {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  process.stderr.write(`parley: ${what}: ${text}\n`);
}
