/** A moment as the protocol writes it: ISO 8601, UTC, milliseconds. */
export function timestamp(date: Date): string {
  return date.toISOString();
}

/** The same for a moment that may not have come. */
export function optionalTimestamp(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
