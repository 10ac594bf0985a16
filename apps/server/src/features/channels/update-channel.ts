import { eq } from 'drizzle-orm';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { toChannel } from '../../database/entities/channel.ts';
import { channels } from '../../database/schema.ts';
import { write } from '../handler.ts';
import { channelEvents, isNameTaken, nameKeyOf } from './queries.ts';
import { assertChannelAdmin, assertNotArchived, assertNotDirect, seeChannel } from './rules.ts';

/** Topic and purpose are anybody's in the channel but guests'; name and posting policy are its admins'. */
export const updateChannel = write('channel.update', async ({ tx, actor }, input) => {
  const seen = await seeChannel(tx, actor, input.channelId);
  const { channel, membership } = seen;
  assertNotDirect(channel);
  const { name, topic, purpose, postingPolicy } = input;
  if (name !== undefined || postingPolicy !== undefined) assertChannelAdmin(actor, seen);
  else if (!membership || actor.role === 'guest') assertChannelAdmin(actor, seen);
  assertNotArchived(channel);
  const wanted = {
    name: name ?? channel.name,
    topic: topic ?? channel.topic,
    purpose: purpose ?? channel.purpose,
    postingPolicy: postingPolicy ?? channel.postingPolicy,
  };
  const isSame =
    wanted.name === channel.name &&
    wanted.topic === channel.topic &&
    wanted.purpose === channel.purpose &&
    wanted.postingPolicy === channel.postingPolicy;
  if (isSame) return { output: { channel: toChannel(channel) }, events: [] };
  if (await isNameTaken(tx, wanted.name, channel.id)) {
    throw new ParleyError('conflict', 'Another channel has this name.', { reason: 'name_taken' });
  }
  const [after] = await tx
    .update(channels)
    .set({ ...wanted, nameKey: nameKeyOf(wanted.name) })
    .where(eq(channels.id, channel.id))
    .returning();
  if (!after) throw new Error('the channel vanished');
  return {
    output: { channel: toChannel(after) },
    events: await channelEvents(tx, 'channel.updated', after),
  };
});
