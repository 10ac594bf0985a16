import { eq, inArray, sql } from 'drizzle-orm';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Role } from '@parley/shared/protocol/user.ts';
import type { Queryable, Transaction } from '../../database/client.ts';
import { toUser, type UserRow } from '../../database/entities/user.ts';
import { channels, invites, workspaces } from '../../database/schema.ts';
import { addMembers } from '../channels/queries.ts';
import { preparedWrite, type Services } from '../handler.ts';
import { assertFree, insertAccount } from './new-account.ts';
import { beginSession } from './queries.ts';

type Admission = { role: Role; channelIds: Id[]; inviteId: Id | null };

function inviteInvalid(): ParleyError {
  return new ParleyError('forbidden', 'This invite is not good (any more). Ask for a new one.', {
    reason: 'invite_invalid',
  });
}

/** Whether and as what somebody may come in. One answer for every invite that is no good. */
async function admit(
  queryable: Queryable,
  services: Services,
  now: Date,
  inviteCode: string | undefined,
): Promise<Admission> {
  const [workspace] = await queryable.select().from(workspaces).limit(1);
  if (!workspace) throw new ParleyError('conflict', 'The workspace has not been set up yet.');
  if (inviteCode === undefined) {
    if (services.settings.registration === 'open') {
      return { role: 'member', channelIds: [], inviteId: null };
    }
    throw new ParleyError('forbidden', 'An invite is needed to join this workspace.', {
      reason: 'invite_required',
    });
  }
  const [invite] = await queryable
    .select()
    .from(invites)
    .where(eq(invites.codeHash, services.identity.hashSecret(inviteCode)));
  const isGood =
    invite?.revokedAt === null && invite.expiresAt > now && invite.uses < invite.maxUses;
  if (!isGood) throw inviteInvalid();
  return { role: invite.role, channelIds: invite.channelIds, inviteId: invite.id };
}

async function joinChannels(
  tx: Transaction,
  now: Date,
  user: UserRow,
  { role, channelIds }: Admission,
): Promise<NewEvent[]> {
  const [workspace] = await tx.select().from(workspaces).limit(1);
  const wanted = new Set(channelIds);
  if (role !== 'guest' && workspace?.defaultChannelId) wanted.add(workspace.defaultChannelId);
  if (wanted.size === 0) return [];
  const rows = await tx
    .select()
    .from(channels)
    .where(inArray(channels.id, [...wanted]));
  const events: NewEvent[] = [];
  for (const channel of rows) {
    if (channel.archivedAt !== null) continue;
    events.push(...(await addMembers({ tx, now }, channel, [user], 'member')).events);
  }
  return events;
}

/** Makes an account and begins its first session. */
export const registerAccount = preparedWrite(
  'account.register',
  async ({ db, services, now }, { inviteCode, password }) => {
    // Before the hash, so that guessing codes costs the server little.
    await admit(db, services, now, inviteCode);
    return services.identity.hashPassword(password);
  },
  async ({ tx, now, services }, input, passwordHash) => {
    const admission = await admit(tx, services, now, input.inviteCode);
    await assertFree(tx, input);
    const { username, displayName, email } = input;
    const { role } = admission;
    const user = await insertAccount(tx, now, { username, displayName, email, passwordHash, role });
    if (admission.inviteId !== null) {
      await tx
        .update(invites)
        .set({ uses: sql`${invites.uses} + 1` })
        .where(eq(invites.id, admission.inviteId));
    }
    const created: NewEvent = {
      audience: 'members',
      type: 'user.created',
      data: { user: toUser(user) },
    };
    const joined = await joinChannels(tx, now, user, admission);
    const session = await beginSession({ tx, now, services }, user, input.device);
    return { output: session.output, events: [created, ...joined, ...session.events] };
  },
);
