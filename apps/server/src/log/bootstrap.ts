import { eq } from 'drizzle-orm';
import type { Snapshot } from '@parley/shared/protocol/commands/sync.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { defaultPreferences } from '@parley/shared/protocol/preferences.ts';
import type { Database, Transaction } from '../database/client.ts';
import { toChannel } from '../database/entities/channel.ts';
import { memberIdsOf, membershipsOf } from '../database/entities/membership.ts';
import { timestamp } from '../database/entities/moments.ts';
import { findUser, toUser, toUserWithEmail, visibleUsers } from '../database/entities/user.ts';
import { channels, memberships, workspaces } from '../database/schema.ts';
import { readHead } from './head.ts';

/** Runs reads that all see the database as of one moment. */
export function atOneMoment<T>(db: Database, read: (tx: Transaction) => Promise<T>): Promise<T> {
  return db.transaction(read, { isolationLevel: 'repeatable read', accessMode: 'read only' });
}

/** All that a person's client keeps, exact at the position that it names. */
export async function bootstrap(tx: Transaction, userId: Id): Promise<Snapshot> {
  const head = await readHead(tx);
  const me = await findUser(tx, userId);
  const [workspace] = await tx.select().from(workspaces);
  if (!me || !workspace) throw new ParleyError('unauthenticated', 'This account does not exist.');
  const viewer = { userId, role: me.role };
  const users = await visibleUsers(tx, viewer);
  const rows = await tx
    .select({ channel: channels })
    .from(memberships)
    .innerJoin(channels, eq(channels.id, memberships.channelId))
    .where(eq(memberships.userId, userId));
  const mine = new Map(
    (await membershipsOf(tx, userId)).map((membership) => [membership.channelId, membership]),
  );
  const memberIds =
    me.role === 'guest'
      ? await memberIdsOf(
          tx,
          rows.map(({ channel }) => channel.id),
        )
      : null;
  return {
    epoch: head.epoch,
    position: head.position,
    me: toUserWithEmail(me),
    users: users.map(toUser),
    channels: rows.flatMap(({ channel }) => {
      const membership = mine.get(channel.id);
      if (!membership) return [];
      const people = memberIds?.get(channel.id);
      return [{ channel: toChannel(channel), membership, ...(people && { memberIds: people }) }];
    }),
    preferences: me.preferences ?? defaultPreferences,
    drafts: [],
    workspace: {
      id: workspace.id,
      name: workspace.name,
      createdAt: timestamp(workspace.createdAt),
    },
  };
}
