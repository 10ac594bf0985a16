import { write } from '../handler.ts';
import { removeMember } from './queries.ts';
import { assertNotDirect, joinedTo } from './rules.ts';

/** Leaves a channel, an archived one too. */
export const leaveChannel = write('channel.leave', async ({ tx, actor }, { channelId }) => {
  const { channel } = await joinedTo(tx, actor, channelId);
  assertNotDirect(channel);
  return { output: {}, events: await removeMember(tx, channelId, actor.userId) };
});
