import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { findUser } from '../../database/entities/user.ts';
import { write } from '../handler.ts';
import { addMembers, joinedChannel } from './queries.ts';
import { assertNotArchived, assertNotDirect, seeChannel } from './rules.ts';

/** Joins a public channel; nothing happens for somebody who is in it. */
export const joinChannel = write('channel.join', async ({ tx, actor, now }, { channelId }) => {
  const { channel, membership } = await seeChannel(tx, actor, channelId);
  assertNotDirect(channel);
  if (membership) return { output: await joinedChannel(tx, channelId, actor.userId), events: [] };
  assertNotArchived(channel);
  const me = await findUser(tx, actor.userId);
  if (!me) throw new ParleyError('unauthenticated', 'This account does not exist.');
  const { events } = await addMembers({ tx, now }, channel, [me], 'member');
  return { output: await joinedChannel(tx, channelId, actor.userId), events };
});
