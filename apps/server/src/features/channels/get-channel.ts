import { toChannel } from '../../database/entities/channel.ts';
import { membershipOf } from '../../database/entities/membership.ts';
import { read } from '../handler.ts';
import { seeChannel } from './rules.ts';

/** One channel that the actor may see. */
export const getChannel = read('channel.get', async ({ db, actor }, { channelId }) => {
  const { channel } = await seeChannel(db, actor, channelId);
  const membership = await membershipOf(db, actor.userId, channelId);
  return { channel: toChannel(channel), membership };
});
