import { execFile } from 'node:child_process';
import { createHash, webcrypto } from 'node:crypto';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import desktop from '../../apps/desktop/package.json' with { type: 'json' };
import {
  SignatureFile,
  TrustedKey,
  TrustedKeys,
  updateProduct,
} from '../../packages/shared/src/updates/manifest.ts';
import { trustedKey, verifyManifest } from '../../packages/shared/src/updates/verify.ts';
import { configurationFor } from '../desktop/electron-builder.ts';
import builtIn from '../desktop/update-keys.json' with { type: 'json' };
import { recogniseArtifact } from '../release/artifacts.ts';

const root = resolve(import.meta.dirname, '../..');
const { version } = desktop;
const passphrase = 'six words drawn by dice are good';
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-release-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Outcome = { code: number; out: string; err: string };

/** Runs the tool as people do, without a terminal. */
function release(args: string[], environment: Record<string, string> = {}): Promise<Outcome> {
  const env = { PATH: process.env.PATH, PARLEY_RELEASE_PASSPHRASE: passphrase, ...environment };
  return new Promise((done) => {
    const tool = join(root, 'build/release/release.ts');
    const child = execFile(process.execPath, [tool, ...args], { env }, (error, out, err) => {
      done({ code: error === null ? 0 : Number(error.code), out, err });
    });
    child.stdin?.end();
  });
}

/** A key as `keygen` makes it. */
async function newKey(): Promise<TrustedKey & { path: string }> {
  const { code, out, err } = await release(['keygen', '--out', join(folder, 'keys')]);
  expect(code, err).toBe(0);
  const key = TrustedKey.parse(JSON.parse(out));
  return { ...key, path: join(folder, 'keys', `${key.keyId}.pem`) };
}

const artifacts = () => join(folder, 'artifacts');
const feed = () => join(folder, 'feed');
const inFeed = (name: string) => join(feed(), 'stable', version, name);

async function build(...names: string[]): Promise<void> {
  await writeFile(join(folder, 'notes.md'), '# New\n\n- Faster.\n');
  await mkdir(artifacts(), { recursive: true });
  for (const name of names) await writeFile(join(artifacts(), name), `the bytes of ${name}`);
}

const signWith = (keys: { path: string }[], ...more: string[]) =>
  release([
    'sign',
    ...['--artifacts', artifacts(), '--channel', 'stable', '--out', feed()],
    ...keys.flatMap(({ path }) => ['--key', path]),
    ...more,
  ]);

async function verified(name: string, key: TrustedKey) {
  const bytes = new Uint8Array(await readFile(inFeed(name)));
  const { signatures } = SignatureFile.parse(
    JSON.parse(await readFile(inFeed(`${name}.sig`), 'utf8')),
  );
  return verifyManifest(bytes, signatures, [key], webcrypto.subtle);
}

const linux = `Parley-${version}-linux-x86_64.AppImage`;
const deb = `Parley-${version}-linux-amd64.deb`;
const mac = `Parley-${version}-mac-universal.zip`;

describe('keygen', () => {
  it('writes a private key that only its owner and who knows the passphrase can use', async () => {
    const key = await newKey();
    expect((await stat(key.path)).mode & 0o777).toBe(0o600);
    expect(await readFile(key.path, 'utf8')).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
    expect(await trustedKey(key.publicKey, webcrypto.subtle)).toEqual({
      keyId: key.keyId,
      publicKey: key.publicKey,
    });
    expect((await newKey()).keyId).not.toBe(key.keyId);
  });

  it('wants a long passphrase, and a terminal or a variable to get it from', async () => {
    const keys = join(folder, 'keys');
    const short = await release(['keygen', '--out', keys], { PARLEY_RELEASE_PASSPHRASE: 'short' });
    expect(short).toMatchObject({ code: 1, out: '' });
    expect(short.err).toContain('at least 20 characters');
    const none = await release(['keygen', '--out', keys], { PARLEY_RELEASE_PASSPHRASE: '' });
    expect(none).toMatchObject({ code: 1, out: '' });
    expect(none.err).toContain('There is no terminal to ask at. Set PARLEY_RELEASE_PASSPHRASE.');
    await expect(readdir(keys)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('sign', () => {
  it('writes a signed manifest for each system, with its files beside it', async () => {
    const [key, second] = [await newKey(), await newKey()];
    await build(linux, deb, mac, 'latest-linux.yml', 'Parley-0.0.1-linux-x86_64.AppImage');
    const notes = ['--notes', join(folder, 'notes.md'), '--minimum', '0.0.2'];
    const { code, out, err } = await signWith([key, second], ...notes);
    expect(code, err).toBe(0);
    expect(out.trim().split('\n')).toEqual([
      inFeed('linux-x64.json'),
      inFeed('darwin-universal.json'),
    ]);
    expect(err).toContain('Left out: Parley-0.0.1-linux-x86_64.AppImage, latest-linux.yml.');
    for (const each of [key, second]) {
      const { manifest } = await verified('linux-x64.json', each);
      expect(manifest).toMatchObject({
        ...{ product: configurationFor({}).appId, channel: 'stable', version },
        ...{
          platform: 'linux',
          arch: 'x64',
          notes: '# New\n\n- Faster.\n',
          minimumVersion: '0.0.2',
        },
      });
      expect(manifest?.files.map(({ name, kind }) => [name, kind])).toEqual([
        [deb, 'deb'],
        [linux, 'appimage'],
      ]);
      for (const file of manifest?.files ?? []) {
        const bytes = await readFile(inFeed(file.name));
        expect(file.size).toBe(bytes.length);
        expect(file.sha512).toBe(createHash('sha512').update(bytes).digest('hex'));
      }
    }
    expect((await readdir(inFeed(''))).sort()).toEqual(
      [
        ...['darwin-universal.json', 'darwin-universal.json.sig'],
        ...['linux-x64.json', 'linux-x64.json.sig'],
        ...[deb, linux, mac],
      ].sort(),
    );
  });

  it('adds a system, and a signature by another key, without touching what is there', async () => {
    const [key, second] = [await newKey(), await newKey()];
    await build(linux);
    expect((await signWith([key])).code).toBe(0);
    const before = await readFile(inFeed('linux-x64.json'));
    await build(linux, mac);
    expect((await signWith([second])).code).toBe(0);
    expect(await readFile(inFeed('linux-x64.json'))).toEqual(before);
    for (const each of [key, second]) {
      expect((await verified('linux-x64.json', each)).refusal).toBeUndefined();
    }
    expect((await verified('darwin-universal.json', key)).refusal).toBe('wrong_signature');
  });

  it('refuses another build of a version that is there, and writes nothing', async () => {
    const key = await newKey();
    await build(linux);
    expect((await signWith([key])).code).toBe(0);
    const before = await readdir(inFeed(''));
    await build(linux, mac);
    await appendFile(join(artifacts(), linux), 'more');
    const other = await signWith([key]);
    expect(other).toMatchObject({ code: 1, out: '' });
    expect(other.err).toContain('is there already and differs');
    await build(linux);
    const notes = await signWith([key], '--notes', join(folder, 'notes.md'));
    expect(notes.err).toContain('is there already and differs');
    // A file that another build left there, though no manifest names it.
    await rm(inFeed('linux-x64.json'));
    await writeFile(inFeed(linux), 'another');
    expect((await signWith([key])).err).toContain('is there already and differs');
    expect(await readdir(inFeed(''))).toEqual(before.filter((name) => name !== 'linux-x64.json'));
  });

  it('says what is wrong', async () => {
    const key = await newKey();
    await build();
    const says = async (args: string[], words: string, environment?: Record<string, string>) => {
      const outcome = await release(['sign', ...args], environment);
      expect(outcome, words).toMatchObject({ code: 1, out: '' });
      expect(outcome.err).toContain(words);
      expect(outcome.err).not.toContain('    at ');
    };
    const good = ['--artifacts', artifacts(), '--channel', 'stable', '--out', feed()];
    await says([], '--artifacts is missing');
    await says([...good, '--key', key.path], `has no installer of ${version}`);
    await build(linux);
    await says(good, 'Name a key to sign with');
    await says([...good, '--key', join(folder, 'none.pem')], 'none.pem cannot be read');
    await says([...good, '--key', join(folder, 'notes.md')], 'is not a key that');
    const other = { PARLEY_RELEASE_PASSPHRASE: 'another passphrase of length' };
    await says([...good, '--key', key.path], 'The passphrase is not the one of', other);
    const none = { PARLEY_RELEASE_PASSPHRASE: '' };
    await says([...good, '--key', key.path], 'There is no terminal to ask at', none);
    await says(
      [...good, '--key', key.path, '--minimum', '99.0.0'],
      'minimumVersion must not be newer',
    );
    await says([...good, '--key', key.path, '--minimum', 'all'], '--minimum must be a version');
    await says([...good, '--key', key.path, '--channel', 'nightly'], '--channel must be stable or');
    await says([...good, '--key', key.path, '--notes', join(folder, 'none.md')], 'none.md');
    await writeFile(join(folder, 'long.md'), 'x'.repeat(20_001));
    await says(
      [...good, '--key', key.path, '--notes', join(folder, 'long.md')],
      '20000 characters',
    );
    await says([...good, '--color'], "Unknown option '--color'");
    await expect(readdir(feed())).rejects.toMatchObject({ code: 'ENOENT' });
  }, 120_000);

  it("takes each key's own passphrase", async () => {
    const key = await newKey();
    await build(linux);
    const args = ['sign', '--artifacts', artifacts(), '--channel', 'stable', '--out', feed()];
    const environment = {
      PARLEY_RELEASE_PASSPHRASE: 'that of some other key',
      [`PARLEY_RELEASE_PASSPHRASE_${key.keyId}`]: passphrase,
    };
    const { code, err } = await release([...args, '--key', key.path], environment);
    expect(code, err).toBe(0);
    expect(err).toContain('build/desktop/update-keys.json has');
  });
});

describe('artifacts', () => {
  const require = createRequire(createRequire(import.meta.url).resolve('electron-builder'));
  const { Arch, getArtifactArchName } = require('builder-util') as {
    Arch: Record<string, number>;
    getArtifactArchName: (arch: number, extension: string) => string;
  };
  const platforms = { linux: 'linux', mac: 'darwin', win: 'win32' } as const;
  const extensions: Record<string, string> = { nsis: 'exe' };

  it('are recognised by every name that the configuration gives', () => {
    const configuration = configurationFor({});
    expect(configuration.artifactName).toBe('Parley-${version}-${os}-${arch}.${ext}');
    let count = 0;
    for (const os of ['linux', 'mac', 'win'] as const) {
      const targets = configuration[os]?.target;
      for (const each of Array.isArray(targets) ? targets : []) {
        if (typeof each === 'string') throw new Error(`${each} is for no processor`);
        const extension = extensions[each.target] ?? each.target;
        for (const arch of [each.arch].flat()) {
          const archName = getArtifactArchName(Arch[arch ?? ''] ?? -1, extension);
          const name = `Parley-1.2.3-beta.4-${os}-${archName}.${extension}`;
          expect(recogniseArtifact(name, '1.2.3-beta.4'), name).toEqual({
            ...{ name, arch, platform: platforms[os] },
            kind: each.target.toLowerCase(),
          });
          count += 1;
        }
      }
    }
    expect(count).toBe(13);
  });

  it.each([
    'Parley-1.2.4-linux-x64.tar.gz',
    'Parley-1.2.3-win.exe',
    'Parley-1.2.3-linux-x64.exe',
    'Parley-1.2.3-mac-universal.zip.blockmap',
    'Parley-1.2.3-linux-armv7l.deb',
    'Parley-1.2.3-beta.1-linux-x64.tar.gz',
    'latest.yml',
  ])('are none where the name is %s', (name) => {
    expect(recogniseArtifact(name, '1.2.3')).toBeNull();
  });
});

it('the app is built with keys that the manifests can be checked by', async () => {
  expect(updateProduct).toBe(configurationFor({}).appId);
  for (const key of TrustedKeys.parse(builtIn)) {
    expect(await trustedKey(key.publicKey, webcrypto.subtle)).toEqual(key);
  }
});
