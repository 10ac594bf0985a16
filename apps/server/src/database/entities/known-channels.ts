import type { MemberRole } from '@parley/shared/protocol/channel.ts';
import type { Event } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Queryable } from '../client.ts';
import { preparedOn } from '../prepared.ts';
import type { ChannelRow, MembershipRow } from './channel.ts';
import type { Place } from './membership.ts';

/** What decides who may post in a channel. */
export type KnownChannel = Pick<ChannelRow, 'kind' | 'archivedAt' | 'postingPolicy'>;
export type KnownMembership = Pick<MembershipRow, 'role'>;

/** A channel, and who of those that were asked for is in it; null: not a member. */
type Entry = {
  channel: KnownChannel & { messageCount: number };
  members: Map<Id, KnownMembership | null>;
};

/** What was found out, for the places that were asked for. */
export type Known = {
  channel(channelId: Id): Entry['channel'] | null;
  membership(place: Place): KnownMembership | null;
};

const maxChannels = 20_000;
const maxMembersKnown = 5_000;
/** Of a channel of so many at most, all are read together: who wrote first is not the last to write. */
const maxMembersRead = 200;

/**
 * What this node knows by heart of the channels that people post in, so that a post need not ask the database.
 * The log keeps it right: every event that changes a channel or its members makes it forget, and a message
 * moves the count.
 */
export class KnownChannels {
  readonly #entries = new Map<Id, Entry>();
  #generation = 0;

  /** Follows the log; must be told of every event, in order. */
  observe(event: Event): void {
    switch (event.type) {
      case 'message.posted': {
        const { channelId, number } = event.data.message;
        const entry = this.#entries.get(channelId);
        // A count that is being read may be the one from before this message.
        if (!entry) this.#generation += 1;
        else if (number !== null && number > entry.channel.messageCount) {
          entry.channel.messageCount = number;
        }
        return;
      }
      case 'channel.created':
      case 'channel.updated':
      case 'channel.archived':
      case 'membership.added':
        this.#forget(event.data.channel.id);
        return;
      case 'member.joined':
      case 'member.left':
      case 'member.updated':
      case 'membership.removed':
        this.#forget(event.data.channelId);
        return;
      default:
    }
  }

  /**
   * Finds out about these places. `isCurrent` says that the node has heard of everything up to the state that
   * is to be seen; otherwise all is read, and nothing is remembered.
   */
  async look(queryable: Queryable, places: Place[], isCurrent: boolean): Promise<Known> {
    const entries = isCurrent ? this.#entries : new Map<Id, Entry>();
    const missing = places.filter(
      ({ channelId, userId }) => entries.get(channelId)?.members.has(userId) !== true,
    );
    const generation = this.#generation;
    const read = missing.length > 0 ? await readEntries(queryable, missing) : new Map<Id, Entry>();
    const found = new Map<Id, Entry>();
    for (const { channelId } of places) {
      const entry = merged(entries.get(channelId), read.get(channelId));
      if (!entry) continue;
      found.set(channelId, entry);
      // What changed while this was read is not what was read.
      if (isCurrent && generation === this.#generation) this.#remember(channelId, entry);
    }
    return knownIn(found);
  }

  /** The same from memory alone; null where it does not know all of them. */
  recall(places: Place[]): Known | null {
    const isKnown = ({ channelId, userId }: Place) =>
      this.#entries.get(channelId)?.members.has(userId) === true;
    return places.every(isKnown) ? knownIn(this.#entries) : null;
  }

  /** Forgets everything. */
  clear(): void {
    this.#generation += 1;
    this.#entries.clear();
  }

  #forget(channelId: Id): void {
    this.#generation += 1;
    this.#entries.delete(channelId);
  }

  #remember(channelId: Id, entry: Entry): void {
    if (entry.members.size > maxMembersKnown) return;
    this.#entries.set(channelId, entry);
    if (this.#entries.size <= maxChannels) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}

function knownIn(entries: ReadonlyMap<Id, Entry>): Known {
  return {
    channel: (channelId) => entries.get(channelId)?.channel ?? null,
    membership: ({ channelId, userId }) => entries.get(channelId)?.members.get(userId) ?? null,
  };
}

function merged(known: Entry | undefined, read: Entry | undefined): Entry | undefined {
  if (!known || !read) return known ?? read;
  for (const [userId, membership] of read.members) known.members.set(userId, membership);
  return known;
}

/** As Postgres gives it: a bigint and a moment come as text. */
type ReadChannel = Pick<ChannelRow, 'id' | 'kind' | 'postingPolicy'> & {
  archivedAt: string | null;
  messageCount: string;
};

async function readEntries(queryable: Queryable, places: Place[]): Promise<Map<Id, Entry>> {
  const sql = preparedOn(queryable);
  const [rows, members] = await Promise.all([
    sql<ReadChannel[]>`
      select id, kind, archived_at as "archivedAt", posting_policy as "postingPolicy",
        message_count as "messageCount"
      from channels where id = any(${places.map(({ channelId }) => channelId)}::uuid[])`,
    sql<{ channelId: Id; userId: Id; role: MemberRole }[]>`
      select m.channel_id as "channelId", m.user_id as "userId", m.role
      from unnest(
        ${places.map(({ channelId }) => channelId)}::uuid[],
        ${places.map(({ userId }) => userId)}::uuid[]) as p(channel_id, user_id)
      join memberships m on m.channel_id = p.channel_id and m.user_id = p.user_id
      union all
      select m.channel_id, m.user_id, m.role
      from channels c
      -- Channel by channel, however few the planner thinks there are: the offset keeps it from joining whole tables.
      cross join lateral (select * from memberships where channel_id = c.id offset 0) m
      where c.id = any(${places.map(({ channelId }) => channelId)}::uuid[])
        and c.member_count <= ${maxMembersRead}`,
  ]);
  const entries = new Map<Id, Entry>();
  for (const { id, archivedAt, messageCount, ...channel } of rows) {
    const known = {
      ...channel,
      archivedAt: archivedAt === null ? null : new Date(archivedAt),
      messageCount: Number(messageCount),
    };
    entries.set(id, { channel: known, members: new Map() });
  }
  for (const { channelId, userId } of places) entries.get(channelId)?.members.set(userId, null);
  for (const { channelId, userId, role } of members) {
    entries.get(channelId)?.members.set(userId, { role });
  }
  return entries;
}
