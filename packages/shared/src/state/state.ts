import type { Channel, Membership } from '../protocol/channel.ts';
import type { Snapshot } from '../protocol/commands/sync.ts';
import type { Draft } from '../protocol/draft.ts';
import type { Id } from '../protocol/ids.ts';
import type { Preferences } from '../protocol/preferences.ts';
import type { ThreadChoice } from '../protocol/thread.ts';
import type { User } from '../protocol/user.ts';
import type { Workspace } from '../protocol/workspace.ts';
import { placeKey } from './place-key.ts';

/** A conversation that one is in. `memberIds` is known to guests alone. */
export type Conversation = { channel: Channel; membership: Membership; memberIds?: Id[] };

/** What a client knows: a snapshot, kept up to date by the events of its stream. Never changed in place. */
export type State = {
  readonly epoch: string;
  readonly position: number;
  readonly me: User;
  readonly users: ReadonlyMap<Id, User>;
  readonly conversations: ReadonlyMap<Id, Conversation>;
  readonly preferences: Preferences;
  /** What one has begun to write on any device, by `placeKey`. */
  readonly drafts: ReadonlyMap<string, Draft>;
  /** What one has chosen about threads, by the ids of their roots. */
  readonly threads: ReadonlyMap<Id, ThreadChoice>;
  readonly workspace: Workspace;
  /** What one may see has changed as a whole (from guest to member, or back): a fresh snapshot is due. */
  readonly needsSnapshot: boolean;
};

/** The state that a snapshot describes. */
export function fromSnapshot(snapshot: Snapshot): State {
  return {
    epoch: snapshot.epoch,
    position: snapshot.position,
    me: snapshot.me,
    users: new Map(snapshot.users.map((user) => [user.id, user])),
    conversations: new Map(
      snapshot.channels.map(({ channel, membership, memberIds }) => [
        channel.id,
        { channel, membership, ...(memberIds && { memberIds: [...memberIds].sort() }) },
      ]),
    ),
    preferences: snapshot.preferences,
    drafts: new Map(
      snapshot.drafts.map((draft) => [placeKey(draft.channelId, draft.threadRootId), draft]),
    ),
    threads: new Map(snapshot.threads.map((choice) => [choice.rootId, choice])),
    workspace: snapshot.workspace,
    needsSnapshot: false,
  };
}

/** The snapshot that describes a state: what a client stores to begin from. */
export function toSnapshot(state: State): Snapshot {
  return {
    epoch: state.epoch,
    position: state.position,
    me: state.me,
    users: [...state.users.values()],
    channels: [...state.conversations.values()],
    preferences: state.preferences,
    drafts: [...state.drafts.values()],
    threads: [...state.threads.values()],
    workspace: state.workspace,
  };
}
