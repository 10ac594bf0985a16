import { timingSafeEqual } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import { toUser } from '../../database/entities/user.ts';
import { toWorkspace } from '../../database/entities/workspace.ts';
import { workspaces } from '../../database/schema.ts';
import { addMembers, channelEvents, insertChannel } from '../channels/queries.ts';
import { preparedWrite, type Services } from '../handler.ts';
import { insertAccount } from './new-account.ts';
import { beginSession } from './queries.ts';

const defaultChannel = { name: 'general', topic: '', purpose: 'For everybody.' };

function assertSetupToken(services: Services, given: string): void {
  // Hashes have one length, which a comparison in constant time needs.
  const hash = (token: string) => Buffer.from(services.identity.hashSecret(token));
  if (timingSafeEqual(hash(given), hash(services.settings.setupToken))) return;
  throw new ParleyError(
    'forbidden',
    'The set-up token is wrong. The server prints it at its start.',
  );
}

/** Makes the workspace, its owner and its first channel. */
export const setUpServer = preparedWrite(
  'server.setup',
  async ({ services }, { setupToken, password }) => {
    assertSetupToken(services, setupToken);
    return services.identity.hashPassword(password);
  },
  async ({ tx, now, services, origin }, input, passwordHash) => {
    const existing = await tx.select({ id: workspaces.id }).from(workspaces).limit(1);
    if (existing.length > 0) {
      throw new ParleyError('conflict', 'The workspace has been set up already. Sign in.', {
        reason: 'already_set_up',
      });
    }
    const { username, displayName, email, workspaceName } = input;
    const account = { username, displayName, email, passwordHash, role: 'owner' as const };
    const owner = await insertAccount(tx, now, account);
    services.identity.signInLimits.vouch({ account: owner.id, address: origin.address });
    const made = await insertChannel(
      { tx, now },
      { ...defaultChannel, kind: 'public', createdBy: owner.id },
    );
    const [workspace] = await tx
      .insert(workspaces)
      .values({ id: uuidv7(), name: workspaceName, createdAt: now, defaultChannelId: made.id })
      .returning();
    if (!workspace) throw new Error('the workspace was not written');
    const { channel, events } = await addMembers({ tx, now }, made, [owner], 'admin');
    const session = await beginSession({ tx, now, services }, owner, input.device);
    const first: NewEvent[] = [
      {
        audience: 'everyone',
        type: 'workspace.updated',
        data: { workspace: toWorkspace(workspace) },
      },
      { audience: 'members', type: 'user.created', data: { user: toUser(owner) } },
      ...(await channelEvents(tx, 'channel.created', channel)),
    ];
    return { output: session.output, events: [...first, ...events, ...session.events] };
  },
);
