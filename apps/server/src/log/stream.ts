import { eq } from 'drizzle-orm';
import type { Audience, Event } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Role } from '@parley/shared/protocol/user.ts';
import type { Queryable } from '../database/client.ts';
import { memberships, users } from '../database/schema.ts';
import type { EventSource, Range } from './event-source.ts';

/** Whose stream it is and which conversations they are in, at a known position. */
export type Viewer = { userId: Id; role: Role; channelIds: Set<Id> };

/** Reads who the viewer is and where they are in; run it in the transaction whose position it belongs to. */
export async function loadViewer(queryable: Queryable, userId: Id): Promise<Viewer | null> {
  const [user] = await queryable
    .select({ role: users.role })
    .from(users)
    .where(eq(users.id, userId));
  if (!user) return null;
  const rows = await queryable
    .select({ channelId: memberships.channelId })
    .from(memberships)
    .where(eq(memberships.userId, userId));
  return { userId, role: user.role, channelIds: new Set(rows.map(({ channelId }) => channelId)) };
}

/** The change of the viewer's conversations that an event of theirs tells of, if any. */
export function membershipChange(event: Event): { channelId: Id; joined: boolean } | null {
  if (event.type === 'membership.added') {
    return { channelId: event.data.channel.id, joined: true };
  }
  if (event.type === 'membership.removed') {
    return { channelId: event.data.channelId, joined: false };
  }
  return null;
}

/**
 * Reads one person's stream page by page: the log filtered by their audiences. Events of a conversation begin
 * with the joining and end with the leaving, as they did for those who were connected; of a conversation that
 * the viewer has left by now nothing comes at all.
 */
export class StreamReader {
  readonly #source: EventSource;
  readonly #viewer: Viewer;
  readonly #through: number;
  readonly #audible: Set<Id>;
  #after: number;

  private constructor(source: EventSource, viewer: Viewer, { after, through }: Range) {
    this.#source = source;
    this.#viewer = viewer;
    this.#after = after;
    this.#through = through;
    this.#audible = new Set(viewer.channelIds);
  }

  /** `viewer` as of position `through`. */
  static async open(source: EventSource, viewer: Viewer, range: Range): Promise<StreamReader> {
    const reader = new StreamReader(source, viewer, range);
    await reader.#rewindMemberships(range);
    return reader;
  }

  /** Turns the conversations as of the end into those as of the beginning. */
  async #rewindMemberships(range: Range): Promise<void> {
    const types: Event['type'][] = ['membership.added', 'membership.removed'];
    const events = await this.#source.ofTypes(`user:${this.#viewer.userId}`, types, range);
    const seen = new Set<Id>();
    for (const event of events) {
      const change = membershipChange(event);
      if (!change || seen.has(change.channelId)) continue;
      seen.add(change.channelId);
      if (change.joined) this.#audible.delete(change.channelId);
    }
  }

  /** Stops events of this conversation from now on, because the viewer has just left it. */
  silence(channelId: Id): void {
    this.#viewer.channelIds.delete(channelId);
    this.#audible.delete(channelId);
  }

  /** The next events and the position that they lead to; done when that is the end of the range. */
  async next(
    limit: number,
  ): Promise<{ after: number; position: number; events: Event[]; done: boolean }> {
    const after = this.#after;
    const range = { after, through: this.#through };
    const found = await this.#source.forAudiences(this.#audiences(), range, limit);
    const last = found.at(-1);
    const full = found.length === limit && last !== undefined;
    this.#after = full ? last.position : this.#through;
    const events = found.filter((event) => this.#hears(event));
    return { after, position: this.#after, events, done: this.#after >= this.#through };
  }

  #audiences(): Set<Audience> {
    const { userId, role, channelIds } = this.#viewer;
    const audiences = new Set<Audience>(['everyone', `user:${userId}`]);
    if (role !== 'guest') audiences.add('members');
    for (const channelId of channelIds) audiences.add(`channel:${channelId}`);
    return audiences;
  }

  #hears(event: Event): boolean {
    const change = membershipChange(event);
    if (change) {
      if (!change.joined) this.#audible.delete(change.channelId);
      else if (this.#viewer.channelIds.has(change.channelId)) this.#audible.add(change.channelId);
      return true;
    }
    if (!event.audience.startsWith('channel:')) return true;
    return this.#audible.has(event.audience.slice('channel:'.length));
  }
}
