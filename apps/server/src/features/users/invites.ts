import { randomBytes } from 'node:crypto';
import { desc, eq, lt } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Invite } from '@parley/shared/protocol/session.ts';
import { optionalTimestamp, timestamp } from '../../database/entities/moments.ts';
import { invites } from '../../database/schema.ts';
import { read, write } from '../handler.ts';
import { openedBy } from './queries.ts';
import { assertMayManage } from './rules.ts';

const longestMs = 366 * 24 * 3600 * 1000;

function toInvite(row: typeof invites.$inferSelect): Invite {
  return {
    id: row.id,
    role: row.role,
    maxUses: row.maxUses,
    uses: row.uses,
    expiresAt: timestamp(row.expiresAt),
    revokedAt: optionalTimestamp(row.revokedAt),
    createdBy: row.createdBy,
    createdAt: timestamp(row.createdAt),
    channelIds: row.channelIds,
  };
}

/** Makes an invite; its code is in the answer and nowhere else. */
export const createInvite = write('invite.create', async (context, input) => {
  const { tx, actor, now, services } = context;
  assertMayManage(actor, input.role);
  const expiresAt = new Date(input.expiresAt);
  if (expiresAt <= now || expiresAt.getTime() - now.getTime() > longestMs) {
    throw new ParleyError('invalid_input', 'expiresAt: must lie in the future, within a year.');
  }
  const channelIds = [...new Set(input.channelIds ?? [])];
  if ((await openedBy(tx, actor.userId, channelIds)).length < channelIds.length) {
    throw new ParleyError('not_found', 'There is no such channel.');
  }
  const code = randomBytes(16).toString('base64url');
  const [row] = await tx
    .insert(invites)
    .values({
      id: uuidv7(),
      codeHash: services.identity.hashSecret(code),
      role: input.role,
      maxUses: input.maxUses,
      expiresAt,
      createdBy: actor.userId,
      createdAt: now,
      channelIds,
    })
    .returning();
  if (!row) throw new Error('the invite was not written');
  return { output: { invite: { ...toInvite(row), code } }, events: [] };
});

/** Invites, the latest first, without their codes. */
export const listInvites = read('invite.list', async ({ db }, { after, limit }) => {
  const rows = await db
    .select()
    .from(invites)
    .where(after === undefined ? undefined : lt(invites.id, after))
    .orderBy(desc(invites.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  return {
    invites: page.map(toInvite),
    next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
  };
});

/** Makes an invite useless; nothing happens when it is so already. */
export const revokeInvite = write('invite.revoke', async ({ tx, now }, { inviteId }) => {
  const [before] = await tx.select().from(invites).where(eq(invites.id, inviteId));
  if (!before) throw new ParleyError('not_found', 'There is no such invite.');
  if (before.revokedAt !== null) return { output: { invite: toInvite(before) }, events: [] };
  const revoked = { ...before, revokedAt: now };
  await tx.update(invites).set({ revokedAt: now }).where(eq(invites.id, inviteId));
  return { output: { invite: toInvite(revoked) }, events: [] };
});
