import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestName, releaseFolder, signatureName } from '@parley/shared/updates/feed.ts';
import { UpdateArch } from '@parley/shared/updates/manifest.ts';
import { manifestOf, type SigningKey } from '../../../../packages/shared/test/manifests.ts';
import { fileOf } from '../../test/feed-server.ts';
import { call, type RealServer } from '../../test/server.ts';

/** A token of the workspace's owner, from another device than the app. */
export async function ownerToken(server: RealServer): Promise<string> {
  return (await server.signIn()).accessToken;
}

/** Lays an AppImage into the server's feed as the release tool does, signed by the key, and offers it to everybody. */
export async function release(
  server: RealServer,
  content: Buffer,
  options: { key: SigningKey; version: string; notes: string },
): Promise<void> {
  const { key, version, notes } = options;
  const file = fileOf(content, `Parley-${version}-linux-x86_64.AppImage`);
  const arch = UpdateArch.parse(process.arch);
  const manifest = manifestOf({ version, notes, arch, files: [file] });
  const folder = join(server.dataDir, 'updates', releaseFolder(manifest));
  const bytes = Buffer.from(JSON.stringify(manifest));
  const name = manifestName(manifest);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, file.name), content);
  await writeFile(join(folder, name), bytes);
  const signatures = [key.sign(bytes)];
  await writeFile(join(folder, signatureName(name)), JSON.stringify({ signatures }));
  const { channel } = manifest;
  const token = await ownerToken(server);
  await call(server.url, token, 'update.publish', { channel, version, percentage: 100 });
}
