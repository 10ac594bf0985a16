import { randomBytes, randomUUID, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { rename, truncate } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UpdateOffer, type Manifest, type UpdateFile } from '@parley/shared/updates/manifest.ts';
import { verifyManifest } from '@parley/shared/updates/verify.ts';
import { newSigningKey } from '../../../../packages/shared/test/manifests.ts';
import { TestFeed } from '../../test/feed.ts';
import { call, startTestServer, type TestServer } from '../../test/server.ts';
import { testSettings } from '../../test/settings.ts';

const key = await newSigningKey();
/** More than the buffers of a connection hold. */
const content = randomBytes(16 * 1024 * 1024);
let feed: TestFeed;
let server: TestServer;
let file: UpdateFile;

beforeAll(async () => {
  feed = await TestFeed.make();
  const updates = { folder: feed.folder, keys: [key.publicKey] };
  server = await startTestServer({ settings: { ...testSettings, updates } });
  ({ file } = await release({ version: '1.1.0' }, 100, content));
});
afterAll(async () => {
  await server.close();
  await feed.remove();
});

async function release(changes: Partial<Manifest>, percentage = 100, bytes?: Uint8Array) {
  const added = await feed.add([key], changes, bytes);
  const { channel, version } = added.manifest;
  const { accessToken } = server.owner;
  await call(server.url, accessToken, 'update.publish', { channel, version, percentage });
  return added;
}

type Change = { percentage: number } | 'withdrawn';
const change = (version: string, to: Change, channel: 'stable' | 'beta' = 'stable') =>
  to === 'withdrawn'
    ? call(server.url, server.owner.accessToken, 'update.withdraw', { channel, version })
    : call(server.url, server.owner.accessToken, 'update.rollout', { channel, version, ...to });

type Asker = { version?: string; installation?: string };
const ask = (path: string, { version = '1.0.0', installation = randomUUID() }: Asker = {}) =>
  fetch(`${server.url}/updates/${path}?version=${version}&installation=${installation}`);

/** The version that is offered, as a client finds it out; null: nothing. */
async function offered(path = 'stable/linux/x64', asker: Asker = {}): Promise<string | null> {
  const response = await ask(path, asker);
  expect(response.headers.get('cache-control')).toBe('no-store');
  if (response.status === 204) return null;
  expect(response.status).toBe(200);
  const { manifest, signatures } = UpdateOffer.parse(await response.json());
  const bytes = new Uint8Array(Buffer.from(manifest, 'base64'));
  const verified = await verifyManifest(bytes, signatures, [key], webcrypto.subtle);
  return verified.manifest?.version ?? 'refused';
}

describe('GET /updates/:channel/:platform/:arch', () => {
  it('offers the very bytes that were signed, without a sign-in', async () => {
    const { bytes, manifest } = await release({ version: '1.1.0', platform: 'win32' });
    const response = await ask('stable/win32/x64');
    const offer = UpdateOffer.parse(await response.json());
    expect(Buffer.from(offer.manifest, 'base64')).toEqual(bytes);
    expect(offer.signatures).toEqual([key.sign(bytes)]);
    expect(await offered('stable/win32/x64')).toBe(manifest.version);
  });

  it('has nothing for who has it already, for other systems and for other channels', async () => {
    expect(await offered()).toBe('1.1.0');
    expect(await offered('stable/linux/x64', { version: '1.1.0' })).toBeNull();
    expect(await offered('stable/linux/x64', { version: '1.2.0-beta.1' })).toBeNull();
    expect(await offered('stable/linux/arm64')).toBeNull();
    const { manifest } = await release({ channel: 'beta', version: '1.2.0-beta.1' });
    expect(await offered()).toBe('1.1.0');
    expect(await offered('beta/linux/x64')).toBe(manifest.version);
    await release({ version: '1.2.0' });
    expect(await offered('beta/linux/x64', { version: manifest.version })).toBe('1.2.0');
    await change('1.2.0', 'withdrawn');
  });

  it('offers a Mac of either kind what runs on both', async () => {
    await release({ version: '1.1.0', platform: 'darwin', arch: 'universal' });
    for (const arch of ['x64', 'arm64'])
      expect(await offered(`stable/darwin/${arch}`)).toBe('1.1.0');
  });

  it('a withdrawn release is offered no more, and the one before again', async () => {
    await release({ version: '1.3.0' });
    expect(await offered()).toBe('1.3.0');
    await change('1.3.0', 'withdrawn');
    expect(await offered()).toBe('1.1.0');
    await release({ version: '1.3.0' });
    expect(await offered()).toBe('1.3.0');
    await change('1.3.0', 'withdrawn');
  });

  it('a rollout reaches its share, stays with whom it reached, and those below the minimum', async () => {
    await release({ version: '1.4.0', minimumVersion: '0.9.0' }, 0);
    const installations: string[] = Array.from({ length: 40 }, () => randomUUID());
    const reached = async () => {
      const versions = await Promise.all(
        installations.map((installation) => offered('stable/linux/x64', { installation })),
      );
      return new Set(installations.filter((_, index) => versions[index] === '1.4.0'));
    };
    expect((await reached()).size).toBe(0);
    expect(await offered('stable/linux/x64', { version: '0.8.0' })).toBe('1.4.0');
    let before = new Set<string>();
    for (const percentage of [30, 60, 100]) {
      await change('1.4.0', { percentage });
      const now = await reached();
      expect([...before].filter((installation) => !now.has(installation))).toEqual([]);
      expect(now.size).toBeGreaterThan(before.size);
      before = now;
    }
    expect(before.size).toBe(installations.length);
    await change('1.4.0', 'withdrawn');
  });

  it.each([
    ['nightly/linux/x64', {}, 'channel'],
    ['stable/freebsd/x64', {}, 'platform'],
    ['stable/linux/ia32', {}, 'arch'],
    ['stable/linux/x64', { version: 'latest' }, 'version'],
    ['stable/linux/x64', { version: '' }, 'version'],
    ['stable/linux/x64', { installation: 'me' }, 'installation'],
    ['stable/linux/x64', { installation: '' }, 'installation'],
  ])('%s with %j is a wrong question', async (path, asker, field) => {
    const response = await ask(path, asker);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'invalid_input',
      issues: [{ path: field }],
    });
  });

  it.each(['', '/stable', '/stable/linux', '/stable/linux/x64/more', '/files', '/files/abc'])(
    'there is nothing at /updates%s',
    async (path) => {
      const response = await fetch(`${server.url}/updates${path}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'not_found' });
    },
  );

  it('asks who asks too often to wait', async () => {
    const few = await startTestServer({ limits: { perAddress: 12 } });
    const statuses: number[] = [];
    let waits: string | null = null;
    for (let count = 0; count < 14; count += 1) {
      const query = `version=1.0.0&installation=${randomUUID()}`;
      const response = await fetch(`${few.url}/updates/stable/linux/x64?${query}`);
      statuses.push(response.status);
      waits = response.headers.get('retry-after');
      await response.arrayBuffer();
    }
    expect(new Set(statuses)).toEqual(new Set([204, 429]));
    expect(statuses.at(-1)).toBe(429);
    expect(Number(waits)).toBeGreaterThan(0);
    await few.close();
  });
});

const address = ({ sha512, name }: { sha512: string; name: string } = file) =>
  `${server.url}/updates/files/${sha512}/${name}`;
const fetchFile = (headers: Record<string, string> = {}, method = 'GET') =>
  fetch(address(), { headers, method });
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe('GET /updates/files/:sha512/:name', () => {
  it('sends the file, to be kept for good', async () => {
    const response = await fetchFile();
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-length': String(content.length),
      'accept-ranges': 'bytes',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-disposition': 'attachment',
      'content-type': 'application/octet-stream',
      'x-content-type-options': 'nosniff',
      etag: `"${file.sha512}"`,
    });
    expect((await bytesOf(response)).equals(content)).toBe(true);
  });

  it('goes on where a download broke off', async () => {
    const half = content.length / 2;
    const rest = await fetchFile({ range: `bytes=${half}-`, 'if-range': `"${file.sha512}"` });
    expect(rest.status).toBe(206);
    const last = content.length - 1;
    expect(rest.headers.get('content-range')).toBe(`bytes ${half}-${last}/${content.length}`);
    expect(rest.headers.get('content-length')).toBe(String(half));
    expect((await bytesOf(rest)).equals(content.subarray(half))).toBe(true);
    const few = await fetchFile({ range: 'bytes=10-19' });
    expect(await bytesOf(few)).toEqual(content.subarray(10, 20));
  });

  it('sends all of it where a part would be of another file', async () => {
    const response = await fetchFile({ range: 'bytes=10-19', 'if-range': '"another"' });
    expect(response.status).toBe(200);
    expect((await bytesOf(response)).length).toBe(content.length);
  });

  it('refuses what lies beyond its end', async () => {
    const response = await fetchFile({ range: `bytes=${content.length}-` });
    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe(`bytes */${content.length}`);
    expect((await bytesOf(response)).length).toBe(0);
  });

  it('does not send what the client has, nor what it did not ask for', async () => {
    const known = await fetchFile({ 'if-none-match': `"older", W/"${file.sha512}"` });
    expect(known.status).toBe(304);
    const head = await fetchFile({ range: 'bytes=0-9' }, 'HEAD');
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe(String(content.length));
    expect((await bytesOf(head)).length).toBe(0);
  });

  it('knows a file by digest and name together', async () => {
    for (const wrong of [
      { ...file, sha512: 'ab'.repeat(64) },
      { ...file, sha512: file.sha512.toUpperCase() },
      { ...file, name: 'linux-x64.json' },
      { ...file, name: 'Parley-1.1.0-win32-x64.zip' },
    ]) {
      expect((await fetch(address(wrong))).status).toBe(404);
    }
  });

  it.each([
    '../../../../../etc/passwd',
    '..%2f..%2f..%2fetc%2fpasswd',
    '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '..%5c..%5csecret',
    '%2fetc%2fpasswd',
    'linux-x64.json%00.zip',
    '.',
    '..',
    '%',
  ])('serves nothing from elsewhere: %s', async (name) => {
    // Straight to the socket: fetch would tidy the path first.
    const { port } = new URL(server.url);
    const sent = request({ port, path: `/updates/files/${file.sha512}/${name}` }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(404);
  });

  it('serves no file of a withdrawn release, and none that is not as it was', async () => {
    const { file: other } = await release({ version: '1.5.0' }, 0, Buffer.from('1.5.0 itself'));
    expect((await fetch(address(other))).status).toBe(200);
    await change('1.5.0', 'withdrawn');
    expect((await fetch(address(other))).status).toBe(404);
    await release({ version: '1.5.0' }, 0, Buffer.from('1.5.0 itself'));
    await truncate(feed.path({ channel: 'stable', version: '1.5.0' }, other.name), 5);
    expect((await fetch(address(other))).status).toBe(404);
  });

  it('finds a file in any release that has it: what was tried out as beta is stable too', async () => {
    const bytes = Buffer.from('1.6.0 itself');
    const { file: other } = await release({ channel: 'beta', version: '1.6.0' }, 0, bytes);
    await release({ version: '1.6.0' }, 0, bytes);
    for (const channel of ['beta', 'stable'] as const) {
      const path = feed.path({ channel, version: '1.6.0' }, other.name);
      await rename(path, `${path}.gone`);
      const response = await fetch(address(other));
      expect(await response.text(), channel).toBe('1.6.0 itself');
      await rename(`${path}.gone`, path);
    }
  });
});
