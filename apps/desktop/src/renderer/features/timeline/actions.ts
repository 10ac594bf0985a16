import type { ThreadInterest } from '@parley/shared/notifications/decide.ts';
import type { File } from '@parley/shared/protocol/file.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import { explain, messages } from '../../messages.ts';
import { favourites } from '../../ui/emoji/favourites.svelte.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import type { TimelineHost } from './host.ts';

type Host = Pick<TimelineHost, 'client'>;

/** Runs something that the person asked for, and tells them when it fails. */
async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    toasts.fail(explain(error));
    return false;
  }
}

/** Adds one's own reaction, or takes it back where it is. */
export async function toggleReaction(host: Host, message: Message, emoji: string): Promise<void> {
  const meId = host.client.state?.me.id ?? '';
  const mine = message.reactions.some(
    (reaction) => reaction.emoji === emoji && reaction.userIds.includes(meId),
  );
  if (!mine) favourites.use(emoji);
  const command = mine ? 'reaction.remove' : 'reaction.add';
  await attempt(() => host.client.command(command, { messageId: message.id, emoji }));
}

/** Changes the text of one's own message. Answers whether the server took it. */
export function saveEdit(host: Host, message: Message, text: string): Promise<boolean> {
  return attempt(() => host.client.command('message.edit', { messageId: message.id, text }));
}

export async function deleteMessage(host: Host, message: Message): Promise<void> {
  await attempt(() => host.client.command('message.delete', { messageId: message.id }));
}

export async function deleteFile(host: Host, file: File): Promise<void> {
  await attempt(() => host.client.command('file.delete', { fileId: file.id }));
}

/** Whether replies in the thread notify. */
export function isFollowed(interest: ThreadInterest | null): boolean {
  return interest === 'followed' || interest === 'part';
}

/** Follows the thread that the message began or is in, or follows it no more. */
export async function followThread(host: Host, message: Message, follow: boolean): Promise<void> {
  const messageId = message.threadRootId ?? message.id;
  const command = follow ? 'thread.follow' : 'thread.unfollow';
  await attempt(() => host.client.command(command, { messageId }));
}

export async function copyText(text: string): Promise<void> {
  if (await attempt(() => navigator.clipboard.writeText(text))) toasts.show(messages.form.copied);
}
