import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { call, startTestServer, type TestServer } from '../../../test/server.ts';
import { toldBy } from '../../../test/told.ts';
import { refreshTokens } from '../../database/schema.ts';

const device = { name: 'Test device', platform: 'test' };
const password = 'a password for tests';
const sessionEnded = { code: 'unauthenticated' };
let server: TestServer;
let ada: SignedIn;

beforeAll(async () => {
  server = await startTestServer();
  ada = await server.register('ada');
});
afterAll(() => server.close());

const signIn = (login = 'ada', secret = password) =>
  call(server.url, null, 'session.create', { login, password: secret, device });
const refresh = (refreshToken: string, nonce?: string) =>
  call(server.url, null, 'session.refresh', {
    refreshToken,
    ...(nonce !== undefined && { nonce }),
  });
const isSignedIn = (token: string) => call(server.url, token, 'session.list', {});

describe('session.create', () => {
  it('takes the user name or the e-mail address, in any case', async () => {
    for (const login of ['ada', 'ADA', ' Ada@Example.com ']) {
      expect((await signIn(login)).user).toMatchObject({ id: ada.user.id });
    }
  });

  it('answers the same for an unknown name and a wrong password', async () => {
    const answers = await Promise.allSettled([signIn('nobody'), signIn('ada', 'not hers at all')]);
    const [unknown, wrong] = answers.map((answer) => 'reason' in answer && String(answer.reason));
    expect(unknown).toBe(wrong);
    for (const answer of answers) {
      expect(answer).toMatchObject({
        reason: { code: 'unauthenticated', reason: 'wrong_credentials' },
      });
    }
  });

  it('tells those who are deactivated so, if the password is right', async () => {
    const { user } = await server.register('bob');
    await call(server.url, server.owner.accessToken, 'user.deactivate', { userId: user.id });
    await expect(signIn('bob')).rejects.toMatchObject({ code: 'forbidden', reason: 'deactivated' });
    await expect(signIn('bob', 'a wrong one')).rejects.toMatchObject({
      reason: 'wrong_credentials',
    });
  });

  it('slows guessing down, without telling whether the account exists', async () => {
    for (const login of ['cleo', 'nobody-at-all']) {
      if (login === 'cleo') await server.register(login);
      const guesses = Array.from({ length: 10 }, (_, each) => `guess number ${each}`);
      for (const guess of guesses) {
        await expect(signIn(login, guess)).rejects.toMatchObject({ code: 'unauthenticated' });
      }
      await expect(signIn(login)).rejects.toMatchObject({ code: 'rate_limited' });
    }
  });

  it('ends the session that was used least recently beyond fifty', async () => {
    const first = await server.register('dora');
    const second = await signIn('dora');
    for (let each = 2; each < 50; each += 1) await signIn('dora');
    // The first is used, so the second is now the one to go.
    const { accessToken } = await refresh(first.refreshToken);
    const told = await toldBy(server.db, () => signIn('dora'));
    expect(told).toEqual([['session.revoked', `user:${first.user.id}`]]);
    await expect(isSignedIn(second.accessToken)).rejects.toMatchObject(sessionEnded);
    expect((await isSignedIn(accessToken)).sessions).toHaveLength(50);
  });
});

describe('session.refresh', () => {
  it('gives a new pair, and keeps only hashes', async () => {
    const before = await signIn();
    const after = await refresh(before.refreshToken);
    expect(after.sessionId).toBe(before.sessionId);
    expect(after.refreshToken).not.toBe(before.refreshToken);
    await isSignedIn(after.accessToken);
    const rows = JSON.stringify(await server.db.select().from(refreshTokens));
    expect(rows).not.toContain(before.refreshToken);
    expect(rows).not.toContain(after.refreshToken);
    await expect(refresh('never given out')).rejects.toMatchObject(sessionEnded);
  });

  it('ends the session when a token is used twice, and tells its devices', async () => {
    const before = await signIn();
    const after = await refresh(before.refreshToken);
    const told = await toldBy(server.db, () =>
      expect(refresh(before.refreshToken)).rejects.toMatchObject({ reason: 'token_reused' }),
    );
    expect(told).toEqual([['session.revoked', `user:${ada.user.id}`]]);
    await expect(isSignedIn(after.accessToken)).rejects.toMatchObject(sessionEnded);
    await expect(refresh(after.refreshToken)).rejects.toMatchObject(sessionEnded);
  });

  it('gives the same successor again to an attempt whose answer was lost', async () => {
    const { refreshToken } = await signIn();
    const nonce = randomUUID();
    const [first, second] = await Promise.all([
      refresh(refreshToken, nonce),
      refresh(refreshToken, nonce),
    ]);
    const third = await refresh(refreshToken, nonce);
    expect(second.refreshToken).toBe(first.refreshToken);
    expect(third.refreshToken).toBe(first.refreshToken);
    await isSignedIn(third.accessToken);
    await refresh(first.refreshToken, randomUUID());
    // The successor has been used, so whoever repeats the attempt now has no business to.
    await expect(refresh(refreshToken, nonce)).rejects.toMatchObject({ reason: 'token_reused' });
  });

  it('ends the session when another attempt comes with a used token', async () => {
    const { refreshToken } = await signIn();
    const { accessToken } = await refresh(refreshToken, randomUUID());
    await expect(refresh(refreshToken, randomUUID())).rejects.toMatchObject({
      reason: 'token_reused',
    });
    await expect(isSignedIn(accessToken)).rejects.toMatchObject(sessionEnded);
  });

  it('refuses a token that lay unused for ninety days', async () => {
    const { sessionId, refreshToken } = await signIn();
    const [row] = await server.db
      .select()
      .from(refreshTokens)
      .where(eq(refreshTokens.sessionId, sessionId));
    const lives = (row?.expiresAt.getTime() ?? 0) - (row?.createdAt.getTime() ?? 0);
    expect(lives).toBe(90 * 24 * 3600 * 1000);
    await server.db
      .update(refreshTokens)
      .set({ expiresAt: new Date() })
      .where(eq(refreshTokens.sessionId, sessionId));
    await expect(refresh(refreshToken)).rejects.toMatchObject(sessionEnded);
  });
});
