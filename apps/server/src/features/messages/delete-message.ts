import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { forReader, toMessage, type MessageRow } from '../../database/entities/message.ts';
import { assertNotArchived, isChannelAdmin, type JoinedChannel } from '../channels/rules.ts';
import { write, type Actor } from '../handler.ts';
import { joinedMessage } from './queries.ts';
import { removeMessage } from './remove-message.ts';

/** Deletes a message with its reactions, revisions and files; its number stays taken. */
export const deleteMessage = write('message.delete', async (context, { messageId }) => {
  const { tx, actor, services } = context;
  const { row, joined } = await joinedMessage(tx, actor, messageId);
  assertMayDelete(actor, row, joined, 'a message');
  if (row.deletedAt !== null) {
    return { output: { message: forReader(toMessage(row, []), actor.userId) }, events: [] };
  }
  const { message, events } = await removeMessage(context, row);
  if (row.files.length > 0) services.removeDeletedFiles();
  return { output: { message: forReader(message, actor.userId) }, events };
});

/** Throws unless this person may take the message, or something of it, away. */
export function assertMayDelete(
  actor: Actor,
  row: MessageRow,
  joined: JoinedChannel,
  what: 'a message' | 'a file',
): void {
  // What one has said oneself may always be taken back.
  if (row.authorId === actor.userId) return;
  if (!isChannelAdmin(actor, joined)) {
    throw new ParleyError('forbidden', `Only its author and admins may delete ${what}.`);
  }
  if (row.deletedAt === null) assertNotArchived(joined.channel);
}
