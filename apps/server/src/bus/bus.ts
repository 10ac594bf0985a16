import type { Audience, Event } from '@parley/shared/protocol/events.ts';
import type { Ephemeral } from '@parley/shared/protocol/frames.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Presence } from '@parley/shared/protocol/user.ts';

/** Who is at a node, as it tells the others. `version` counts what has changed there. */
export type PresenceHint =
  /** What has changed since the version before; nobody: nothing has, the node is alive. */
  | { kind: 'presence.changed'; nodeId: Id; version: number; people: ShownPerson[] }
  /** Everybody who is there. */
  | { kind: 'presence.all'; nodeId: Id; version: number; people: ShownPerson[] }
  /** Somebody has missed something, and asks this node for everybody; null: every node. */
  | { kind: 'presence.wanted'; nodeId: Id | null };

export type ShownPerson = { userId: Id; presence: Presence };

/** What one node tells the others. A hint to look, never the truth: it may be lost, doubled or late. */
export type Hint =
  | { kind: 'logged'; position: number; events: Event[] }
  | { kind: 'ephemeral'; audience: Audience; exceptUserId: Id; ephemeral: Ephemeral }
  | PresenceHint;

/** Carries hints to every node, this one included. */
export interface Bus {
  publish(hint: Hint): void;
  /** Returns what ends the subscription. */
  subscribe(listener: (hint: Hint) => void): () => void;
  /** Whether hints can get through at present. */
  isReachable(): boolean;
  close(): Promise<void>;
}
