import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { Known } from '../../database/entities/known-channels.ts';
import { assertNotArchived, joinedToKnown } from '../channels/rules.ts';
import type { GroupContext, GroupRequest, WriteResult } from '../handler.ts';
import { messageNotFound, withoutChannel } from '../messages/queries.ts';
import { Reacted, type ReactedMessage } from './reacted.ts';

type Name = 'reaction.add' | 'reaction.remove';
type Request = GroupRequest<Name>;

const eventTypes = {
  'reaction.add': 'reaction.added',
  'reaction.remove': 'reaction.removed',
} as const;

/** What both reaction commands do around the change itself; `change` says whether it changed anything. */
export async function changeReactions(
  { tx, services, isCurrent }: GroupContext,
  requests: Request[],
  name: Name,
  change: (reacted: Reacted, request: Request) => boolean,
): Promise<(WriteResult<Name> | ParleyError)[]> {
  const reacted = await Reacted.read(
    tx,
    requests.map(({ input }) => input.messageId),
  );
  const places = requests.flatMap(({ actor, input }) => {
    const message = reacted.message(input.messageId);
    return message ? [{ channelId: message.channelId, userId: actor.userId }] : [];
  });
  const known = await services.knownChannels.look(tx, places, isCurrent);
  const outcomes = requests.map((request): WriteResult<Name> | ParleyError => {
    try {
      const { channelId } = reactableMessage(reacted, known, request);
      const isChanged = change(reacted, request);
      const { messageId, emoji } = request.input;
      const reactions = reacted.reactions(messageId);
      if (!isChanged) return { output: { reactions }, events: [] };
      const data = { channelId, messageId, userId: request.actor.userId, emoji, reactions };
      const event: NewEvent = { audience: `channel:${channelId}`, type: eventTypes[name], data };
      return { output: { reactions }, events: [event] };
    } catch (error) {
      if (error instanceof ParleyError) return error;
      throw error;
    }
  });
  await reacted.write(tx);
  return outcomes;
}

/** The message, if its reader may react to it; throws what keeps them from it. */
function reactableMessage(
  reacted: Reacted,
  known: Known,
  { actor, input }: Request,
): ReactedMessage {
  const message = reacted.message(input.messageId);
  if (!message) throw messageNotFound();
  const { channelId } = message;
  const channel = known.channel(channelId);
  try {
    joinedToKnown(actor, channel, known.membership({ channelId, userId: actor.userId }));
  } catch (error) {
    throw withoutChannel(error);
  }
  if (channel) assertNotArchived(channel);
  if (message.deletedAt !== null) {
    throw new ParleyError('conflict', 'The message was deleted.', { reason: 'deleted' });
  }
  return message;
}
