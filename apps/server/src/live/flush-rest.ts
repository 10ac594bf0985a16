/** Up to so many times the duration of the flush. */
const maxRestPerWork = 10;
const maxRestMs = 25;

/**
 * How long to rest after a flush that took `workMs` and wrote so many events a session. Writing to a session costs
 * the same whatever is written, so where several events share a write it pays to let more gather. Where each has a
 * write of its own, in one room or in many, gathering would bring nothing but delay, and a rest as long as the work
 * lets commands have their turn.
 */
export function flushRestMs(workMs: number, eventsPerWrite: number): number {
  const gain = Math.max(0, eventsPerWrite - 1);
  const restPerWork = Math.min(1 + gain * maxRestPerWork, maxRestPerWork);
  return Math.min(workMs * restPerWork, maxRestMs);
}
