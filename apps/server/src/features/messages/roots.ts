import { inArray } from 'drizzle-orm';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Reaction } from '@parley/shared/protocol/message.ts';
import type { Transaction } from '../../database/client.ts';
import { reactionsOf, toMessage, type MessageRow } from '../../database/entities/message.ts';
import { messages } from '../../database/schema.ts';
import type { GroupRequest } from '../handler.ts';
import { assertIsRoot, shownRepliers } from './queries.ts';

export type Root = { row: MessageRow; reactions: Reaction[] };

/** The messages that replies of one group belong to, as each reply leaves them. */
export class Roots {
  readonly #roots: Map<Id, Root>;
  readonly #changed = new Set<Root>();

  /** Those that were read; none of them for messages that are no replies. */
  constructor(roots = new Map<Id, Root>()) {
    this.#roots = roots;
  }

  static async read(tx: Transaction, requests: GroupRequest<'message.post'>[]): Promise<Roots> {
    const ids = new Set(
      requests.flatMap(({ input }) => (input.threadRootId ? [input.threadRootId] : [])),
    );
    if (ids.size === 0) return new Roots();
    const [rows, reactions] = await Promise.all([
      tx
        .select()
        .from(messages)
        .where(inArray(messages.id, [...ids])),
      reactionsOf(tx, [...ids]),
    ]);
    return new Roots(
      new Map(rows.map((row) => [row.id, { row, reactions: reactions.get(row.id) ?? [] }])),
    );
  }

  /** The root of this id in this channel; throws when there can be no reply to it. */
  find(channelId: Id, rootId: Id): Root {
    const root = this.#roots.get(rootId);
    assertIsRoot(channelId, root?.row ?? null);
    if (!root) throw new Error('a root that is none was let through');
    return root;
  }

  /** Counts a reply. Returns the event that tells of it. */
  reply(root: Root, reply: MessageRow): NewEvent {
    const others = root.row.replyUserIds.filter((userId) => userId !== reply.authorId);
    root.row = {
      ...root.row,
      replyCount: root.row.replyCount + 1,
      threadCount: root.row.threadCount + 1,
      lastReplyAt: reply.createdAt,
      replyUserIds: [reply.authorId, ...others].slice(0, shownRepliers),
    };
    this.#changed.add(root);
    return {
      audience: `channel:${root.row.channelId}`,
      type: 'thread.updated',
      data: { root: toMessage(root.row, root.reactions) },
    };
  }

  /** The rows that replies have changed. */
  changed(): MessageRow[] {
    return [...this.#changed].map(({ row }) => row);
  }
}
