import { eq } from 'drizzle-orm';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { findUser } from '../../database/entities/user.ts';
import { channels } from '../../database/schema.ts';
import { write } from '../handler.ts';
import { activeUsers, knownUsers } from './people.ts';
import { addMembers, channelEvents, directKeyOf, insertChannel, joinedChannel } from './queries.ts';

/** The one conversation of the actor and these people, made when it is not there yet. */
export const openDirect = write('channel.openDirect', async ({ tx, actor, now }, input) => {
  const otherIds = [...new Set(input.userIds)].filter((userId) => userId !== actor.userId);
  if (otherIds.length === 0) {
    throw new ParleyError('invalid_input', 'userIds: name somebody other than yourself.');
  }
  await knownUsers(tx, actor, otherIds);
  const everyone = [actor.userId, ...otherIds];
  const [existing] = await tx
    .select({ id: channels.id })
    .from(channels)
    .where(eq(channels.directKey, directKeyOf(everyone)));
  if (existing) {
    return { output: await joinedChannel(tx, existing.id, actor.userId), events: [] };
  }
  const me = await findUser(tx, actor.userId);
  if (!me) throw new ParleyError('unauthenticated', 'This account does not exist.');
  const people = [me, ...(await activeUsers(tx, actor, otherIds))];
  const made = await insertChannel(
    { tx, now },
    {
      kind: people.length === 2 ? 'direct' : 'group',
      name: '',
      topic: '',
      purpose: '',
      createdBy: actor.userId,
      directUserIds: everyone,
    },
  );
  const { channel, events } = await addMembers({ tx, now }, made, people, 'member');
  events.push(...(await channelEvents(tx, 'channel.created', channel)));
  return { output: await joinedChannel(tx, made.id, actor.userId), events };
});
