/** Up to so many times the duration of the flush. */
const maxRestPerWork = 10;
const maxRestMs = 25;

/** What a flush took and what it wrote. */
export type FlushWork = {
  workMs: number;
  eventsPerWrite: number;
  /** How many events came together, by one commit, on average. */
  eventsPerCommit: number;
};

/**
 * How long to rest after a flush. Writing to a session costs the same whatever is written, so where several events
 * share a write it pays to let more gather. Where each has a write of its own, in one room or in many, gathering would
 * bring nothing but delay, and a rest as long as the work lets commands have their turn. The same holds where each was
 * committed by itself: there is no load then, and events that share a write do so because of the last rest, which must
 * not be the reason for the next.
 */
export function flushRestMs({ workMs, eventsPerWrite, eventsPerCommit }: FlushWork): number {
  const gain = Math.max(0, Math.min(eventsPerWrite, eventsPerCommit) - 1);
  const restPerWork = Math.min(1 + gain * maxRestPerWork, maxRestPerWork);
  return Math.min(workMs * restPerWork, maxRestMs);
}
