import { forReader } from '../../database/entities/message.ts';
import { read } from '../handler.ts';
import { isFollowing } from '../threads/queries.ts';
import { presentMessage, seeMessage } from './queries.ts';

/** One message, and whether the reader follows its thread. */
export const getMessage = read('message.get', async ({ db, actor }, { messageId }) => {
  const { row } = await seeMessage(db, actor, messageId);
  return {
    message: forReader(await presentMessage(db, row), actor.userId),
    following: await isFollowing(db, actor.userId, row),
  };
});
