import type { Id } from '@parley/shared/protocol/ids.ts';

/** Where a link leads within the workspace. */
export type InnerLink = { channelId: Id; messageId: Id | null };

const id = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The address of a conversation, or of one message in it, that others of the workspace can open. */
export function linkTo(server: string, { channelId, messageId }: InnerLink): string {
  const query = new URLSearchParams({ channel: channelId });
  if (messageId !== null) query.set('message', messageId);
  return `${server}/?${query.toString()}`;
}

/** Reads such an address; null when it leads elsewhere. */
export function innerLink(href: string, server: string): InnerLink | null {
  let url: URL;
  try {
    url = new URL(href);
  } catch {
    return null;
  }
  const channelId = url.searchParams.get('channel');
  if (url.origin !== server || url.pathname !== '/' || !channelId || !id.test(channelId))
    return null;
  const messageId = url.searchParams.get('message');
  return { channelId, messageId: messageId !== null && id.test(messageId) ? messageId : null };
}
