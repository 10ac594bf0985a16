import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Installed } from '@parley/shared/updates/verify.ts';
import { manifestOf, newSigningKey } from '../../../../../packages/shared/test/manifests.ts';
import { endless, FeedServer } from '../../../test/feed-server.ts';
import { askFeed, type FeedOptions } from './feed.ts';

const [key, second, stranger] = await Promise.all([
  newSigningKey(),
  newSigningKey(),
  newSigningKey(),
]);
const installation = '6f1d3c0e-58b4-4d55-9d0f-0c6f6e0c8a11';
const installed: Installed = {
  channel: 'stable',
  platform: 'linux',
  arch: 'x64',
  version: '1.3.9',
};
let server: FeedServer;
beforeEach(async () => {
  server = await FeedServer.start();
});
afterEach(() => server.stop());

const ask = (changes: Partial<FeedOptions> = {}) =>
  askFeed({
    fetch,
    server: () => server.url,
    installed: () => installed,
    installation,
    failedVersion: null,
    trustedKeys: [key],
    deadlineMs: 5_000,
    ...changes,
  });
const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));
const offer = (value: unknown, signer = key) => {
  const bytes = bytesOf(value);
  server.offer(bytes, [signer.sign(bytes)]);
};

it('asks the server of the company, by channel and system, and takes what is signed', async () => {
  offer(manifestOf({ version: '1.4.0' }));
  expect(await ask()).toEqual({
    manifest: manifestOf({ version: '1.4.0' }),
    server: server.url,
  });
  expect(server.asked).toEqual([
    `/updates/stable/linux/x64?version=1.3.9&installation=${installation}`,
  ]);
});

it('hears that there is nothing newer', async () => {
  expect(await ask()).toBeNull();
});

it('says which version was taken back here', async () => {
  await ask({ failedVersion: '1.4.0-rc.1' });
  expect(server.asked).toEqual([
    `/updates/stable/linux/x64?version=1.3.9&installation=${installation}&failed=1.4.0-rc.1`,
  ]);
});

it('takes what either of its keys has signed', async () => {
  offer(manifestOf(), second);
  expect(await ask({ trustedKeys: [key, second] })).toMatchObject({
    manifest: { version: '1.4.0' },
  });
});

it.each<[string, unknown, string]>([
  ['an older version', manifestOf({ version: '1.3.8' }), 'not_newer'],
  ['the version that runs', manifestOf({ version: '1.3.9' }), 'not_newer'],
  ['another product', { ...manifestOf(), product: 'com.example.other' }, 'other_app'],
  ['another channel', manifestOf({ channel: 'beta' }), 'other_channel'],
  ['another platform', manifestOf({ platform: 'win32' }), 'other_system'],
  ['another processor', manifestOf({ arch: 'arm64' }), 'other_system'],
  ['a manifest of the future', { ...manifestOf(), format: 2 }, 'malformed'],
])('refuses %s, though it is signed', async (_, manifest, message) => {
  offer(manifest);
  await expect(ask()).rejects.toMatchObject({ code: 'refused', message });
});

it('refuses what is signed by an unknown key, and by nobody that it trusts', async () => {
  offer(manifestOf(), stranger);
  const refused = { code: 'refused', message: 'wrong_signature' };
  await expect(ask()).rejects.toMatchObject(refused);
  await expect(ask({ trustedKeys: [] })).rejects.toMatchObject(refused);
});

it('refuses a signature that is wrong: of other bytes, or under the name of a trusted key', async () => {
  const refused = { code: 'refused', message: 'wrong_signature' };
  server.offer(bytesOf(manifestOf()), [key.sign(bytesOf(manifestOf({ notes: 'Other.' })))]);
  await expect(ask()).rejects.toMatchObject(refused);
  const bytes = bytesOf(manifestOf());
  server.offer(bytes, [{ ...stranger.sign(bytes), keyId: key.keyId }]);
  await expect(ask()).rejects.toMatchObject(refused);
});

it.each([
  ['an error', (code: number) => code, 500],
  ['a page of something else', () => 200, 200],
])('does not take %s for an offer', async (_, status, code) => {
  server.onFeed = (_request, response) => response.writeHead(status(code)).end('<!doctype html>');
  await expect(ask()).rejects.toMatchObject({ code: 'unreachable' });
});

it('does not follow a redirection', async () => {
  const elsewhere = await FeedServer.start();
  const bytes = bytesOf(manifestOf());
  elsewhere.offer(bytes, [key.sign(bytes)]);
  server.onFeed = (_request, response) =>
    response.writeHead(302, { location: `${elsewhere.url}/updates/stable/linux/x64` }).end();
  await expect(ask()).rejects.toMatchObject({ code: 'unreachable' });
  expect(elsewhere.asked).toEqual([]);
  await elsewhere.stop();
});

it('reads no endless answer, and waits for none that does not come', async () => {
  let sent = 0;
  server.onFeed = (request, response) => {
    const { socket } = request;
    response.once('close', () => (sent = socket.bytesWritten));
    endless(request, response);
  };
  await expect(ask({ deadlineMs: 60_000 })).rejects.toMatchObject({ code: 'unreachable' });
  await vi.waitUntil(() => sent > 0);
  // What was on its way when the reading ended is more than what was read.
  expect(sent).toBeLessThan(20_000_000);
  server.onFeed = () => undefined;
  await expect(ask({ deadlineMs: 50 })).rejects.toMatchObject({ code: 'unreachable' });
});

it('asks nobody where no server is known', async () => {
  await expect(ask({ server: () => null })).rejects.toMatchObject({ code: 'no_server' });
  expect(server.asked).toEqual([]);
});
