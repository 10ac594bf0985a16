import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Transaction } from '../../database/client.ts';
import type { MessageRow } from '../../database/entities/message.ts';
import { preparedOn } from '../../database/prepared.ts';

/** Writes whom these new messages mention by name, where the counts of unread mentions are read from. */
export async function insertMentions(tx: Transaction, rows: MessageRow[]): Promise<void> {
  const mentions = rows.flatMap((row) => {
    const { channelId, number } = row;
    if (number === null) return [];
    return namedIn(row).map((userId) => ({ userId, channelId, number }));
  });
  if (mentions.length === 0) return;
  await preparedOn(tx)`
    insert into mentions (user_id, channel_id, number)
    select * from unnest(
      ${mentions.map(({ userId }) => userId)}::uuid[],
      ${mentions.map(({ channelId }) => channelId)}::uuid[],
      ${mentions.map(({ number }) => number)}::bigint[])`;
}

/** The same for a message that has been changed. */
export async function replaceMentions(
  tx: Transaction,
  before: MessageRow,
  after: MessageRow,
): Promise<void> {
  const gone = namedIn(before);
  if (before.number !== null && gone.length > 0) {
    await preparedOn(tx)`
      delete from mentions
      where user_id = any(${gone}::uuid[]) and channel_id = ${before.channelId} and number = ${before.number}`;
  }
  await insertMentions(tx, [after]);
}

/** Each once; a message to everybody counts for them already, and one's own does not count. */
function namedIn({ authorId, mentionUserIds, mentionsChannel, mentionsHere }: MessageRow): Id[] {
  if (mentionsChannel || mentionsHere) return [];
  return [...new Set(mentionUserIds)].filter((userId) => userId !== authorId);
}
