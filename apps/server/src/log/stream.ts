import { and, asc, eq, gt, inArray, lte, sql } from 'drizzle-orm';
import type { Audience, Event } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Role } from '@parley/shared/protocol/user.ts';
import type { Queryable } from '../database/client.ts';
import { log, memberships, users } from '../database/schema.ts';

/** Whose stream it is and which conversations they are in, at a known position. */
export type Viewer = { userId: Id; role: Role; channelIds: Set<Id> };

type LogRow = typeof log.$inferSelect;

/** A row as it was appended: `type` and `data` went in as one typed event. */
function toEvent(row: LogRow): Event {
  return { ...row, at: row.at.toISOString() } as Event;
}

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

/** Everything in the log after `after` up to `through`, for all audiences; at most `limit`. */
export async function readLog(
  queryable: Queryable,
  range: { after: number; through: number },
  limit: number,
): Promise<Event[]> {
  const rows = await queryable
    .select()
    .from(log)
    .where(and(gt(log.position, range.after), lte(log.position, range.through)))
    .orderBy(asc(log.position))
    .limit(limit);
  return rows.map(toEvent);
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
  readonly #queryable: Queryable;
  readonly #viewer: Viewer;
  readonly #through: number;
  readonly #audible: Set<Id>;
  #after: number;

  private constructor(queryable: Queryable, viewer: Viewer, after: number, through: number) {
    this.#queryable = queryable;
    this.#viewer = viewer;
    this.#after = after;
    this.#through = through;
    this.#audible = new Set(viewer.channelIds);
  }

  /** `viewer` as of position `through`. */
  static async open(
    queryable: Queryable,
    viewer: Viewer,
    range: { after: number; through: number },
  ): Promise<StreamReader> {
    const reader = new StreamReader(queryable, viewer, range.after, range.through);
    await reader.#rewindMemberships();
    return reader;
  }

  /** Turns the conversations as of the end into those as of the beginning. */
  async #rewindMemberships(): Promise<void> {
    const rows = await this.#queryable
      .select()
      .from(log)
      .where(
        and(
          eq(log.audience, `user:${this.#viewer.userId}`),
          inArray(log.type, ['membership.added', 'membership.removed']),
          gt(log.position, this.#after),
          lte(log.position, this.#through),
        ),
      )
      .orderBy(asc(log.position));
    const seen = new Set<Id>();
    for (const row of rows) {
      const change = membershipChange(toEvent(row));
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
    const rows = await this.#queryable
      .select()
      .from(log)
      .where(
        and(
          gt(log.position, after),
          lte(log.position, this.#through),
          sql`${log.audience} = any(${sql.param(this.#audiences())}::text[])`,
        ),
      )
      .orderBy(asc(log.position))
      .limit(limit);
    const last = rows.at(-1);
    const full = rows.length === limit && last !== undefined;
    this.#after = full ? last.position : this.#through;
    const events = rows.map(toEvent).filter((event) => this.#hears(event));
    return { after, position: this.#after, events, done: this.#after >= this.#through };
  }

  #audiences(): Audience[] {
    const { userId, role, channelIds } = this.#viewer;
    const audiences: Audience[] = ['everyone', `user:${userId}`];
    if (role !== 'guest') audiences.push('members');
    for (const channelId of channelIds) audiences.push(`channel:${channelId}`);
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
