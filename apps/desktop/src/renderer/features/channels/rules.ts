import type { Channel } from '@parley/shared/protocol/channel.ts';
import { isAdminRole } from '@parley/shared/protocol/permissions.ts';
import type { Conversation, State } from '../../sync/client.ts';

export type ChannelRights = {
  /** It has a name, members that come and go, a topic. */
  isChannel: boolean;
  post: boolean;
  manage: boolean;
  addPeople: boolean;
};

export function isNamed(channel: Channel): boolean {
  return channel.kind === 'public' || channel.kind === 'private';
}

/** What the person may do with a conversation, by the rules that the server keeps. */
export function rightsIn({ channel, membership }: Conversation, state: State): ChannelRights {
  const isChannel = isNamed(channel);
  const open = channel.archivedAt === null;
  const admin = membership.role === 'admin' || isAdminRole(state.me.role);
  return {
    isChannel,
    post: open && (channel.postingPolicy === 'everyone' || admin),
    manage: isChannel && admin,
    addPeople: isChannel && open && state.me.role !== 'guest',
  };
}

/** The name that a text can become: small letters, dashes for spaces, nothing that the protocol refuses. */
export function toChannelName(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s.,/]+/g, '-')
    .replace(/[^\p{L}\p{M}\p{Nd}_-]/gu, '')
    .slice(0, 80);
}
