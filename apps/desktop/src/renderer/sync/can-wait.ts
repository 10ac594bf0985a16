import type { Event } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { speakingCount } from '@parley/shared/state/badge.ts';
import type { State } from '@parley/shared/state/state.ts';

const channelPrefix = 'channel:';

/**
 * Whether nobody would miss it if the event were seen a moment later, together with others: somebody else has done
 * something in a conversation that is not on screen, and it does not speak to the person.
 */
export function canWait(
  { actorId, audience }: Event,
  before: State,
  after: State,
  isShown: (channelId: Id) => boolean,
): boolean {
  if (actorId === after.me.id || !audience.startsWith(channelPrefix)) return false;
  const channelId = audience.slice(channelPrefix.length);
  const old = before.conversations.get(channelId);
  const now = after.conversations.get(channelId);
  if (!old || !now || isShown(channelId)) return false;
  return speakingCount(old) === speakingCount(now);
}
