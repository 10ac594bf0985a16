import { execFile } from 'node:child_process';
import { createHash, randomBytes, randomUUID, webcrypto } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { TrustedKey, UpdateOffer } from '@parley/shared/updates/manifest.ts';
import { verifyManifest } from '@parley/shared/updates/verify.ts';
import { call, startTestServer, type TestServer } from './server.ts';
import { testSettings } from './settings.ts';

/** A release from the making of its keys to an app that has fetched and checked it. */

const run = promisify(execFile);
const tool = fileURLToPath(new URL('../../../build/release/release.ts', import.meta.url));
const packageOfApp = new URL('../../desktop/package.json', import.meta.url);
const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(await readFile(packageOfApp, 'utf8')));
const app = `Parley-${version}-linux-x86_64.AppImage`;
const content = randomBytes(3_000_000);
let folder: string;
let server: TestServer;
/** What installed apps trust, what the company signs with besides since it changed keys, and neither. */
let keys: Record<'old' | 'new' | 'other', TrustedKey>;

async function release(...args: string[]): Promise<string> {
  const env = { ...process.env, PARLEY_RELEASE_PASSPHRASE: 'six words drawn by dice are good' };
  return (await run(process.execPath, [tool, ...args], { env })).stdout;
}

const newKey = async () =>
  TrustedKey.parse(JSON.parse(await release('keygen', '--out', join(folder, 'keys'))));
const keyFile = ({ keyId }: TrustedKey) => join(folder, 'keys', `${keyId}.pem`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-release-'));
  keys = { old: await newKey(), new: await newKey(), other: await newKey() };
  await mkdir(join(folder, 'artifacts'));
  await writeFile(join(folder, 'artifacts', app), content);
  await writeFile(join(folder, 'notes.md'), 'Faster.\n');
  const updates = { folder: join(folder, 'on-the-server'), keys: [keys.new.publicKey] };
  server = await startTestServer({ settings: { ...testSettings, updates } });
}, 60_000);
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** What an app that trusts one key makes of what it is offered. */
async function ask(trusted: TrustedKey) {
  const query = new URLSearchParams({ version: '0.0.1', installation: randomUUID() });
  const response = await fetch(`${server.url}/updates/stable/linux/x64?${query.toString()}`);
  expect(response.status).toBe(200);
  const { manifest, signatures } = UpdateOffer.parse(await response.json());
  const bytes = new Uint8Array(Buffer.from(manifest, 'base64'));
  return verifyManifest(bytes, signatures, [trusted], webcrypto.subtle);
}

it('goes from keygen through sign, publish and the route to an app that believes it', async () => {
  await release(
    ...['sign', '--artifacts', join(folder, 'artifacts'), '--channel', 'stable'],
    ...['--notes', join(folder, 'notes.md'), '--minimum', '0.0.2', '--out', join(folder, 'feed')],
    ...['--key', keyFile(keys.old), '--key', keyFile(keys.new)],
  );
  await cp(join(folder, 'feed'), join(folder, 'on-the-server'), { recursive: true });
  const { accessToken } = server.owner;
  const share = { channel: 'stable', version, percentage: 0 } as const;
  const { release: published } = await call(server.url, accessToken, 'update.publish', share);
  expect(published.systems).toMatchObject([{ platform: 'linux', arch: 'x64' }]);

  for (const trusted of [keys.old, keys.new]) {
    const { manifest } = await ask(trusted);
    expect(manifest).toMatchObject({ version, notes: 'Faster.\n', minimumVersion: '0.0.2' });
    const [file] = manifest?.files ?? [];
    const response = await fetch(`${server.url}/updates/files/${file?.sha512}/${file?.name}`);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.equals(content)).toBe(true);
    expect(createHash('sha512').update(bytes).digest('hex')).toBe(file?.sha512);
  }
  expect((await ask(keys.other)).refusal).toBe('wrong_signature');
});
