import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeProtectedHeader, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAccessTokens } from './access-tokens.ts';
import { loadSigningKeys, rotateSigningKey } from './signing-keys.ts';

const claims = {
  userId: '018f7c9e-0000-7000-8000-000000000001',
  sessionId: '018f7c9e-0000-7000-8000-000000000002',
};
const start = new Date('2026-03-01T12:00:00.500Z');
const secondsLater = (seconds: number) => new Date(start.getTime() + seconds * 1000);
/** Windows has no such modes: there the folder of the account protects its files. */
const privateMode = process.platform === 'win32' ? 0o666 : 0o600;
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-keys-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

async function tokensAt(now: () => Date = () => start) {
  return createAccessTokens(await loadSigningKeys(dataDir), now);
}

/** A token of the newest key, good in every way but what the test changes. */
async function forge(change: (jwt: SignJWT) => SignJWT, header: object = {}): Promise<string> {
  const { current } = await loadSigningKeys(dataDir);
  const issuedAt = Math.floor(start.getTime() / 1000);
  const jwt = new SignJWT({ sid: claims.sessionId })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: current.kid, ...header })
    .setIssuer('parley')
    .setAudience('parley-api')
    .setSubject(claims.userId)
    .setExpirationTime(issuedAt + 600);
  return change(jwt).sign(current.privateKey);
}

describe('access tokens', () => {
  it('tell who signed in, for ten minutes', async () => {
    let now = start;
    const tokens = await tokensAt(() => now);
    const { token, expiresAt } = await tokens.sign(claims);
    expect(expiresAt).toEqual(new Date('2026-03-01T12:10:00.000Z'));
    now = secondsLater(599);
    expect(await tokens.verify(token)).toEqual(claims);
    now = secondsLater(600);
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'token_expired' });
  });

  it('are refused when anything in them was changed', async () => {
    const tokens = await tokensAt();
    const { token } = await tokens.sign(claims);
    expect(await tokens.verify(token)).toEqual(claims);
    const [header = '', , signature = ''] = token.split('.');
    const payload = Buffer.from(JSON.stringify({ sub: claims.userId })).toString('base64url');
    const unsigned = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
    const bad = [
      `${header}.${payload}.${signature}`,
      `${unsigned}.${payload}.`,
      await forge((jwt) => jwt.setIssuer('somebody')),
      await forge((jwt) => jwt.setAudience('somebody')),
      await forge((jwt) => jwt.setSubject('nobody')),
      await forge((jwt) => jwt, { typ: 'JWT' }),
      await forge((jwt) => jwt, { kid: '018f7c9e-0000-7000-8000-000000000009' }),
      'not a token',
      '',
    ];
    expect(await tokens.verify(await forge((jwt) => jwt))).toEqual(claims);
    for (const each of bad) {
      await expect(tokens.verify(each), each).rejects.toMatchObject({ code: 'unauthenticated' });
    }
  });
});

it('a token that was good is known again without its key, one that was not is not', async () => {
  const keys = await loadSigningKeys(dataDir);
  const tokens = createAccessTokens(keys, () => start);
  const { token } = await tokens.sign(claims);
  const another = await forge((jwt) => jwt.setIssuedAt());
  expect(await tokens.verify(token)).toEqual(claims);
  keys.publicKeys.clear();
  expect(await tokens.verify(token)).toEqual(claims);
  for (const each of [another, another]) {
    await expect(tokens.verify(each)).rejects.toMatchObject({ code: 'unauthenticated' });
  }
});

describe('signing keys', () => {
  it('survive a restart', async () => {
    const { token } = await (await tokensAt()).sign(claims);
    expect(await (await tokensAt()).verify(token)).toEqual(claims);
  });

  it('rotate: the newest signs, the older still verify', async () => {
    const { token: old } = await (await tokensAt()).sign(claims);
    const kid = await rotateSigningKey(dataDir);
    const tokens = await tokensAt();
    const { token } = await tokens.sign(claims);
    expect(decodeProtectedHeader(token).kid).toBe(kid);
    expect(decodeProtectedHeader(old).kid).not.toBe(kid);
    expect(await tokens.verify(token)).toEqual(claims);
    expect(await tokens.verify(old)).toEqual(claims);
  });

  it('no longer verify once their file is gone', async () => {
    const { token } = await (await tokensAt()).sign(claims);
    const folder = join(dataDir, 'keys');
    for (const name of await readdir(folder)) await rm(join(folder, name));
    const tokens = await tokensAt();
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('lie in files for this user alone', async () => {
    await loadSigningKeys(dataDir);
    const folder = join(dataDir, 'keys');
    const names = await readdir(folder);
    expect(names).toHaveLength(1);
    for (const name of names)
      expect((await stat(join(folder, name))).mode & 0o777).toBe(privateMode);
  });

  it('keep the server from starting when their file is damaged', async () => {
    await loadSigningKeys(dataDir);
    const [name = ''] = await readdir(join(dataDir, 'keys'));
    const path = join(dataDir, 'keys', name);
    await writeFile(path, (await readFile(path, 'utf8')).slice(0, 40));
    await expect(loadSigningKeys(dataDir)).rejects.toThrow(`${name} is no signing key`);
  });
});
