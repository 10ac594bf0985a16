import { and, asc, eq, gt, ilike, isNotNull, isNull, or } from 'drizzle-orm';
import { toChannel } from '../../database/entities/channel.ts';
import { channels, memberships } from '../../database/schema.ts';
import { read } from '../handler.ts';
import { nameKeyOf } from './queries.ts';
import { seeChannel } from './rules.ts';

/** Public channels by name; guests find only those that they are in. */
export const browseChannels = read('channel.browse', async ({ db, actor }, input) => {
  // The name of a channel that the actor may not see is not to be found out by paging from it.
  const last = input.after === undefined ? null : await seeChannel(db, actor, input.after);
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
        last === null ? undefined : gt(channels.nameKey, last.channel.nameKey ?? ''),
      ),
    )
    .orderBy(asc(channels.nameKey))
    .limit(input.limit + 1);
  const page = rows.slice(0, input.limit);
  const end = page.at(-1);
  return {
    channels: page.map(({ channel, memberId }) => ({
      channel: toChannel(channel),
      joined: memberId !== null,
    })),
    next: rows.length > page.length && end ? end.channel.id : null,
  };
});
