import { and, asc, eq, ilike, isNotNull, isNull, or, sql } from 'drizzle-orm';
import { toChannel } from '../../database/entities/channel.ts';
import { channels, memberships } from '../../database/schema.ts';
import { read } from '../handler.ts';
import { nameKeyOf } from './queries.ts';

/** Public channels by name; guests find only those that they are in. */
export const browseChannels = read('channel.browse', async ({ db, actor }, input) => {
  const wanted = input.query === undefined ? '' : nameKeyOf(input.query);
  const pattern = `%${wanted.replace(/[\\%_]/g, '\\$&')}%`;
  const rows = await db
    .select({ channel: channels, memberId: memberships.userId })
    .from(channels)
    .leftJoin(
      memberships,
      and(eq(memberships.channelId, channels.id), eq(memberships.userId, actor.userId)),
    )
    .where(
      and(
        eq(channels.kind, 'public'),
        isNull(channels.archivedAt),
        actor.role === 'guest' ? isNotNull(memberships.userId) : undefined,
        wanted === ''
          ? undefined
          : or(ilike(channels.nameKey, pattern), ilike(channels.topic, pattern)),
        input.after === undefined
          ? undefined
          : sql`${channels.nameKey} > (select name_key from ${channels} where id = ${input.after})`,
      ),
    )
    .orderBy(asc(channels.nameKey))
    .limit(input.limit + 1);
  const page = rows.slice(0, input.limit);
  const last = page.at(-1);
  return {
    channels: page.map(({ channel, memberId }) => ({
      channel: toChannel(channel),
      joined: memberId !== null,
    })),
    next: rows.length > page.length && last ? last.channel.id : null,
  };
});
