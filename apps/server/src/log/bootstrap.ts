import type { Channel } from '@parley/shared/protocol/channel.ts';
import type { Snapshot } from '@parley/shared/protocol/commands/sync.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { completed } from '@parley/shared/protocol/preferences.ts';
import type { User } from '@parley/shared/protocol/user.ts';
import type { Database, Transaction } from '../database/client.ts';
import {
  countedColumns,
  fromCounted,
  memberIdsOf,
  type CountedRow,
} from '../database/entities/membership.ts';
import { draftsOf } from '../database/entities/draft.ts';
import { timestamp } from '../database/entities/moments.ts';
import { threadChoicesOf } from '../database/entities/thread-choice.ts';
import { findUser, toUserWithEmail } from '../database/entities/user.ts';
import { theWorkspace, toWorkspace } from '../database/entities/workspace.ts';
import { preparedOn } from '../database/prepared.ts';
import { readHead } from './head.ts';

/** Runs reads that all see the database as of one moment. */
export function atOneMoment<T>(db: Database, read: (tx: Transaction) => Promise<T>): Promise<T> {
  return db.transaction(read, { isolationLevel: 'repeatable read', accessMode: 'read only' });
}

/** All that a person's client keeps, exact at the position that it names. */
export async function bootstrap(tx: Transaction, userId: Id): Promise<Snapshot> {
  const [head, me, workspace, places, drafts, threads] = await Promise.all([
    readHead(tx),
    findUser(tx, userId),
    theWorkspace(tx),
    readPlaces(tx, userId),
    draftsOf(tx, userId),
    threadChoicesOf(tx, userId),
  ]);
  if (!me) throw new ParleyError('unauthenticated', 'This account does not exist.');
  const memberIds = me.role === 'guest' ? await memberIdsOf(tx, places.map(channelIdOf)) : null;
  return {
    epoch: head.epoch,
    position: head.position,
    me: toUserWithEmail(me),
    users: await readUsers(tx, memberIds && new Set([userId, ...[...memberIds.values()].flat()])),
    channels: places.map((place) => {
      const people = memberIds?.get(place.channel.id);
      return { ...place, ...(people && { memberIds: people }) };
    }),
    preferences: completed(me.preferences),
    drafts,
    threads,
    workspace: toWorkspace(workspace),
  };
}

type PlaceOfMine = Omit<Snapshot['channels'][number], 'memberIds'>;

function channelIdOf({ channel }: PlaceOfMine): Id {
  return channel.id;
}

/** A channel as Postgres gives it beside the membership, whose columns bear the names that both would have. */
type PlaceRow = CountedRow &
  Omit<Channel, 'id' | 'messageCount'> & { id: Id; messageCount: string };

async function readPlaces(tx: Transaction, userId: Id): Promise<PlaceOfMine[]> {
  const sql = preparedOn(tx);
  const rows = await sql<PlaceRow[]>`
    select ${countedColumns(sql)},
      c.id, c.kind, c.name, c.topic, c.purpose, c.created_by as "createdBy", c.created_at as "createdAt",
      c.archived_at as "archivedAt", c.message_count as "messageCount", c.member_count as "memberCount",
      c.last_message_at as "lastMessageAt", c.posting_policy as "postingPolicy",
      c.retention_days as "retentionDays", c.direct_user_ids as "directUserIds"
    from memberships m join channels c on c.id = m.channel_id
    where m.user_id = ${userId}`;
  return rows.map((row) => ({ channel: channelFrom(row), membership: fromCounted(row) }));
}

function channelFrom(row: PlaceRow): Channel {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    topic: row.topic,
    purpose: row.purpose,
    createdBy: row.createdBy,
    createdAt: isoOf(row.createdAt),
    archivedAt: row.archivedAt && isoOf(row.archivedAt),
    messageCount: Number(row.messageCount),
    memberCount: row.memberCount,
    lastMessageAt: row.lastMessageAt && isoOf(row.lastMessageAt),
    postingPolicy: row.postingPolicy,
    retentionDays: row.retentionDays,
    directUserIds: row.directUserIds,
  };
}

/** What Postgres writes of a moment, as the protocol writes it. */
function isoOf(text: string): string {
  return timestamp(new Date(text));
}

/** Everybody, or these people only, in the order of their ids, without what is not for others. */
async function readUsers(tx: Transaction, only: Set<Id> | null): Promise<User[]> {
  const sql = preparedOn(tx);
  const among = only === null ? sql`` : sql`where u.id = any(${[...only]}::uuid[])`;
  const rows = await sql<User[]>`
    select u.id, u.username, u.display_name as "displayName", u.role, u.kind, u.title, u.timezone,
      u.avatar_file_id as "avatarFileId", u.status, u.deactivated_at as "deactivatedAt"
    from users u ${among} order by u.id`;
  return rows.map((row) => ({
    ...row,
    deactivatedAt: row.deactivatedAt && isoOf(row.deactivatedAt),
  }));
}
