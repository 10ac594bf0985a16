import type { IDBPDatabase, IDBPTransaction } from 'idb';
import { z } from 'zod';
import { Snapshot } from '@parley/shared/protocol/commands/sync.ts';
import { Message } from '@parley/shared/protocol/message.ts';
import { User } from '@parley/shared/protocol/user.ts';
import type { CachedView } from './storage.ts';
import type { Tables } from './tables.ts';

/** Rises when what is stored takes another shape; what was stored is then thrown away and fetched anew. */
const viewFormat = 3;

const viewTables = ['head', 'users', 'conversations', 'timelines'] as const;
type RowTable = Exclude<(typeof viewTables)[number], 'head'>;
type ViewTransaction = IDBPTransaction<Tables, typeof viewTables, 'readwrite'>;

const Stored = z.object({
  head: Snapshot.omit({ users: true, channels: true }).extend({
    format: z.literal(viewFormat),
  }),
  users: z.array(User),
  channels: Snapshot.shape.channels,
  timelines: z.array(z.object({ channelId: z.string(), messages: z.array(Message) })),
});
const Writer = z.object({ writer: z.string() });

/** What is in storage, row by row, as this program knows it. */
type Rows = Record<RowTable, ReadonlyMap<string, unknown>>;

/**
 * The view in storage. Only rows that changed are written, with the position that they belong to, in one
 * transaction; a view that another tab wrote meanwhile is replaced as a whole.
 */
export class StoredView {
  readonly #db: IDBPDatabase<Tables>;
  /** Names this tab, which knows only of what it wrote itself. */
  readonly #writer: string;
  #written: Rows | null = null;

  constructor(db: IDBPDatabase<Tables>, writer: string) {
    this.#db = db;
    this.#writer = writer;
  }

  /** Null when there is none, or none that can be read: that one is thrown away. */
  async load(): Promise<CachedView | null> {
    const transaction = this.#begin();
    const table = <Name extends RowTable>(name: Name) => transaction.objectStore(name).getAll();
    const head: unknown = await transaction.objectStore('head').get('head');
    const [users, channels, timelines] = await Promise.all([
      table('users'),
      table('conversations'),
      table('timelines'),
    ]);
    const stored = Stored.safeParse({ head, users, channels, timelines });
    if (stored.success) {
      const { format: _, ...rest } = stored.data.head;
      const view: CachedView = {
        snapshot: { ...rest, users: stored.data.users, channels: stored.data.channels },
        timelines: stored.data.timelines,
      };
      await transaction
        .objectStore('head')
        .put({ ...stored.data.head, writer: this.#writer }, 'head');
      await transaction.done;
      this.#written = rowsOf(view);
      return view;
    }
    await Promise.all(viewTables.map((name) => transaction.objectStore(name).clear()));
    await transaction.done;
    return null;
  }

  async save(view: CachedView): Promise<void> {
    const rows = rowsOf(view);
    const transaction = this.#begin();
    const before: unknown = await transaction.objectStore('head').get('head');
    const isMine = Writer.safeParse(before).data?.writer === this.#writer;
    const written = isMine ? this.#written : null;
    // Unknown until this transaction is through.
    this.#written = null;
    const work: Promise<unknown>[] = [];
    try {
      work.push(transaction.objectStore('head').put(this.#headOf(view), 'head'));
      for (const table of ['users', 'conversations', 'timelines'] as const) {
        const store = transaction.objectStore(table);
        if (!written) work.push(store.clear());
        for (const [key, row] of rows[table]) {
          if (!written || !isSameRow(written[table].get(key), row)) work.push(store.put(row, key));
        }
        for (const key of written?.[table].keys() ?? []) {
          if (!rows[table].has(key)) work.push(store.delete(key));
        }
      }
    } catch (error) {
      // What cannot be stored at all throws at once and leaves the rest to be written: half of a view.
      transaction.abort();
      await Promise.allSettled(work);
      throw error;
    }
    await Promise.all([...work, transaction.done]);
    this.#written = rows;
  }

  #headOf({ snapshot }: CachedView): z.input<typeof Stored>['head'] & { writer: string } {
    const { epoch, position, me, preferences, drafts, threads, workspace } = snapshot;
    const rest = { epoch, position, me, preferences, drafts, threads, workspace };
    return { format: viewFormat, writer: this.#writer, ...rest };
  }

  #begin(): ViewTransaction {
    const transaction = this.#db.transaction(viewTables, 'readwrite');
    // Whoever waits for a request or for the end hears of a failure; it must not be told to nobody as well.
    transaction.done.catch(() => undefined);
    return transaction;
  }
}

function rowsOf({ snapshot, timelines }: CachedView): Rows {
  return {
    users: new Map(snapshot.users.map((user) => [user.id, user])),
    conversations: new Map(snapshot.channels.map((each) => [each.channel.id, each])),
    timelines: new Map(timelines.map((timeline) => [timeline.channelId, timeline])),
  };
}

/** Things are never changed in place: the same object is the same row. Of a timeline, the same messages are. */
function isSameRow(before: unknown, after: unknown): boolean {
  if (before === after) return true;
  const [a, b] = [messagesOf(before), messagesOf(after)];
  if (!a || !b) return false;
  return a.length === b.length && a.every((message, index) => message === b[index]);
}

function messagesOf(row: unknown): readonly unknown[] | null {
  if (typeof row !== 'object' || row === null || !('messages' in row)) return null;
  return Array.isArray(row.messages) ? row.messages : null;
}
