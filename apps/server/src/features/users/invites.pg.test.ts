import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { call, startTestServer, type TestServer } from '../../../test/server.ts';
import { invites } from '../../database/schema.ts';

const hourMs = 3_600_000;
const inHours = (hours: number) => new Date(Date.now() + hours * hourMs).toISOString();
let server: TestServer;
let admin: SignedIn;

beforeAll(async () => {
  server = await startTestServer();
  admin = await server.register('admin', 'admin');
});
afterAll(() => server.close());

type Change = { role?: 'admin' | 'member' | 'guest'; expiresAt?: string; channelIds?: string[] };

const invite = ({ accessToken }: SignedIn, change: Change = {}) =>
  call(server.url, accessToken, 'invite.create', {
    role: 'member',
    maxUses: 1,
    expiresAt: inHours(1),
    ...change,
  });

describe('invite.create', () => {
  it('shows a code of 128 bits once and keeps only its hash', async () => {
    const { invite: made } = await invite(admin);
    expect(made.code).toMatch(/^[\w-]{22}$/);
    expect(JSON.stringify(await server.db.select().from(invites))).not.toContain(made.code);
  });

  it('lets owners alone invite admins, and members and guests nobody', async () => {
    const member = await server.register('ada');
    const guest = await server.register('gus', 'guest');
    await expect(invite(admin, { role: 'admin' })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(invite(member)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(invite(guest)).rejects.toMatchObject({ code: 'forbidden' });
    expect((await invite(server.owner, { role: 'admin' })).invite.role).toBe('admin');
  });

  it('is for a time that lies ahead, within a year', async () => {
    for (const hours of [-1, 367 * 24]) {
      const attempt = invite(admin, { expiresAt: inHours(hours) });
      await expect(attempt).rejects.toMatchObject({ code: 'invalid_input' });
    }
    await invite(admin, { expiresAt: inHours(365 * 24) });
  });

  it('opens only channels that its maker can open', async () => {
    const { accessToken } = server.owner;
    const make = async (kind: 'public' | 'private', name: string) =>
      (await call(server.url, accessToken, 'channel.create', { kind, name })).channel.id;
    const open = await make('public', 'harbour');
    const closed = await make('private', 'bridge');
    const direct = await call(server.url, accessToken, 'channel.openDirect', {
      userIds: [admin.user.id],
    });
    const channelIds = (await invite(admin, { channelIds: [open, open] })).invite.channelIds;
    expect(channelIds).toEqual([open]);
    for (const channelId of [closed, direct.channel.id, randomUUID()]) {
      const attempt = invite(admin, { channelIds: [open, channelId] });
      await expect(attempt).rejects.toMatchObject({ code: 'not_found' });
    }
    expect((await invite(server.owner, { channelIds: [closed] })).invite.channelIds).toEqual([
      closed,
    ]);
  });
});

describe('invite.list and invite.revoke', () => {
  it('list the latest first, in pages, without codes', async () => {
    const made = [await invite(admin), await invite(admin), await invite(admin)];
    const { accessToken } = admin;
    const first = await call(server.url, accessToken, 'invite.list', { limit: 2 });
    const latest = made.map(({ invite: each }) => each.id).reverse();
    expect(first.invites.map(({ id }) => id)).toEqual(latest.slice(0, 2));
    expect(first.invites.every(({ code }) => code === undefined)).toBe(true);
    const second = await call(server.url, accessToken, 'invite.list', {
      limit: 1,
      after: first.next ?? '',
    });
    expect(second.invites.map(({ id }) => id)).toEqual(latest.slice(2));
  });

  it('revoke an invite once, for good', async () => {
    const { accessToken } = admin;
    const { id: inviteId } = (await invite(admin)).invite;
    const revoke = () => call(server.url, accessToken, 'invite.revoke', { inviteId });
    const { revokedAt } = (await revoke()).invite;
    expect(revokedAt).not.toBeNull();
    expect((await revoke()).invite.revokedAt).toBe(revokedAt);
    await expect(
      call(server.url, accessToken, 'invite.revoke', { inviteId: randomUUID() }),
    ).rejects.toMatchObject({ code: 'not_found' });
  });
});
