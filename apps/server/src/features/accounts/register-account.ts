import { eq, sql } from 'drizzle-orm';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Role } from '@parley/shared/protocol/user.ts';
import type { Queryable, Transaction } from '../../database/client.ts';
import { findChannel } from '../../database/entities/channel.ts';
import { findUser, toUser, type UserRow } from '../../database/entities/user.ts';
import { invites, workspaces } from '../../database/schema.ts';
import { addMembers } from '../channels/queries.ts';
import { preparedWrite, type Services } from '../handler.ts';
import { openedBy } from '../users/queries.ts';
import { mayManage } from '../users/rules.ts';
import { assertFree, insertAccount } from './new-account.ts';
import { beginSession } from './queries.ts';

type Invited = { id: Id; createdBy: Id; channelIds: Id[] };
type Admission = { role: Role; invite: Invited | null };

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
  if (services.settings.registration === 'closed') {
    throw new ParleyError('forbidden', 'Nobody can register with this workspace.', {
      reason: 'registration_closed',
    });
  }
  if (inviteCode === undefined) {
    if (services.settings.registration === 'open') {
      return { role: 'member', invite: null };
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
  // Else somebody who was sent away, or made a lesser one, could come back by an invite of their own.
  const maker = await findUser(queryable, invite.createdBy);
  if (maker?.deactivatedAt !== null || !mayManage(maker, invite.role)) throw inviteInvalid();
  return { role: invite.role, invite };
}

async function joinChannels(
  tx: Transaction,
  now: Date,
  user: UserRow,
  { role, invite }: Admission,
): Promise<NewEvent[]> {
  const [workspace] = await tx.select().from(workspaces).limit(1);
  const rows = invite ? await openedBy(tx, invite.createdBy, invite.channelIds) : [];
  const wanted = new Map(rows.map((channel) => [channel.id, channel]));
  if (role !== 'guest' && workspace?.defaultChannelId) {
    const first = await findChannel(tx, workspace.defaultChannelId);
    if (first) wanted.set(first.id, first);
  }
  const events: NewEvent[] = [];
  for (const channel of wanted.values()) {
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
  async ({ tx, now, services, origin }, input, passwordHash) => {
    const admission = await admit(tx, services, now, input.inviteCode);
    await assertFree(tx, input);
    const { username, displayName, email } = input;
    const { role } = admission;
    const user = await insertAccount(tx, now, { username, displayName, email, passwordHash, role });
    if (admission.invite) {
      await tx
        .update(invites)
        .set({ uses: sql`${invites.uses} + 1` })
        .where(eq(invites.id, admission.invite.id));
    }
    const created: NewEvent = {
      audience: 'members',
      type: 'user.created',
      data: { user: toUser(user) },
    };
    services.identity.signInLimits.vouch({ account: user.id, address: origin.address });
    const joined = await joinChannels(tx, now, user, admission);
    const session = await beginSession({ tx, now, services }, user, input.device);
    return { output: session.output, events: [created, ...joined, ...session.events] };
  },
);
