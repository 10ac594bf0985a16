import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { call, startTestServer, type TestServer } from '../../../test/server.ts';
import { toldBy } from '../../../test/told.ts';

const password = 'a password for tests';
const ended = { code: 'unauthenticated' };
let server: TestServer;
let count = 0;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const signIn = (login: string, secret = password) =>
  call(server.url, null, 'session.create', {
    login,
    password: secret,
    device: { name: `Device ${(count += 1)}`, platform: 'test' },
  });
const sessionsOf = async ({ accessToken }: SignedIn) =>
  (await call(server.url, accessToken, 'session.list', {})).sessions;

/** Somebody new, signed in on three devices. */
async function somebody(username: string) {
  const first = await server.register(username);
  return { first, second: await signIn(username), third: await signIn(username), username };
}

describe('session.list', () => {
  it('shows the live sessions, the one used last first, and which is this one', async () => {
    const { first, second, third } = await somebody('ada');
    const listed = await sessionsOf(second);
    expect(listed.map(({ id }) => id)).toEqual([
      third.sessionId,
      second.sessionId,
      first.sessionId,
    ]);
    expect(listed.map(({ current }) => current)).toEqual([false, true, false]);
  });
});

describe('ending sessions', () => {
  it('session.end ends this one, which is over at once', async () => {
    const { first, second } = await somebody('bob');
    const told = await toldBy(server.db, () =>
      call(server.url, second.accessToken, 'session.end', {}),
    );
    expect(told).toEqual([['session.revoked', `user:${first.user.id}`]]);
    await expect(sessionsOf(second)).rejects.toMatchObject(ended);
    const refreshed = call(server.url, null, 'session.refresh', {
      refreshToken: second.refreshToken,
    });
    await expect(refreshed).rejects.toMatchObject(ended);
    expect(await sessionsOf(first)).toHaveLength(2);
  });

  it('session.revoke ends one of the own sessions, and knows of no others', async () => {
    const { first, second } = await somebody('cleo');
    const revoke = (sessionId: string) =>
      call(server.url, first.accessToken, 'session.revoke', { sessionId });
    const told = await toldBy(server.db, () => revoke(second.sessionId));
    expect(told).toEqual([['session.revoked', `user:${first.user.id}`]]);
    await expect(sessionsOf(second)).rejects.toMatchObject(ended);
    await expect(revoke(server.owner.sessionId)).rejects.toMatchObject({ code: 'not_found' });
    expect(await sessionsOf(server.owner)).toHaveLength(1);
  });

  it('session.revokeOthers ends all but this one', async () => {
    const { first, second, third } = await somebody('dora');
    const answer = await call(server.url, second.accessToken, 'session.revokeOthers', {});
    expect(answer).toEqual({ revoked: 2 });
    expect(await sessionsOf(second)).toHaveLength(1);
    for (const other of [first, third])
      await expect(sessionsOf(other)).rejects.toMatchObject(ended);
  });
});

describe('account.changePassword', () => {
  const change = ({ accessToken }: SignedIn, currentPassword: string, newPassword: string) =>
    call(server.url, accessToken, 'account.changePassword', { currentPassword, newPassword });

  it('sets the new password and ends the other sessions', async () => {
    const { first, second, third, username } = await somebody('eve');
    const told = await toldBy(server.db, () => change(second, password, 'another password'));
    const revoked = ['session.revoked', `user:${first.user.id}`];
    expect(told).toEqual([revoked, revoked]);
    expect(await sessionsOf(second)).toHaveLength(1);
    for (const other of [first, third])
      await expect(sessionsOf(other)).rejects.toMatchObject(ended);
    await expect(signIn(username)).rejects.toMatchObject({ reason: 'wrong_credentials' });
    await signIn(username, 'another password');
  });

  it('wants the current password, and limits guessing it', async () => {
    const { first, username } = await somebody('fay');
    for (let guess = 0; guess < 10; guess += 1) {
      await expect(change(first, `guess ${guess}`, 'another password')).rejects.toMatchObject({
        code: 'forbidden',
        reason: 'wrong_password',
      });
    }
    await expect(change(first, password, 'another password')).rejects.toMatchObject({
      code: 'rate_limited',
    });
    expect(await sessionsOf(first), username).toHaveLength(3);
  });

  it('succeeds once of two that come at once', async () => {
    const { first, second } = await somebody('gil');
    const answers = await Promise.allSettled([
      change(first, password, 'a first password'),
      change(second, password, 'a second password'),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});
