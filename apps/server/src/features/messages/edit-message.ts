import { v7 as uuidv7 } from 'uuid';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { emptyText } from '@parley/shared/protocol/message.ts';
import { isVisible } from '@parley/shared/protocol/plain-text.ts';
import { revisions } from '../../database/schema.ts';
import { assertNotArchived } from '../channels/rules.ts';
import { write } from '../handler.ts';
import { replaceMentions } from './named-mentions.ts';
import {
  changeMessage,
  joinedMessage,
  mentionColumns,
  mentionsOf,
  presentMessage,
  resolveMentions,
} from './queries.ts';

/** Changes the text of one's own message and keeps what it said. */
export const editMessage = write('message.edit', async ({ tx, actor, now }, input) => {
  const { row, joined } = await joinedMessage(tx, actor, input.messageId);
  if (row.authorId !== actor.userId) {
    throw new ParleyError('forbidden', 'Only its author may edit a message.');
  }
  assertNotArchived(joined.channel);
  if (row.deletedAt !== null) {
    throw new ParleyError('conflict', 'The message was deleted.', { reason: 'deleted' });
  }
  if (row.files.length === 0 && !isVisible(input.text)) {
    throw new ParleyError('invalid_input', `text: ${emptyText.error}`, {
      issues: [{ path: 'text', message: emptyText.error }],
    });
  }
  if (row.text === input.text) {
    return { output: { message: await presentMessage(tx, row) }, events: [] };
  }
  await tx.insert(revisions).values({
    id: uuidv7(),
    messageId: row.id,
    text: row.text,
    editedBy: actor.userId,
    at: row.editedAt ?? row.createdAt,
  });
  const mentions = await resolveMentions(tx, row.channelId, input.text);
  const after = await changeMessage(tx, row.id, {
    text: input.text,
    editedAt: now,
    ...mentionColumns(mentions),
  });
  await replaceMentions(tx, row, after);
  const message = await presentMessage(tx, after);
  return {
    output: { message },
    events: [
      {
        audience: `channel:${row.channelId}`,
        type: 'message.edited',
        data: { message, before: { mentions: mentionsOf(row) } },
      },
    ],
  };
});
