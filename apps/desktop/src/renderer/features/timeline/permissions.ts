import { isAdminRole } from '@parley/shared/protocol/permissions.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import type { State } from '../../sync/client.ts';

export type MessageRights = {
  react: boolean;
  reply: boolean;
  edit: boolean;
  remove: boolean;
  markUnread: boolean;
  /** Who has read it, in the conversation or in its thread. */
  seeReaders: boolean;
};

const none: MessageRights = {
  react: false,
  reply: false,
  edit: false,
  remove: false,
  markUnread: false,
  seeReaders: false,
};

/** What the person may do with a message, by the rules that the server keeps. */
export function rightsOver(message: Message, state: State | null): MessageRights {
  const conversation = state?.conversations.get(message.channelId);
  if (!state || !conversation || message.deletedAt !== null) return none;
  const { channel, membership } = conversation;
  const open = channel.archivedAt === null;
  const own = message.authorId === state.me.id;
  const admin = membership.role === 'admin' || isAdminRole(state.me.role);
  return {
    react: open,
    reply: open && message.threadRootId === null,
    edit: open && own && message.kind === 'text',
    remove: own || admin,
    markUnread: message.number !== null && message.threadRootId === null,
    seeReaders: state.workspace.readReceipts && own && message.kind === 'text',
  };
}
