import { and, eq, inArray, sql } from 'drizzle-orm';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import { membershipsOf } from '../../database/entities/membership.ts';
import { channels, memberships } from '../../database/schema.ts';
import { write } from '../handler.ts';

/** Everything everywhere is read. */
export const markAllRead = write('read.markAll', async ({ tx, actor }) => {
  const behind = await tx
    .select({ channelId: memberships.channelId })
    .from(memberships)
    .innerJoin(channels, eq(channels.id, memberships.channelId))
    .where(
      and(
        eq(memberships.userId, actor.userId),
        sql`${memberships.readThrough} < ${channels.messageCount}`,
      ),
    );
  const channelIds = behind.map(({ channelId }) => channelId);
  if (channelIds.length === 0) return { output: { memberships: [] }, events: [] };
  await tx
    .update(memberships)
    .set({
      readThrough: sql`(select message_count from ${channels} where id = ${memberships.channelId})`,
    })
    .where(and(eq(memberships.userId, actor.userId), inArray(memberships.channelId, channelIds)));
  const changed = await membershipsOf(tx, actor.userId, channelIds);
  const events = changed.map((membership): NewEvent => ({
    audience: `user:${actor.userId}`,
    type: 'read.updated',
    data: { membership },
  }));
  return { output: { memberships: changed }, events };
});
