/** For each event that a flush carried, so many times its own duration; up to the most. */
const restPerEvent = 2;
const maxRestPerWork = 10;
const maxRestMs = 50;

/**
 * How long to rest after a flush that took `workMs` and carried so many events. Writing to a session costs the same
 * whatever is written, so where events come faster than they are written it pays to let more gather. One that came
 * alone is no sign of that: the next should leave at once, or soon.
 */
export function flushRestMs(workMs: number, eventCount: number): number {
  const restPerWork = Math.min(restPerEvent * Math.max(1, eventCount), maxRestPerWork);
  return Math.min(workMs * restPerWork, maxRestMs);
}
