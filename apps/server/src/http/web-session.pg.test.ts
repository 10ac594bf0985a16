import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, startTestServer, type TestServer } from '../../test/server.ts';

const device = { name: 'Browser', platform: 'web' };
const login = { login: 'owner', password: 'a password for tests', device };
const opening = { command: 'session.create', input: login };
let world: TestServer;
let secure: TestServer;

beforeAll(async () => {
  [world, secure] = await Promise.all([
    startTestServer(),
    startTestServer({ publicUrl: 'https://chat.example.com' }),
  ]);
}, 60_000);
afterAll(() => Promise.all([world.close(), secure.close()]));

type Headers = Record<string, string>;

function ask(path: string, body: object, headers: Headers = {}, url = world.url) {
  return fetch(`${url}/web/session/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** What a browser would send back of the cookies that it was given. */
function cookieOf(response: Response): string {
  return (response.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
}

describe('the session of the web app', () => {
  it('keeps its refresh token from scripts and from everything but these addresses', async () => {
    const response = await ask('open', opening);
    const text = await response.text();
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^parley_session=[\w-]{43};/);
    for (const flag of ['Path=/web/session', 'HttpOnly', 'SameSite=Strict', 'Max-Age=7776000']) {
      expect(cookie).toContain(flag);
    }
    expect(cookie).not.toContain('Secure');
    expect(text).not.toContain(cookieOf(response).slice('parley_session='.length));
    expect(JSON.parse(text)).toMatchObject({ server: world.url, userId: world.owner.user.id });
    expect(response.headers.get('cache-control')).toBe('no-store');
    const overHttps = await ask('open', opening, {}, secure.url);
    expect(overHttps.headers.get('set-cookie')).toContain('Secure');
  });

  it('is refreshed by the cookie, which is then another, until it is closed', async () => {
    const opened = await ask('open', opening);
    const cookie = cookieOf(opened);
    const refreshed = await ask('access', {}, { cookie });
    const { accessToken } = (await refreshed.json()) as { accessToken: string };
    expect(cookieOf(refreshed)).not.toBe(cookie);
    expect(await call(world.url, accessToken, 'session.list', {})).toMatchObject({ sessions: {} });
    const authorization = `Bearer ${accessToken}`;
    const closed = await ask('close', {}, { cookie: cookieOf(refreshed), authorization });
    expect(closed.headers.get('set-cookie')).toMatch(/^parley_session=;.*Max-Age=0/);
    const after = await ask('access', {}, { cookie: cookieOf(refreshed) });
    expect(await after.json()).toBeNull();
    const ended = call(world.url, accessToken, 'session.list', {});
    await expect(ended).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('answers null to somebody who is not signed in', async () => {
    for (const headers of [{}, { cookie: 'parley_session=a-guess' }] as Headers[]) {
      const response = await ask('access', {}, headers);
      expect([response.status, await response.json()]).toEqual([200, null]);
    }
  });

  it('does nothing for another site, a form, or another command', async () => {
    const cookie = cookieOf(await ask('open', opening));
    const attempts: [Headers, object, number][] = [
      [{ cookie, 'sec-fetch-site': 'cross-site' }, {}, 403],
      [{ cookie, 'sec-fetch-site': 'same-site' }, {}, 403],
      [{ cookie, 'content-type': 'text/plain' }, {}, 403],
      [{ cookie, 'content-type': 'application/x-www-form-urlencoded' }, {}, 403],
      [{ cookie }, { unknown: 1 }, 400],
    ];
    for (const [headers, body, status] of attempts) {
      const response = await ask('access', body, headers);
      expect(response.status).toBe(status);
      expect(response.headers.get('set-cookie')).toBeNull();
    }
    const other = { command: 'user.list', input: {} };
    expect((await ask('open', other)).status).toBe(400);
    const large = { command: 'session.create', input: { ...login, login: 'x'.repeat(300_000) } };
    expect((await ask('open', large)).status).toBe(413);
    const wrong = { ...opening, input: { ...login, password: 'wrong' } };
    expect((await ask('open', wrong)).status).toBe(401);
  });
});
