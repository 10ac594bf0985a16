import { inArray } from 'drizzle-orm';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Transaction } from '../../database/client.ts';
import { preparedOn } from '../../database/prepared.ts';
import type { MessageRow } from '../../database/entities/message.ts';
import { messages } from '../../database/schema.ts';
import { seeChannel } from '../channels/rules.ts';
import type { Actor, GroupRequest, WriteResult } from '../handler.ts';
import { keyOf } from './post-key.ts';
import { presentMessage, requestHashOf } from './queries.ts';

type Request = GroupRequest<'message.post'>;

/** What earlier attempts under these nonces came to, by the key of each. */
export async function repeatedPosts(
  tx: Transaction,
  requests: Request[],
): Promise<Map<string, MessageRow>> {
  const found = await preparedOn(tx)<{ id: Id }[]>`
    select m.id
    from unnest(
      ${requests.map(({ actor }) => actor.userId)}::uuid[],
      ${requests.map(({ input }) => input.nonce)}::uuid[]) as k(author, nonce)
    join messages m on m.author_id = k.author and m.nonce = k.nonce`;
  if (found.length === 0) return new Map();
  const ids = found.map(({ id }) => id);
  const rows = await tx.select().from(messages).where(inArray(messages.id, ids));
  return new Map(rows.map((row) => [keyOf(row.authorId, row.nonce), row]));
}

/** The result of the first attempt, for a repetition of it. Throws where the nonce stands for something else. */
export async function repeatOf(
  tx: Transaction,
  actor: Actor,
  input: Request['input'],
  row: MessageRow,
): Promise<WriteResult<'message.post'>> {
  if (row.requestHash !== requestHashOf(input)) {
    throw new ParleyError('conflict', 'Another message was posted with this nonce.', {
      reason: 'nonce_used',
    });
  }
  await seeChannel(tx, actor, row.channelId);
  const message = await presentMessage(tx, row);
  return { output: { message, position: row.postedPosition }, events: [] };
}
