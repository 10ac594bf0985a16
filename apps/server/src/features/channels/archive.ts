import { eq } from 'drizzle-orm';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Transaction } from '../../database/client.ts';
import { toChannel } from '../../database/entities/channel.ts';
import { channels } from '../../database/schema.ts';
import type { Actor } from '../handler.ts';
import { channelEvents } from './queries.ts';
import { assertChannelAdmin, assertNotDirect, seeChannel } from './rules.ts';

/** Archives the channel at a moment, or opens it again (null); nothing happens when it is so already. */
export async function setArchived(
  { tx, actor }: { tx: Transaction; actor: Actor },
  channelId: Id,
  archivedAt: Date | null,
) {
  const seen = await seeChannel(tx, actor, channelId);
  assertNotDirect(seen.channel);
  assertChannelAdmin(actor, seen);
  if ((seen.channel.archivedAt === null) === (archivedAt === null)) {
    return { output: { channel: toChannel(seen.channel) }, events: [] };
  }
  const [after] = await tx
    .update(channels)
    .set({ archivedAt })
    .where(eq(channels.id, channelId))
    .returning();
  if (!after) throw new Error('the channel vanished');
  const type = archivedAt === null ? 'channel.updated' : 'channel.archived';
  return { output: { channel: toChannel(after) }, events: await channelEvents(tx, type, after) };
}
