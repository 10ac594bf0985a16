export { head, log } from './schema/log.ts';
export { invites, refreshTokens, sessions, users, workspaces } from './schema/people.ts';
export { channels, memberships } from './schema/channels.ts';
export { mentions, messages, reactions, revisions, threadReads } from './schema/messages.ts';
export { releaseManifests, releases } from './schema/updates.ts';
export { drafts } from './schema/drafts.ts';
export { files } from './schema/files.ts';
export { threadChoices } from './schema/threads.ts';
