import type { Logger } from 'pino';
import type { Database } from '../database/client.ts';
import { pruneLog } from '../log/prune.ts';

const dayMs = 24 * 3600 * 1000;
/** A client that was away for longer takes a fresh snapshot instead of the events that it missed. */
const keptForMs = 30 * dayMs;
const everyMs = 6 * 3600 * 1000;
/** Soon after a start, or a server that is stopped every evening would never come to it. */
const firstMs = 60 * 1000;

/** Prunes the log soon, then now and then. Returns what stops it. */
export function keepLogPruned(options: {
  db: Database;
  log: Logger;
  now?: () => Date;
  random?: () => number;
  firstAfterMs?: number;
}): () => void {
  const { db, log, now = () => new Date(), random = Math.random } = options;
  let timer: NodeJS.Timeout | undefined;
  const schedule = (afterMs: number) => {
    timer = setTimeout(
      () => {
        pruneLog(db, new Date(now().getTime() - keptForMs)).then(
          (prunedThrough) => log.info({ prunedThrough }, 'the log was pruned'),
          (error: unknown) => log.warn({ err: error }, 'the log could not be pruned'),
        );
        schedule(everyMs);
      },
      afterMs * (0.8 + random() * 0.4),
    );
    timer.unref();
  };
  schedule(options.firstAfterMs ?? firstMs);
  return () => clearTimeout(timer);
}
