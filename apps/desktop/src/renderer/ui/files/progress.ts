/** How much of a file has come through, from 0 to 1. An empty one is through as soon as it is begun. */
export function partDone(bytes: number, doneBytes: number): number {
  return bytes === 0 ? 1 : Math.min(1, Math.max(0, doneBytes / bytes));
}
