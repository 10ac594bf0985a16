import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import type { Role } from '@parley/shared/protocol/user.ts';
import { call, startTestServer, type TestServer } from '../../../test/server.ts';
import { toldBy } from '../../../test/told.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const setRole = ({ accessToken }: SignedIn, { user }: SignedIn, role: Role) =>
  call(server.url, accessToken, 'user.setRole', { userId: user.id, role });
const deactivate = ({ accessToken }: SignedIn, { user }: SignedIn) =>
  call(server.url, accessToken, 'user.deactivate', { userId: user.id });
const reactivate = ({ accessToken }: SignedIn, { user }: SignedIn) =>
  call(server.url, accessToken, 'user.reactivate', { userId: user.id });
const get = ({ accessToken }: SignedIn, { user }: SignedIn) =>
  call(server.url, accessToken, 'user.get', { userId: user.id });

/** A private channel of the owner's with these people in it. */
async function channelWith(name: string, people: SignedIn[]): Promise<string> {
  const { accessToken } = server.owner;
  const { channel } = await call(server.url, accessToken, 'channel.create', {
    kind: 'private',
    name,
  });
  const userIds = people.map(({ user }) => user.id);
  await call(server.url, accessToken, 'channel.addMembers', { channelId: channel.id, userIds });
  return channel.id;
}

describe('user.get and user.list', () => {
  it('show e-mail addresses to admins and to oneself only', async () => {
    const ada = await server.register('ada');
    const admin = await server.register('admin', 'admin');
    expect((await get(admin, ada)).user.email).toBe('ada@example.com');
    expect((await get(ada, ada)).user.email).toBe('ada@example.com');
    expect((await get(ada, admin)).user).not.toHaveProperty('email');
    const listed = await call(server.url, ada.accessToken, 'user.list', {});
    const withEmail = listed.users.filter(({ email }) => email !== undefined);
    expect(withEmail.map(({ id }) => id)).toEqual([ada.user.id]);
  });

  it('show guests the people of their conversations alone', async () => {
    const guest = await server.register('gus', 'guest');
    const near = await server.register('near');
    const far = await server.register('far');
    await channelWith('harbour', [guest, near]);
    const { users } = await call(server.url, guest.accessToken, 'user.list', {});
    const known = [server.owner, guest, near].map(({ user }) => user.id).sort();
    expect(users.map(({ id }) => id).sort()).toEqual(known);
    expect((await get(guest, near)).user.id).toBe(near.user.id);
    await expect(get(guest, far)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('page in the order of ids', async () => {
    const { accessToken } = server.owner;
    const all = await call(server.url, accessToken, 'user.list', {});
    const paged: string[] = [];
    let after: string | null = null;
    do {
      const page: { users: { id: string }[]; next: string | null } = await call(
        server.url,
        accessToken,
        'user.list',
        { limit: 2, ...(after !== null && { after }) },
      );
      paged.push(...page.users.map(({ id }) => id));
      after = page.next;
    } while (after !== null);
    expect(paged).toEqual(all.users.map(({ id }) => id));
    expect(paged).toEqual([...paged].sort());
  });
});

describe('user.setRole', () => {
  it('lets admins switch members and guests, and owners alone make or unmake admins', async () => {
    const admin = await server.register('boss', 'admin');
    const other = await server.register('other-boss', 'admin');
    const bob = await server.register('bob');
    expect((await setRole(admin, bob, 'guest')).user.role).toBe('guest');
    expect((await setRole(admin, bob, 'member')).user.role).toBe('member');
    const forbidden: [SignedIn, SignedIn, Role][] = [
      [admin, bob, 'admin'],
      [admin, bob, 'owner'],
      [admin, other, 'member'],
      [admin, server.owner, 'member'],
      [bob, other, 'guest'],
    ];
    for (const [actor, person, role] of forbidden) {
      await expect(setRole(actor, person, role)).rejects.toMatchObject({ code: 'forbidden' });
    }
    expect((await setRole(server.owner, bob, 'admin')).user.role).toBe('admin');
    expect(await toldBy(server.db, () => setRole(server.owner, bob, 'admin'))).toEqual([]);
  });

  it('tells a guest of their own new role, and their conversations', async () => {
    const guest = await server.register('gil', 'guest');
    const witness = await server.register('witness', 'guest');
    const channelId = await channelWith('quay', [guest, witness]);
    const told = await toldBy(server.db, () => setRole(server.owner, guest, 'member'));
    expect(told).toEqual([
      ['user.updated', 'members'],
      ['user.updated', `user:${guest.user.id}`],
      ['member.updated', `channel:${channelId}`],
    ]);
  });

  it('leaves an owner, even when two owners unmake each other at once', async () => {
    const last = { code: 'conflict', reason: 'last_owner' };
    await expect(setRole(server.owner, server.owner, 'member')).rejects.toMatchObject(last);
    await expect(deactivate(server.owner, server.owner)).rejects.toMatchObject(last);
    const second = await server.register('second');
    await setRole(server.owner, second, 'owner');
    const attempts = [
      setRole(server.owner, second, 'member'),
      setRole(second, server.owner, 'member'),
    ];
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    // The suite goes on with its owner.
    if (outcomes[1]?.status === 'fulfilled') await setRole(second, server.owner, 'owner');
    await setRole(server.owner, second, 'member');
  });
});

describe('user.deactivate and user.reactivate', () => {
  it('end all sessions before they tell of it, and do nothing twice', async () => {
    const cleo = await server.register('cleo');
    const told = await toldBy(server.db, () => deactivate(server.owner, cleo));
    expect(told).toEqual([
      ['session.revoked', `user:${cleo.user.id}`],
      ['user.deactivated', 'members'],
    ]);
    await expect(get(cleo, cleo)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await toldBy(server.db, () => deactivate(server.owner, cleo))).toEqual([]);
    const back = await toldBy(server.db, () => reactivate(server.owner, cleo));
    expect(back).toEqual([['user.updated', 'members']]);
    expect(await toldBy(server.db, () => reactivate(server.owner, cleo))).toEqual([]);
    await expect(get(cleo, cleo)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect((await get(server.owner, cleo)).user.deactivatedAt).toBeNull();
  });

  it('are not for admins to do to admins and owners', async () => {
    const admin = await server.register('deputy', 'admin');
    const other = await server.register('other-deputy', 'admin');
    for (const target of [other, server.owner]) {
      await expect(deactivate(admin, target)).rejects.toMatchObject({ code: 'forbidden' });
    }
    await deactivate(server.owner, other);
    await expect(reactivate(admin, other)).rejects.toMatchObject({ code: 'forbidden' });
  });
});
