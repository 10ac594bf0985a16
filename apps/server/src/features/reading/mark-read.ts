import type { Membership } from '@parley/shared/protocol/channel.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { Known } from '../../database/entities/known-channels.ts';
import { membershipsAt, type Place } from '../../database/entities/membership.ts';
import { joinedToKnown } from '../channels/rules.ts';
import { groupedWrite, type GroupRequest, type WriteResult } from '../handler.ts';
import { raiseReadThrough } from './queries.ts';

type Request = GroupRequest<'read.mark'>;

/** Everything up to the number is read; never goes back. */
export const markRead = groupedWrite('read.mark', async (context, requests) => {
  const { tx, services, isCurrent } = context;
  const known = await services.knownChannels.look(tx, requests.map(placeOf), isCurrent);
  const marks = requests.map((request) => markOf(request, known));
  const raised = await raiseReadThrough(
    tx,
    marks.flatMap((mark) => (mark instanceof ParleyError ? [] : [mark])),
  );
  const changed = new Set(raised.map(keyOf));
  const memberships = new Map(
    (await membershipsAt(tx, requests.map(placeOf))).map((each) => [keyOf(each), each]),
  );
  return marks.map((mark) => {
    if (mark instanceof ParleyError) return mark;
    const membership = memberships.get(keyOf(mark));
    if (!membership) throw new Error('the membership vanished');
    // Of several marks at one place the first tells where they lead together.
    return resultOf(membership, changed.delete(keyOf(mark)));
  });
});

function placeOf({ actor, input }: Request): Place {
  return { channelId: input.channelId, userId: actor.userId };
}

function keyOf({ channelId, userId }: Place): string {
  return `${channelId} ${userId}`;
}

/** How far the request may raise the mark of its place, or why not at all. */
function markOf(request: Request, known: Known): (Place & { number: number }) | ParleyError {
  const place = placeOf(request);
  const channel = known.channel(place.channelId);
  try {
    joinedToKnown(request.actor, channel, known.membership(place));
  } catch (error) {
    if (error instanceof ParleyError) return error;
    throw error;
  }
  return { ...place, number: Math.min(request.input.number, channel?.messageCount ?? 0) };
}

function resultOf(membership: Membership, isRaised: boolean): WriteResult<'read.mark'> {
  const event: NewEvent = {
    audience: `user:${membership.userId}`,
    type: 'read.updated',
    data: { membership },
  };
  return { output: { membership }, events: isRaised ? [event] : [] };
}
