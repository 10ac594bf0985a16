import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Reaction } from '@parley/shared/protocol/message.ts';
import type { Transaction } from '../../database/client.ts';
import { reactionsOf } from '../../database/entities/message.ts';
import { assertNotArchived } from '../channels/rules.ts';
import type { Actor } from '../handler.ts';
import { joinedMessage } from '../messages/queries.ts';

type React = { messageId: Id; emoji: string };

/** What both reaction commands do around the change itself; `change` says whether it changed anything. */
export async function changeReaction(
  { tx, actor }: { tx: Transaction; actor: Actor },
  { messageId, emoji }: React,
  type: 'reaction.added' | 'reaction.removed',
  change: (before: Reaction[]) => Promise<boolean>,
): Promise<{ output: { reactions: Reaction[] }; events: NewEvent[] }> {
  const { row, joined } = await joinedMessage(tx, actor, messageId);
  assertNotArchived(joined.channel);
  if (row.deletedAt !== null) {
    throw new ParleyError('conflict', 'The message was deleted.', { reason: 'deleted' });
  }
  const list = async () => (await reactionsOf(tx, [messageId])).get(messageId) ?? [];
  const before = await list();
  if (!(await change(before))) return { output: { reactions: before }, events: [] };
  const reactions = await list();
  const { channelId } = row;
  const data = { channelId, messageId, userId: actor.userId, emoji, reactions };
  return { output: { reactions }, events: [{ audience: `channel:${channelId}`, type, data }] };
}
