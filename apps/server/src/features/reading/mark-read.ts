import { membershipOf } from '../../database/entities/membership.ts';
import { joinedTo } from '../channels/rules.ts';
import { write } from '../handler.ts';
import { setReadThrough } from './queries.ts';

/** Everything up to the number is read; never goes back. */
export const markRead = write('read.mark', async ({ tx, actor }, { channelId, number }) => {
  const { channel, membership: before } = await joinedTo(tx, actor, channelId);
  const readThrough = Math.min(number, channel.messageCount);
  if (readThrough <= before.readThrough) {
    const membership = await membershipOf(tx, actor.userId, channelId);
    if (!membership) throw new Error('the membership vanished');
    return { output: { membership }, events: [] };
  }
  const { membership, event } = await setReadThrough(tx, channelId, actor.userId, readThrough);
  return { output: { membership }, events: [event] };
});
