import { randomBytes } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Manifest } from '@parley/shared/updates/manifest.ts';
import { newSigningKey } from '../../../../../packages/shared/test/manifests.ts';
import { breakOffAfter, endless, FeedServer } from '../../../test/feed-server.ts';
import { askFeed } from './feed.ts';
import { InstallingEngine } from './installing-engine.ts';
import { TrialFile } from './trial.ts';

const key = await newSigningKey();
const running = '1.3.9';
const content = randomBytes(3_000_000);
const arch = process.arch === 'arm64' ? 'arm64' : 'x64';

let folder: string;
let server: FeedServer;
let appImage: string;
const quit = vi.fn();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-engine-'));
  server = await FeedServer.start();
  appImage = join(folder, 'Parley.AppImage');
  writeFileSync(appImage, 'the version that runs', { mode: 0o755 });
  writeFileSync(join(folder, 'app-update.yml'), 'updaterCacheDirName: parley-updater\n');
  vi.stubEnv('APPIMAGE', appImage);
  quit.mockClear();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.stop();
  rmSync(folder, { recursive: true });
});

const latest = () =>
  askFeed({
    fetch,
    server: () => server.url,
    installed: () => ({ channel: 'stable', platform: 'linux', arch, version: running }),
    installation: '6f1d3c0e-58b4-4d55-9d0f-0c6f6e0c8a11',
    failedVersion: null,
    trustedKeys: [key],
    deadlineMs: 5_000,
  });

/** The engine of the app on this computer, as after a start. */
function engine(silenceMs = 5_000): InstallingEngine {
  return new InstallingEngine({
    system: {
      platform: 'linux',
      trial: new TrialFile(folder),
      appImage,
      runningVersion: running,
      pid: 2 ** 22,
      args: [],
    },
    adapter: {
      version: running,
      name: 'Parley',
      isPackaged: true,
      appUpdateConfigPath: join(folder, 'app-update.yml'),
      userDataPath: folder,
      baseCachePath: folder,
      whenReady: () => Promise.resolve(),
      relaunch: () => undefined,
      quit,
      onQuit: () => undefined,
    },
    latest,
    fetch,
    installation: '6f1d3c0e-58b4-4d55-9d0f-0c6f6e0c8a11',
    silenceMs,
    deadlineMs: 20_000,
    pause: () => Promise.resolve(),
    letWindowsClose: () => undefined,
    onTrouble: () => undefined,
  });
}

const publish = (changes: Partial<Manifest> = {}) =>
  server.publish(content, key, { version: '1.4.0', ...changes });
const pending = () => join(folder, 'parley-updater', 'pending');
const nothing = () => undefined;

it('finds a version that is newer, fetches it and tells how far it is', async () => {
  const manifest = publish();
  const found = engine();
  expect(await found.check()).toEqual(manifest);
  const told: number[] = [];
  await found.download((received, total) => {
    expect(total).toBe(content.length);
    told.push(received);
  });
  expect(told.at(-1)).toBe(content.length);
  expect(told).toEqual(told.toSorted((a, b) => a - b));
  expect(told.length).toBeGreaterThan(2);
  const [file] = manifest.files;
  expect(readFileSync(join(pending(), file?.name ?? '')).equals(content)).toBe(true);
});

it('finds nothing where there is nothing, or nothing that can be installed', async () => {
  expect(await engine().check()).toBeNull();
  const file = { name: 'Parley.deb', kind: 'deb' as const, size: 1, sha512: 'ab'.repeat(64) };
  publish({ files: [file] });
  await expect(engine().check()).rejects.toMatchObject({ code: 'refused' });
});

it('what was downloaded is not downloaded again after a start', async () => {
  publish();
  const first = engine();
  await first.check();
  await first.download(nothing);
  const second = engine();
  await second.check();
  await second.download(nothing);
  expect(server.fetched).toHaveLength(1);
  // Unless it was changed meanwhile.
  const [name = ''] = readdirSync(pending()).filter((each) => each.endsWith('.AppImage'));
  writeFileSync(join(pending(), name), randomBytes(content.length));
  const third = engine();
  await third.check();
  await third.download(nothing);
  expect(server.fetched).toHaveLength(2);
  expect(readFileSync(join(pending(), name)).equals(content)).toBe(true);
});

it('goes on where a download broke off', async () => {
  publish();
  const broken = breakOffAfter(content, 1_000_000);
  const ranges: (string | undefined)[] = [];
  server.onFile = (request, response) => {
    ranges.push(request.headers.range);
    (ranges.length === 1 ? broken : server.sendFile)(request, response);
  };
  const found = engine();
  await found.check();
  await found.download(nothing);
  expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
});

it('fetches from no other server, though that had the file', async () => {
  const elsewhere = await FeedServer.start();
  const manifest = publish();
  elsewhere.publish(content, key, { version: '1.4.0' });
  server.onFile = ({ url }, response) =>
    response.writeHead(302, { location: `${elsewhere.url}${url ?? ''}` }).end();
  const found = engine();
  expect(await found.check()).toEqual(manifest);
  await expect(found.download(nothing)).rejects.toMatchObject({ code: 'unreachable' });
  expect(elsewhere.asked).toEqual([]);
  await elsewhere.stop();
});

it('begins anew where a server cannot go on', async () => {
  publish();
  let attempts = 0;
  server.onFile = (request, response) => {
    attempts += 1;
    if (attempts === 1) breakOffAfter(content, 1_000_000)(request, response);
    else response.writeHead(200).end(content);
  };
  const found = engine();
  await found.check();
  await found.download(nothing);
  expect(attempts).toBe(2);
});

it.each<[string, FeedServer['onFile'], string]>([
  ['is another one', (_, response) => response.end(randomBytes(content.length)), 'damaged'],
  ['is truncated', (_, response) => response.end(content.subarray(0, 999)), 'damaged'],
  ['always breaks off', breakOffAfter(content, 999), 'unreachable'],
  ['is longer', (_, response) => response.end(Buffer.concat([content, content])), 'damaged'],
  ['never ends', endless, 'damaged'],
  ['is gone', (_, response) => response.writeHead(404).end(), 'unreachable'],
  ['cannot be had', (_, response) => response.writeHead(503).end(), 'unreachable'],
  ['does not come', () => undefined, 'unreachable'],
])('refuses a file that %s, and keeps nothing of it', async (_, onFile, code) => {
  publish();
  server.onFile = onFile;
  const found = engine(100);
  await found.check();
  await expect(found.download(nothing)).rejects.toMatchObject({ code });
  expect(readdirSync(pending())).toEqual([]);
  expect(server.fetched.length).toBeLessThan(6);
  expect(() => found.install()).toThrow('could not be put in place');
  expect(readFileSync(appImage, 'utf8')).toBe('the version that runs');
  expect(quit).not.toHaveBeenCalled();
});

it('puts the new version in the place of the old one, which is kept, and ends the app', async () => {
  const script = Buffer.from(`#!/bin/sh\necho "$@" >> "${folder}/started"\n`);
  server.publish(script, key, { version: '1.4.0' });
  const found = engine();
  await found.check();
  await found.download(nothing);
  found.install();
  expect(quit).toHaveBeenCalledTimes(1);
  expect(readFileSync(appImage).equals(script)).toBe(true);
  expect(statSync(appImage).mode & 0o777).toBe(0o755);
  expect(readFileSync(`${appImage}.previous`, 'utf8')).toBe('the version that runs');
  expect(new TrialFile(folder).read()).toMatchObject({ version: '1.4.0', from: running });
  // It starts, and again, for it shows nothing; then the one before is there again.
  await vi.waitUntil(() => readFileSync(appImage, 'utf8') === 'the version that runs', 10_000);
  expect(readFileSync(join(folder, 'started'), 'utf8').split('\n')).toHaveLength(3);
});

it('leaves the version that runs where it is when there is no room for the new one', async () => {
  publish();
  const found = engine();
  await found.check();
  await found.download(nothing);
  // A folder is where the new file would be written.
  mkdirSync(`${appImage}.next`);
  expect(() => found.install()).toThrow('could not be put in place');
  expect(readFileSync(appImage, 'utf8')).toBe('the version that runs');
  expect(new TrialFile(folder).read()).toBeNull();
  rmSync(`${appImage}.next`, { recursive: true });
});
