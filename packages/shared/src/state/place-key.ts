import type { Id } from '../protocol/ids.ts';

/** Names a channel or one of its threads. */
export function placeKey(channelId: Id, threadRootId: Id | null): string {
  return threadRootId === null ? channelId : `${channelId}:${threadRootId}`;
}
