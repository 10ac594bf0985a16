import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { findUser } from '../../database/entities/user.ts';
import { write } from '../handler.ts';
import { activeUsers } from './people.ts';
import { addMembers, channelEvents, insertChannel, isNameTaken, joinedChannel } from './queries.ts';

/** Makes a channel with the actor as its admin and the given people in it. */
export const createChannel = write('channel.create', async ({ tx, actor, now }, input) => {
  if (await isNameTaken(tx, input.name)) {
    throw new ParleyError('conflict', 'Another channel has this name.', { reason: 'name_taken' });
  }
  const founder = await findUser(tx, actor.userId);
  if (!founder) throw new ParleyError('unauthenticated', 'This account does not exist.');
  const others = await activeUsers(
    tx,
    actor,
    input.userIds.filter((userId) => userId !== actor.userId),
  );
  const { kind, name, topic, purpose } = input;
  const made = await insertChannel(
    { tx, now },
    { kind, name, topic, purpose, createdBy: founder.id },
  );
  const first = await addMembers({ tx, now }, made, [founder], 'admin');
  const rest = await addMembers({ tx, now }, first.channel, others, 'member');
  const events = [
    ...first.events,
    ...rest.events,
    ...(await channelEvents(tx, 'channel.created', rest.channel)),
  ];
  return { output: await joinedChannel(tx, made.id, actor.userId), events };
});
