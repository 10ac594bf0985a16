/** The shortest of some runs in milliseconds: the one that had a processor for itself, also where others want it. */
export function fastestMs(work: () => unknown, times = 7): number {
  const took = Array.from({ length: times }, () => {
    const startedAt = performance.now();
    work();
    return performance.now() - startedAt;
  });
  return Math.min(...took);
}

/**
 * Measures until one run is below the bound, `times` at most; the shortest in milliseconds. A machine that does other
 * things as well delays one run, a promise that is broken delays all.
 */
export async function shortestMs(
  boundMs: number,
  measure: () => Promise<number>,
  times = 3,
): Promise<number> {
  let shortest = Infinity;
  for (let time = 0; time < times && shortest >= boundMs; time += 1) {
    shortest = Math.min(shortest, await measure());
  }
  return shortest;
}
