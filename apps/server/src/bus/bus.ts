import type { Audience, Event } from '@parley/shared/protocol/events.ts';
import type { Ephemeral } from '@parley/shared/protocol/frames.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';

/** What one node tells the others. A hint to look, never the truth: it may be lost, doubled or late. */
export type Hint =
  | { kind: 'logged'; position: number; events: Event[] }
  | { kind: 'ephemeral'; audience: Audience; exceptUserId: Id; ephemeral: Ephemeral };

/** Carries hints to every node, this one included. */
export interface Bus {
  publish(hint: Hint): void;
  /** Returns what ends the subscription. */
  subscribe(listener: (hint: Hint) => void): () => void;
  /** Whether hints can get through at present. */
  isReachable(): boolean;
  close(): Promise<void>;
}
