import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { joinedTo } from '../channels/rules.ts';
import { write } from '../handler.ts';
import { setReadThrough } from './queries.ts';

/** The message with this number and all after it are unread again. */
export const markUnread = write('read.markUnread', async ({ tx, actor }, { channelId, number }) => {
  const { channel, membership: before } = await joinedTo(tx, actor, channelId);
  if (number > channel.messageCount) {
    throw new ParleyError('invalid_input', 'number: the channel has no such message.');
  }
  const { membership, event } = await setReadThrough(tx, channelId, actor.userId, {
    readThrough: number - 1,
    before: before.readThrough,
  });
  const isSame = before.readThrough === membership.readThrough;
  return { output: { membership }, events: isSame ? [] : [event] };
});
