import type { Event } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';

type Sent = { message: { id: Id } };

/** Whether what happened changes the files of a channel, or the messages that have them. */
export function changesFiles(event: Event, channelId: Id, listed: readonly Sent[]): boolean {
  if (
    event.type !== 'message.posted' &&
    event.type !== 'message.edited' &&
    event.type !== 'message.deleted'
  ) {
    return false;
  }
  const { message } = event.data;
  if (message.channelId !== channelId) return false;
  // One that had files and has none any more is known by those that are listed.
  return message.files.length > 0 || listed.some((each) => each.message.id === message.id);
}
