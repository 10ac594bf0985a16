import type { Logger } from 'pino';
import type { Database } from '../database/client.ts';
import { deleteSpentTokens } from '../features/accounts/queries.ts';
import type { FileFolder } from '../files/folder.ts';
import { pruneFiles } from '../files/prune-files.ts';
import { pruneLog } from '../log/prune.ts';

const dayMs = 24 * 3600 * 1000;
/** A client that was away for longer takes a fresh snapshot instead of the events that it missed. */
const logKeptForMs = 30 * dayMs;
const everyMs = 6 * 3600 * 1000;
/** Soon after a start, or a server that is stopped every evening would never come to it. */
const firstMs = 60 * 1000;

/** Takes away what nobody can ask for any more, soon, then now and then. Returns what stops it. */
export function keepPruned(options: {
  db: Database;
  files: FileFolder;
  log: Logger;
  now?: () => Date;
  random?: () => number;
  firstAfterMs?: number;
}): () => void {
  const { db, files: folder, log, now = () => new Date(), random = Math.random } = options;
  let timer: NodeJS.Timeout | undefined;
  const prune = async () => {
    const prunedThrough = await pruneLog(db, new Date(now().getTime() - logKeptForMs));
    const refreshTokens = await deleteSpentTokens(db, now());
    const files = await pruneFiles(db, folder, now());
    log.info({ prunedThrough, refreshTokens, files }, 'what nobody can ask for was pruned');
  };
  const schedule = (afterMs: number) => {
    timer = setTimeout(
      () => {
        prune().catch((error: unknown) => {
          log.warn({ err: error }, 'what nobody can ask for could not all be pruned');
        });
        schedule(everyMs);
      },
      afterMs * (0.8 + random() * 0.4),
    );
    timer.unref();
  };
  schedule(options.firstAfterMs ?? firstMs);
  return () => clearTimeout(timer);
}
