import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { isVisible } from '@parley/shared/protocol/plain-text.ts';
import { findFile, type FileRow } from '../../database/entities/file.ts';
import { write, type WriteContext, type WriteResult } from '../handler.ts';
import { deleteFiles } from '../files/queries.ts';
import { fileNotFound } from '../files/rules.ts';
import { assertMayDelete } from './delete-message.ts';
import { changeMessage, joinedMessage, mentionsOf, presentMessage } from './queries.ts';
import { removeMessage } from './remove-message.ts';

type Context = WriteContext<'file.delete'>;

/** Deletes a file; the message that has it goes on without, or is deleted where it says nothing else. */
export const deleteFile = write('file.delete', async (context, { fileId }) => {
  const { tx, actor, services, now, nextPosition } = context;
  const row = await findFile(tx, fileId);
  if (!row) throw fileNotFound();
  services.removeDeletedFiles();
  if (row.messageId !== null) return deleteFromMessage(context, row, row.messageId);
  if (row.uploadedBy !== actor.userId) throw fileNotFound();
  const events = await deleteFiles(tx, actor.userId, [fileId], { now, nextPosition });
  return { output: {}, events };
});

async function deleteFromMessage(
  context: Context,
  file: FileRow,
  messageId: Id,
): Promise<WriteResult<'file.delete'>> {
  const { tx, actor, now, nextPosition } = context;
  const { row, joined } = await joinedMessage(tx, actor, messageId).catch(withoutMessage);
  assertMayDelete(actor, row, joined, 'a file');
  const left = row.files.filter(({ id }) => id !== file.id);
  if (left.length === 0 && !isVisible(row.text)) {
    return { output: {}, events: (await removeMessage(context, row)).events };
  }
  const after = await changeMessage(tx, row.id, { files: left });
  const at = { now, nextPosition: nextPosition + 1 };
  return {
    output: {},
    events: [
      {
        audience: `channel:${row.channelId}`,
        type: 'message.edited',
        data: {
          message: await presentMessage(tx, after),
          before: { mentions: mentionsOf(row) },
        },
      },
      ...(await deleteFiles(tx, file.uploadedBy, [file.id], at)),
    ],
  };
}

/** Who asked for a file is told not a word of the message that has it. */
function withoutMessage(error: unknown): never {
  throw error instanceof ParleyError && error.code === 'not_found' ? fileNotFound() : error;
}
