import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { findMembership } from '../../database/entities/membership.ts';
import { write } from '../handler.ts';
import { removeMember } from './queries.ts';
import { assertChannelAdmin, assertNotDirect, joinedTo } from './rules.ts';

/** Takes a person out of a channel. */
export const removeChannelMember = write('channel.removeMember', async ({ tx, actor }, input) => {
  const joined = await joinedTo(tx, actor, input.channelId);
  assertNotDirect(joined.channel);
  assertChannelAdmin(actor, joined);
  if (!(await findMembership(tx, input.channelId, input.userId))) {
    throw new ParleyError('not_found', 'This person is not in the channel.');
  }
  return { output: {}, events: await removeMember(tx, input.channelId, input.userId) };
});
