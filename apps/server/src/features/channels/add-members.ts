import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { write } from '../handler.ts';
import { activeUsers } from './people.ts';
import { addMembers, membersAmong } from './queries.ts';
import { assertNotArchived, assertNotDirect, joinedTo } from './rules.ts';

/** Brings people into a channel that the actor is in. */
export const addChannelMembers = write('channel.addMembers', async ({ tx, actor, now }, input) => {
  const { channel } = await joinedTo(tx, actor, input.channelId);
  assertNotDirect(channel);
  if (actor.role === 'guest') {
    throw new ParleyError('forbidden', 'Guests cannot bring people into a channel.');
  }
  assertNotArchived(channel);
  const inside = await membersAmong(tx, channel.id, input.userIds);
  const outside = input.userIds.filter((userId) => !inside.has(userId));
  const people = await activeUsers(tx, actor, outside);
  const { events } = await addMembers({ tx, now }, channel, people, 'member');
  return { output: { added: people.map(({ id }) => id) }, events };
});
