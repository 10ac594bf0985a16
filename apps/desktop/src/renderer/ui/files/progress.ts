/** How much of a file is sent, from 0 to 1. An empty one is sent as soon as it is begun. */
export function partSent(bytes: number, sentBytes: number): number {
  return bytes === 0 ? 1 : Math.min(1, Math.max(0, sentBytes / bytes));
}
