import { inArray } from 'drizzle-orm';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Reaction } from '@parley/shared/protocol/message.ts';
import type { Transaction } from '../../database/client.ts';
import {
  byComing,
  reactionRowsOf,
  toReactions,
  type MessageRow,
  type ReactionRow,
} from '../../database/entities/message.ts';
import { asJson, preparedOn } from '../../database/prepared.ts';
import { messages } from '../../database/schema.ts';

export type ReactedMessage = Pick<MessageRow, 'id' | 'channelId' | 'deletedAt'>;

/** Messages and the reactions to them, as each command of a group leaves them. */
export class Reacted {
  readonly #messages: Map<Id, ReactedMessage>;
  readonly #rows: Map<Id, ReactionRow[]>;
  readonly #added = new Set<ReactionRow>();
  readonly #removed = new Set<ReactionRow>();

  private constructor(found: ReactedMessage[], rows: Map<Id, ReactionRow[]>) {
    this.#messages = new Map(found.map((message) => [message.id, message]));
    this.#rows = rows;
  }

  static async read(tx: Transaction, messageIds: Id[]): Promise<Reacted> {
    const ids = [...new Set(messageIds)];
    const { id, channelId, deletedAt } = messages;
    const [found, rows] = await Promise.all([
      tx.select({ id, channelId, deletedAt }).from(messages).where(inArray(id, ids)),
      reactionRowsOf(tx, ids),
    ]);
    return new Reacted(found, rows);
  }

  message(messageId: Id): ReactedMessage | null {
    return this.#messages.get(messageId) ?? null;
  }

  reactions(messageId: Id): Reaction[] {
    return toReactions(this.#rows.get(messageId) ?? []);
  }

  /** False when it is there already. */
  add(row: ReactionRow): boolean {
    const rows = this.#rows.get(row.messageId) ?? [];
    if (rows.some((each) => isSame(each, row))) return false;
    this.#rows.set(row.messageId, [...rows, row].sort(byComing));
    this.#added.add(row);
    return true;
  }

  /** False when it is not there. */
  remove(which: Omit<ReactionRow, 'createdAt'>): boolean {
    const rows = this.#rows.get(which.messageId) ?? [];
    const row = rows.find((each) => isSame(each, which));
    if (!row) return false;
    this.#rows.set(
      which.messageId,
      rows.filter((each) => each !== row),
    );
    if (!this.#added.delete(row)) this.#removed.add(row);
    return true;
  }

  /** Writes what has changed, in one statement for each direction. */
  async write(tx: Transaction): Promise<void> {
    const sql = preparedOn(tx);
    const removed = [...this.#removed];
    const statements: PromiseLike<unknown>[] = [];
    if (removed.length > 0) {
      statements.push(sql`
        delete from reactions d
        using unnest(
          ${removed.map(({ messageId }) => messageId)}::uuid[],
          ${removed.map(({ emoji }) => emoji)}::text[],
          ${removed.map(({ userId }) => userId)}::uuid[]) as r(message_id, emoji, user_id)
        where d.message_id = r.message_id and d.emoji = r.emoji and d.user_id = r.user_id`);
    }
    if (this.#added.size > 0) {
      statements.push(sql`
        insert into reactions (message_id, emoji, user_id, created_at)
        select r."messageId", r.emoji, r."userId", r."createdAt"
        from json_to_recordset(${asJson([...this.#added])}::json) as r(
          "messageId" uuid, emoji text, "userId" uuid, "createdAt" timestamptz)`);
    }
    await Promise.all(statements);
  }
}

function isSame(
  one: Omit<ReactionRow, 'createdAt'>,
  other: Omit<ReactionRow, 'createdAt'>,
): boolean {
  return one.emoji === other.emoji && one.userId === other.userId;
}
