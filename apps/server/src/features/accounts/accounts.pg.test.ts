import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, startTestServer, type TestServer } from '../../../test/server.ts';
import { createServer } from '../../app.ts';
import { toldSince } from '../../../test/told.ts';
import { memberships, users, workspaces } from '../../database/schema.ts';
import { readHead } from '../../log/head.ts';
import { testSettings } from '../../../test/settings.ts';

const device = { name: 'Test device', platform: 'test' };
const password = 'a password for tests';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const signIn = (login: string, secret = password) =>
  call(server.url, null, 'session.create', { login, password: secret, device });

const account = (username: string) => ({
  username,
  displayName: username,
  email: `${username}@example.com`,
  password,
  device,
});

type InviteChange = { role?: 'admin' | 'guest'; maxUses?: number; channelIds?: string[] };

async function newInvite(change: InviteChange = {}, maker = server.owner) {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const input = { role: 'member' as const, maxUses: 1, expiresAt, ...change };
  const { invite } = await call(server.url, maker.accessToken, 'invite.create', input);
  return invite;
}

const register = (username: string, inviteCode?: string) =>
  call(server.url, null, 'account.register', {
    ...account(username),
    ...(inviteCode !== undefined && { inviteCode }),
  });

describe('server.setup', () => {
  it('made the workspace, its owner and the first channel, and told of them in this order', async () => {
    const told = (await toldSince(server.db, 0))
      .slice(0, 5)
      .map(({ type, audience }) => [type, audience]);
    const [workspace] = await server.db.select().from(workspaces);
    const channelId = workspace?.defaultChannelId ?? '';
    expect(told).toEqual([
      ['workspace.updated', 'everyone'],
      ['user.created', 'members'],
      ['channel.created', 'members'],
      ['membership.added', `user:${server.owner.user.id}`],
      ['member.joined', `channel:${channelId}`],
    ]);
    expect(server.owner.user).toMatchObject({ role: 'owner', email: 'owner@example.com' });
    const [membership] = await server.db
      .select()
      .from(memberships)
      .where(eq(memberships.userId, server.owner.user.id));
    expect(membership).toMatchObject({ channelId, role: 'admin' });
    const info = await call(server.url, null, 'server.info', {});
    expect(info).toMatchObject({ name: 'Northwind', setupRequired: false });
  });

  it('happens once, and with the right token alone', async () => {
    const again = { ...account('second'), workspaceName: 'Southwind' };
    const setUp = (setupToken: string) =>
      call(server.url, null, 'server.setup', { ...again, setupToken });
    await expect(setUp('a guess')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(setUp('set-up-token-for-tests')).rejects.toMatchObject({ code: 'conflict' });
    expect(await server.db.select().from(workspaces)).toHaveLength(1);
  });
});

describe('account.register', () => {
  it('lets in by an invite, into the first channel and those of the invite', async () => {
    const { channel } = await call(server.url, server.owner.accessToken, 'channel.create', {
      kind: 'private',
      name: 'harbour',
    });
    const { code } = await newInvite({ channelIds: [channel.id] });
    const { user } = await call(server.url, null, 'account.register', {
      ...account('Ada'),
      inviteCode: code ?? '',
    });
    expect(user).toMatchObject({ username: 'ada', email: 'ada@example.com', role: 'member' });
    const joined = await server.db
      .select()
      .from(memberships)
      .where(eq(memberships.userId, user.id));
    const [workspace] = await server.db.select().from(workspaces);
    expect(joined.map(({ channelId }) => channelId).sort()).toEqual(
      [channel.id, workspace?.defaultChannelId].sort(),
    );
  });

  it('brings guests into the channels of their invite alone', async () => {
    const { user } = await server.register('gus', 'guest');
    const joined = await server.db
      .select()
      .from(memberships)
      .where(eq(memberships.userId, user.id));
    expect(joined).toEqual([]);
  });

  it('refuses unknown, used-up and revoked invites with one answer', async () => {
    const used = await newInvite();
    const revoked = await newInvite();
    await call(server.url, server.owner.accessToken, 'invite.revoke', { inviteId: revoked.id });
    await register('bea', used.code);
    const answers = await Promise.allSettled([
      register('cai', used.code),
      register('cai', revoked.code),
      register('cai', 'a-guess'),
    ]);
    for (const answer of answers) {
      expect(answer).toMatchObject({ reason: { code: 'forbidden', reason: 'invite_invalid' } });
    }
    expect(new Set(answers.map((each) => 'reason' in each && String(each.reason))).size).toBe(1);
    await expect(register('cai')).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('refuses invites of those who could not make them any more', async () => {
    const ask = server.owner.accessToken;
    const [gone, lesser] = [await server.register('gone', 'admin'), await server.register('hal')];
    await call(server.url, ask, 'user.setRole', { userId: lesser.user.id, role: 'owner' });
    const ofGone = await newInvite({}, gone);
    const ofLesser = await newInvite({ role: 'admin' }, lesser);
    await call(server.url, ask, 'user.deactivate', { userId: gone.user.id });
    await call(server.url, ask, 'user.setRole', { userId: lesser.user.id, role: 'admin' });
    for (const { code } of [ofGone, ofLesser]) {
      const back = register('back', code);
      await expect(back).rejects.toMatchObject({ code: 'forbidden', reason: 'invite_invalid' });
    }
    // What the maker may still give is still given.
    await call(server.url, ask, 'user.reactivate', { userId: gone.user.id });
    await expect(register('back', ofGone.code)).resolves.toMatchObject({});
  });

  it('brings nobody into a private channel that the maker of the invite is no longer in', async () => {
    const ask = server.owner.accessToken;
    const maker = await server.register('ida', 'admin');
    const { channel } = await call(server.url, ask, 'channel.create', {
      kind: 'private',
      name: 'cellar',
      userIds: [maker.user.id],
    });
    const { code } = await newInvite({ role: 'guest', channelIds: [channel.id] }, maker);
    const removal = { channelId: channel.id, userId: maker.user.id };
    await call(server.url, ask, 'channel.removeMember', removal);
    const { accessToken } = await register('mole', code);
    const { channels } = await call(server.url, accessToken, 'sync.bootstrap', {});
    expect(channels).toEqual([]);
  });

  it('lets nobody in, with an invite neither, where registration is closed', async () => {
    const settings = { ...testSettings, registration: 'closed' as const };
    const closed = createServer({ db: server.db, identity: server.identity, settings });
    const url = await closed.listen({ port: 0, host: '127.0.0.1' });
    const { code: inviteCode = '' } = await newInvite();
    const late = call(url, null, 'account.register', { ...account('late'), inviteCode });
    await expect(late).rejects.toMatchObject({ reason: 'registration_closed' });
    await closed.close();
  });

  it('lets no more in than an invite is for, when they come at once', async () => {
    const { code = '' } = await newInvite({ maxUses: 2 });
    const answers = await Promise.allSettled(
      ['dan1', 'dan2', 'dan3', 'dan4'].map((username) =>
        call(server.url, null, 'account.register', { ...account(username), inviteCode: code }),
      ),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });

  it('says which of name and address is taken, and keeps the invite good', async () => {
    const { code: inviteCode = '' } = await newInvite();
    const registerAs = (username: string, email: string) =>
      call(server.url, null, 'account.register', { ...account(username), email, inviteCode });
    await expect(registerAs('OWNER', 'new@example.com')).rejects.toMatchObject({
      code: 'conflict',
      reason: 'username_taken',
    });
    await expect(registerAs('eve', 'Owner@Example.com')).rejects.toMatchObject({
      code: 'conflict',
      reason: 'email_taken',
    });
    await expect(registerAs('eve', 'eve@example.com')).resolves.toMatchObject({});
  });
});

describe('account.update', () => {
  it('tells members the new profile without the e-mail address, and nothing when nothing changed', async () => {
    const { accessToken, user } = await server.register('fay');
    const { position } = await readHead(server.db);
    const change = { displayName: 'Fay Ferreira', timezone: 'Europe/Lisbon' };
    const updated = await call(server.url, accessToken, 'account.update', change);
    expect(updated.user).toMatchObject({ ...change, email: 'fay@example.com' });
    await call(server.url, accessToken, 'account.update', change);
    const told = await toldSince(server.db, position);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ type: 'user.updated', audience: 'members', actorId: user.id });
    expect(JSON.stringify(told[0])).not.toContain('@');
    const [row] = await server.db.select().from(users).where(eq(users.id, user.id));
    expect(row?.passwordHash).toMatch(/^\$argon2id\$/);
    expect((await signIn('FAY@example.com')).user.id).toBe(user.id);
  });
});
