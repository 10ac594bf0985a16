import type { CommandName } from '@parley/shared/protocol/commands.ts';
import { changePassword } from '../features/accounts/change-password.ts';
import { createSession } from '../features/accounts/create-session.ts';
import { endSession } from '../features/accounts/end-session.ts';
import { listSessions } from '../features/accounts/list-sessions.ts';
import { refreshSession } from '../features/accounts/refresh-session.ts';
import { registerAccount } from '../features/accounts/register-account.ts';
import { revokeOtherSessions } from '../features/accounts/revoke-other-sessions.ts';
import { revokeSession } from '../features/accounts/revoke-session.ts';
import { serverInfo } from '../features/accounts/server-info.ts';
import { setUpServer } from '../features/accounts/set-up-server.ts';
import { updateAccount } from '../features/accounts/update-account.ts';
import { addChannelMembers } from '../features/channels/add-members.ts';
import { archiveChannel } from '../features/channels/archive-channel.ts';
import { browseChannels } from '../features/channels/browse-channels.ts';
import { createChannel } from '../features/channels/create-channel.ts';
import { getChannel } from '../features/channels/get-channel.ts';
import { joinChannel } from '../features/channels/join-channel.ts';
import { leaveChannel } from '../features/channels/leave-channel.ts';
import { listMembers } from '../features/channels/list-members.ts';
import { openDirect } from '../features/channels/open-direct.ts';
import { removeChannelMember } from '../features/channels/remove-member.ts';
import { setMemberRole } from '../features/channels/set-member-role.ts';
import { unarchiveChannel } from '../features/channels/unarchive-channel.ts';
import { updateChannel } from '../features/channels/update-channel.ts';
import { updateMembership } from '../features/channels/update-membership.ts';
import { clearDraft } from '../features/drafts/clear-draft.ts';
import { listDrafts } from '../features/drafts/list-drafts.ts';
import { setDraft } from '../features/drafts/set-draft.ts';
import { listFiles } from '../features/files/list-files.ts';
import type {
  GroupedWriteHandler,
  ReadHandler,
  ReadName,
  SignalHandler,
  SignalName,
  WriteHandler,
  WriteName,
} from '../features/handler.ts';
import { deleteFile } from '../features/messages/delete-file.ts';
import { deleteMessage } from '../features/messages/delete-message.ts';
import { editMessage } from '../features/messages/edit-message.ts';
import { getMessage } from '../features/messages/get-message.ts';
import { listRevisions } from '../features/messages/list-revisions.ts';
import { postMessage } from '../features/messages/post-message.ts';
import { readHistory } from '../features/messages/read-history.ts';
import { setPresence, watchPresence } from '../features/presence/presence.ts';
import { addReaction } from '../features/reactions/add-reaction.ts';
import { removeReaction } from '../features/reactions/remove-reaction.ts';
import { listReaders } from '../features/reading/list-readers.ts';
import { markAllRead } from '../features/reading/mark-all-read.ts';
import { markRead } from '../features/reading/mark-read.ts';
import { markThreadRead } from '../features/reading/mark-thread-read.ts';
import { markUnread } from '../features/reading/mark-unread.ts';
import { getPreferences, setPreferences } from '../features/reading/preferences.ts';
import { startTyping } from '../features/reading/start-typing.ts';
import { getSettings } from '../features/settings/get-settings.ts';
import { setSettings } from '../features/settings/set-settings.ts';
import { listReleases } from '../features/updates/list-releases.ts';
import { publishRelease } from '../features/updates/publish-release.ts';
import { rollOutRelease } from '../features/updates/roll-out-release.ts';
import { withdrawRelease } from '../features/updates/withdraw-release.ts';
import { followThread, unfollowThread } from '../features/threads/choose-thread.ts';
import { deactivateUser } from '../features/users/deactivate-user.ts';
import { getUser } from '../features/users/get-user.ts';
import { createInvite, listInvites, revokeInvite } from '../features/users/invites.ts';
import { listUsers } from '../features/users/list-users.ts';
import { reactivateUser } from '../features/users/reactivate-user.ts';
import { setRole } from '../features/users/set-role.ts';
import { clearStatus, setStatus } from '../features/users/status.ts';
import { syncBootstrap, syncEvents, syncVerify } from './sync.ts';

type Handlers = { [N in ReadName]: ReadHandler<N> } & {
  [N in WriteName]: WriteHandler<N> | GroupedWriteHandler<N>;
} & { [N in SignalName]: SignalHandler<N> };

/** The handler of every command: one that is missing, or that has another effect, does not compile. */
const handlers: Handlers = {
  'server.info': serverInfo,
  'server.setup': setUpServer,
  'account.register': registerAccount,
  'account.update': updateAccount,
  'account.changePassword': changePassword,
  'session.create': createSession,
  'session.refresh': refreshSession,
  'session.list': listSessions,
  'session.revoke': revokeSession,
  'session.revokeOthers': revokeOtherSessions,
  'session.end': endSession,
  'user.list': listUsers,
  'user.get': getUser,
  'user.setRole': setRole,
  'user.deactivate': deactivateUser,
  'user.reactivate': reactivateUser,
  'status.set': setStatus,
  'status.clear': clearStatus,
  'presence.set': setPresence,
  'presence.watch': watchPresence,
  'invite.create': createInvite,
  'invite.list': listInvites,
  'invite.revoke': revokeInvite,
  'channel.create': createChannel,
  'channel.openDirect': openDirect,
  'channel.browse': browseChannels,
  'channel.get': getChannel,
  'channel.update': updateChannel,
  'channel.archive': archiveChannel,
  'channel.unarchive': unarchiveChannel,
  'channel.join': joinChannel,
  'channel.leave': leaveChannel,
  'channel.addMembers': addChannelMembers,
  'channel.removeMember': removeChannelMember,
  'channel.setMemberRole': setMemberRole,
  'channel.members': listMembers,
  'membership.update': updateMembership,
  'message.post': postMessage,
  'message.edit': editMessage,
  'message.delete': deleteMessage,
  'message.get': getMessage,
  'message.revisions': listRevisions,
  'message.history': readHistory,
  'reaction.add': addReaction,
  'reaction.remove': removeReaction,
  'draft.set': setDraft,
  'draft.clear': clearDraft,
  'draft.list': listDrafts,
  'file.list': listFiles,
  'file.delete': deleteFile,
  'message.readers': listReaders,
  'read.mark': markRead,
  'read.markUnread': markUnread,
  'read.markAll': markAllRead,
  'thread.markRead': markThreadRead,
  'thread.follow': followThread,
  'thread.unfollow': unfollowThread,
  'typing.start': startTyping,
  'preferences.get': getPreferences,
  'preferences.set': setPreferences,
  'sync.bootstrap': syncBootstrap,
  'sync.events': syncEvents,
  'sync.verify': syncVerify,
  'settings.get': getSettings,
  'settings.set': setSettings,
  'update.publish': publishRelease,
  'update.list': listReleases,
  'update.rollout': rollOutRelease,
  'update.withdraw': withdrawRelease,
};

/** The same table for callers that have a name and find out the effect. */
export type Catalogue = {
  [N in CommandName]: ReadHandler<N> | WriteHandler<N> | GroupedWriteHandler<N> | SignalHandler<N>;
};

export const catalogue: Catalogue = handlers;
