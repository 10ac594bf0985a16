import { mkdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { manifestOf, newSigningKey } from '../../../../../packages/shared/test/manifests.ts';
import { TestFeed } from '../../../test/feed.ts';
import { call, startTestServer, type TestServer } from '../../../test/server.ts';
import { testSettings } from '../../../test/settings.ts';

let feed: TestFeed;
let server: TestServer;
let admin: SignedIn;
/** A number that no test has used. */
let minor = 0;
let version: string;
const [key, second, stranger] = await Promise.all([
  newSigningKey(),
  newSigningKey(),
  newSigningKey(),
]);

beforeAll(async () => {
  feed = await TestFeed.make();
  const updates = { folder: feed.folder, keys: [key.publicKey, second.publicKey] };
  server = await startTestServer({ settings: { ...testSettings, updates } });
  admin = await server.register('admin', 'admin');
});
afterAll(async () => {
  await server.close();
  await feed.remove();
});
beforeEach(() => {
  minor += 1;
  version = `1.${minor}.0`;
});

type Named = { channel: 'stable' | 'beta'; version: string };
const named = (): Named => ({ channel: 'stable', version });

const publish = async (release: Named = named(), percentage = 100, who = admin) =>
  (await call(server.url, who.accessToken, 'update.publish', { ...release, percentage })).release;
const rollOut = async (percentage: number, release: Named = named(), who = admin) =>
  (await call(server.url, who.accessToken, 'update.rollout', { ...release, percentage })).release;
const withdraw = async (release: Named = named(), who = admin) =>
  (await call(server.url, who.accessToken, 'update.withdraw', release)).release;
const list = (page = {}, who = admin) => call(server.url, who.accessToken, 'update.list', page);

/** What publishing is refused with. */
async function refusal(): Promise<string> {
  const before = await list();
  const error: unknown = await publish().then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 'conflict' });
  expect(await list()).toEqual(before);
  return error instanceof Error ? error.message : '';
}

describe('update.publish', () => {
  it('takes what is whole and signed, and tells what it is', async () => {
    const { manifest, file } = await feed.add([key, second], { version, minimumVersion: '1.0.0' });
    const release = await publish(named(), 25);
    expect(release).toMatchObject({
      ...named(),
      percentage: 25,
      publishedBy: admin.user.id,
      changedBy: admin.user.id,
      withdrawnAt: null,
    });
    expect(release.systems).toEqual([
      {
        platform: manifest.platform,
        arch: manifest.arch,
        minimumVersion: '1.0.0',
        files: [file],
        keyIds: [key.keyId, second.keyId],
      },
    ]);
    expect((await list()).releases[0]).toEqual(release);
  });

  it('again changes nothing but the share', async () => {
    await feed.add([key], { version });
    const first = await publish(named(), 10);
    const again = await publish(named(), 20, server.owner);
    expect(again).toEqual({
      ...first,
      percentage: 20,
      changedBy: server.owner.user.id,
      changedAt: again.changedAt,
    });
    expect((await list()).releases.filter((each) => each.version === version)).toHaveLength(1);
  });

  it('takes up a system and a signature that were added', async () => {
    const { manifest, bytes } = await feed.add([key], { version });
    await publish();
    await feed.add([key], { version, platform: 'win32' });
    await feed.write(manifest, bytes, [key, second]);
    const { systems } = await publish();
    expect(systems.map(({ platform, keyIds }) => [platform, keyIds.length])).toEqual([
      ['linux', 2],
      ['win32', 1],
    ]);
  });

  it('never makes another build of a version that was published, withdrawn or not', async () => {
    await feed.add([key], { version });
    await publish();
    await feed.add([key], { version, notes: 'other notes' });
    expect(await refusal()).toContain(`published with another linux-x64.json`);
    await withdraw();
    expect(await refusal()).toContain(`published with another linux-x64.json`);
    await feed.add([key], { version, platform: 'win32' });
    await rm(feed.path(named(), 'linux-x64.json'));
    expect(await refusal()).toContain(`published with a linux-x64.json`);
  });

  it.each([
    ['has lost its end', (path: string) => truncate(path, 3), 'has 3 bytes'],
    ['is another of the same length', (path: string) => writeFile(path, 'the apq'), 'SHA-512'],
    ['is missing', (path: string) => rm(path), 'is missing'],
    [
      'is a folder',
      async (path: string) => {
        await rm(path);
        await mkdir(path);
      },
      'is missing',
    ],
  ])('refuses a file that %s', async (_, damage, words) => {
    const { file } = await feed.add([key], { version });
    await damage(feed.path(named(), file.name));
    const message = await refusal();
    expect(message).toContain(`stable/${version}/${file.name}`);
    expect(message).toContain(words);
  });

  it('refuses what is signed by nobody it trusts, and what was changed after signing', async () => {
    const { manifest, bytes } = await feed.add([stranger], { version });
    expect(await refusal()).toContain('is not signed by any key in PARLEY_UPDATE_KEYS');
    const forged = { ...stranger, sign: () => ({ ...stranger.sign(bytes), keyId: key.keyId }) };
    await feed.write(manifest, bytes, [forged]);
    expect(await refusal()).toContain('is not signed by any key in PARLEY_UPDATE_KEYS');
    await feed.write(manifest, bytes, [key]);
    await writeFile(feed.path(named(), 'linux-x64.json'), Buffer.concat([bytes, Buffer.from(' ')]));
    expect(await refusal()).toContain('is not signed by any key in PARLEY_UPDATE_KEYS');
  });

  it('refuses signatures that are missing or are none', async () => {
    await feed.add([key], { version });
    const path = feed.path(named(), 'linux-x64.json.sig');
    for (const [text, words] of [
      ['not JSON', 'is not JSON'],
      ['{}', 'holds no signatures'],
      ['{"signatures":[]}', 'holds no signatures'],
      ['x'.repeat(4_097), 'has more than 4096 bytes'],
    ] as const) {
      await writeFile(path, text);
      expect(await refusal()).toContain(words);
    }
    await rm(path);
    expect(await refusal()).toContain('linux-x64.json.sig is missing');
  });

  it('refuses a manifest that is none, is for another app or lies in the wrong place', async () => {
    const { manifest } = await feed.add([key], { version });
    const sign = (text: string) => feed.write(manifest, Buffer.from(text), [key]);
    await sign('{}');
    expect(await refusal()).toContain('is not a manifest');
    await sign(JSON.stringify({ ...manifest, product: 'com.example.other' }));
    expect(await refusal()).toContain('is for another app');
    await sign(JSON.stringify({ ...manifest, files: [] }));
    expect(await refusal()).toContain('is not a manifest');
    for (const [change, place] of [
      [{ channel: 'beta' }, `beta/${version}/linux-x64.json`],
      [{ version: '9.9.9' }, 'stable/9.9.9/linux-x64.json'],
      [{ arch: 'arm64' }, `stable/${version}/linux-arm64.json`],
    ] as const) {
      await sign(JSON.stringify({ ...manifest, ...change }));
      expect(await refusal()).toContain(place);
    }
    await sign(' '.repeat(262_145));
    expect(await refusal()).toContain('has more than 262144 bytes');
  });

  it('refuses a folder without a manifest, and one that is full of something else', async () => {
    await mkdir(feed.path(named()), { recursive: true });
    expect(await refusal()).toContain('has no manifest');
    for (let count = 0; count < 501; count += 1) {
      await writeFile(feed.path(named(), `${count}.txt`), '');
    }
    expect(await refusal()).toContain('holds more than 500 files');
  });

  it('says what of the feed it cannot read', async () => {
    await mkdir(feed.path({ channel: 'beta', version }), { recursive: true });
    await writeFile(feed.path(named()), 'no folder');
    expect(await refusal()).toContain(`stable/${version} cannot be read (ENOTDIR)`);
  });

  it('says that a release is not there', async () => {
    await expect(publish()).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining(`stable/${version}`) as string,
    });
  });

  it('follows no link out of the feed', async () => {
    const outside = await TestFeed.make();
    const { file } = await outside.add([key], { version });
    await symlink(outside.path(named()), feed.path(named()));
    await expect(publish()).rejects.toMatchObject({ code: 'not_found' });
    await rm(feed.path(named()));
    await feed.add([key], { version });
    await rm(feed.path(named(), file.name));
    await symlink(outside.path(named(), file.name), feed.path(named(), file.name));
    expect(await refusal()).toContain('is missing');
    await outside.remove();
  });

  it('takes any signature where no key is named, but not none', async () => {
    const open = await startTestServer({
      settings: { ...testSettings, updates: { folder: feed.folder, keys: [] } },
    });
    const attempt = () =>
      call(open.url, open.owner.accessToken, 'update.publish', { ...named(), percentage: 1 });
    await feed.add([stranger], { version });
    expect((await attempt()).release.systems[0]?.keyIds).toEqual([stranger.keyId]);
    await rm(feed.path(named(), 'linux-x64.json.sig'));
    await expect(attempt()).rejects.toMatchObject({ code: 'conflict' });
    await open.close();
  });
});

describe('update.rollout and update.withdraw', () => {
  it('change the share and tell who did', async () => {
    await feed.add([key], { version });
    const first = await publish(named(), 10);
    const more = await rollOut(50, named(), server.owner);
    expect(more).toEqual({
      ...first,
      percentage: 50,
      changedBy: server.owner.user.id,
      changedAt: more.changedAt,
    });
    expect(await rollOut(50)).toEqual(more);
  });

  it('a withdrawn release stays withdrawn until it is published again', async () => {
    await feed.add([key], { version });
    const first = await publish();
    const gone = await withdraw(named(), server.owner);
    expect(gone.withdrawnAt).not.toBeNull();
    expect(gone.changedBy).toBe(server.owner.user.id);
    expect(await withdraw()).toEqual(gone);
    await expect(rollOut(20)).rejects.toMatchObject({ code: 'conflict', reason: 'withdrawn' });
    const back = await publish(named(), 5);
    expect(back).toMatchObject({ id: first.id, percentage: 5, withdrawnAt: null });
    expect((await list()).releases.filter((each) => each.version === version)).toEqual([back]);
  });

  it('know only what was published, in its channel', async () => {
    await feed.add([key], { version });
    await expect(rollOut(1)).rejects.toMatchObject({ code: 'not_found' });
    await expect(withdraw()).rejects.toMatchObject({ code: 'not_found' });
    await publish();
    const beta = { ...named(), channel: 'beta' as const };
    await expect(rollOut(1, beta)).rejects.toMatchObject({ code: 'not_found' });
    await expect(withdraw(beta)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('go on without the files', async () => {
    await feed.add([key], { version });
    await publish();
    await rename(feed.path(named()), join(feed.folder, `gone-${version}`));
    expect((await withdraw()).withdrawnAt).not.toBeNull();
  });
});

describe('update.list', () => {
  it('is paged, the latest first', async () => {
    const own = [`${version}-a`, `${version}-b`, `${version}-c`];
    for (const each of own) {
      await feed.add([key], { version: each });
      await publish({ channel: 'stable', version: each });
    }
    const first = await list({ limit: 2 });
    expect(first.releases.map((each) => each.version)).toEqual([own[2], own[1]]);
    const next = await list({ limit: 1, after: first.next ?? '' });
    expect(next.releases.map((each) => each.version)).toEqual([own[0]]);
    const all = await list();
    expect(all.next).toBeNull();
    expect(all.releases.slice(0, 2)).toEqual(first.releases);
  });
});

describe('permissions', () => {
  it('are for owners and admins alone', async () => {
    await feed.add([key], { version });
    await publish(named(), 1, server.owner);
    for (const role of ['member', 'guest'] as const) {
      const who = await server.register(`${role}-of-updates`, role);
      for (const attempt of [
        () => publish(named(), 100, who),
        () => list({}, who),
        () => rollOut(100, named(), who),
        () => withdraw(named(), who),
      ]) {
        await expect(attempt()).rejects.toMatchObject({ code: 'forbidden' });
      }
    }
    expect((await list()).releases[0]).toMatchObject({ percentage: 1, withdrawnAt: null });
  });

  it('channels and versions are never paths', async () => {
    for (const wrong of ['..', '../../etc', '1.0.0/../..', '/etc', '1.0', '']) {
      await expect(publish({ channel: 'stable', version: wrong })).rejects.toMatchObject({
        code: 'invalid_input',
      });
      await expect(
        publish({ channel: wrong as 'stable', version: manifestOf().version }),
      ).rejects.toMatchObject({ code: 'invalid_input' });
    }
  });
});
