import { setTimeout as delay } from 'node:timers/promises';
import { openDatabase } from '../../src/database/client.ts';
import { readHead } from '../../src/log/head.ts';

const lookEveryMs = 10;

/** Knows when what was appended to the log became visible to the whole database, by looking all the time. */
export type CommitWatch = {
  /** A moment before the position was committed, by a few milliseconds, as `performance.now()` has it. */
  at(position: number): number;
  stop(): Promise<void>;
};

export async function watchCommits(databaseUrl: string): Promise<CommitWatch> {
  const client = openDatabase(databaseUrl, { maxConnections: 1 });
  const seen: { position: number; notBefore: number }[] = [];
  let lookedAt = performance.now();
  const look = async () => {
    const at = performance.now();
    const { position } = await readHead(client.db);
    // The look before did not see it, so it was not there when that began: time is measured too long, never short.
    if (position > (seen.at(-1)?.position ?? -1)) seen.push({ position, notBefore: lookedAt });
    lookedAt = at;
  };
  await look();
  let isStopped = false;
  const stopped = () => isStopped;
  const watching = (async () => {
    while (!stopped()) {
      await look();
      await delay(lookEveryMs);
    }
  })();
  return {
    at: (position) => {
      const first = seen.find((each) => each.position >= position);
      if (!first) throw new Error(`position ${position} has not been seen`);
      return first.notBefore;
    },
    stop: async () => {
      isStopped = true;
      await watching;
      await client.close();
    },
  };
}
