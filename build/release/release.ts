/** `npm run release`: makes the keys that releases are signed with, and signs releases. See README.md beside this. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import desktop from '../../apps/desktop/package.json' with { type: 'json' };
import {
  ReleaseNotes,
  TrustedKeys,
  UpdateChannel,
} from '../../packages/shared/src/updates/manifest.ts';
import { Version } from '../../packages/shared/src/updates/version.ts';
import builtIn from '../desktop/update-keys.json' with { type: 'json' };
import { findArtifacts } from './artifacts.ts';
import { layOut } from './feed.ts';
import { generateKey, openKey, type SigningKey } from './keys.ts';
import { newPassphrase, passphraseOf } from './passphrase.ts';
import { ReleaseError } from './release-error.ts';

const usage = `Makes keys for releases of the desktop app, and signs releases.

  npm run release -- keygen --out <folder>
      Makes a key pair. The private key is encrypted with a passphrase.

  npm run release -- sign --artifacts <folder> --channel stable|beta --key <file> --out <feed>
      [--key <file> …] [--notes <Markdown file>] [--minimum <version>]
      Signs the installers of this version (apps/desktop/package.json) and lays them out in the feed.
      --notes    what people are told of the version
      --minimum  older apps must update to go on

Passphrases are asked for, or taken from PARLEY_RELEASE_PASSPHRASE_<key id> or PARLEY_RELEASE_PASSPHRASE.`;

async function keygen(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { out: { type: 'string' } } });
  const out = required(values.out, '--out');
  const { keyId, publicKey, path } = await generateKey(out, await newPassphrase());
  console.error(`The private key is in ${path}. Keep it offline.`);
  console.error('The public key, for build/desktop/update-keys.json:');
  console.log(JSON.stringify({ keyId, publicKey }));
}

async function sign(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      artifacts: { type: 'string' },
      channel: { type: 'string' },
      notes: { type: 'string' },
      key: { type: 'string', multiple: true },
      minimum: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const from = required(values.artifacts, '--artifacts');
  const out = required(values.out, '--out');
  const channel = parsed(UpdateChannel, required(values.channel, '--channel'), '--channel');
  const version = parsed(Version, desktop.version, 'The version in apps/desktop/package.json');
  const { minimum, notes } = values;
  const minimumVersion = minimum === undefined ? null : parsed(Version, minimum, '--minimum');
  if (channel === 'stable' && version.includes('-')) {
    throw new ReleaseError(`${version} is a preview: it belongs in the channel beta.`);
  }
  const { artifacts, leftOut } = await findArtifacts(from, version);
  if (artifacts.length === 0) {
    throw new ReleaseError(
      `${from} has no installer of ${version}, such as Parley-${version}-linux-x86_64.AppImage.`,
    );
  }
  const words = parsed(
    ReleaseNotes,
    notes === undefined ? '' : await readFile(notes, 'utf8'),
    '--notes',
  );
  const keys = await openKeys(values.key ?? []);
  const release = { channel, version, notes: words, minimumVersion, from, artifacts };
  for (const path of await layOut(release, keys, out, new Date())) console.log(path);
  if (leftOut.length > 0) console.error(`Left out: ${leftOut.join(', ')}.`);
  warnOfStrangers(keys);
}

async function openKeys(paths: string[]): Promise<SigningKey[]> {
  if (paths.length === 0) throw new ReleaseError('Name a key to sign with: --key <file>.');
  const keys: SigningKey[] = [];
  // One after the other: each may ask at the terminal.
  for (const path of paths) keys.push(await openKey(path, passphraseOf));
  return keys;
}

function warnOfStrangers(keys: SigningKey[]): void {
  const trusted = new Set(TrustedKeys.parse(builtIn).map(({ keyId }) => keyId));
  if (keys.some(({ keyId }) => trusted.has(keyId))) return;
  console.error('No app that is built from here takes this: build/desktop/update-keys.json has');
  console.error('none of the keys.');
}

function required(value: string | undefined, name: string): string {
  if (value === undefined || value === '')
    throw new ReleaseError(`${name} is missing.\n\n${usage}`);
  return value;
}

type Schema<T> = {
  safeParse(value: unknown): {
    data?: T | undefined;
    error?: { issues: readonly { message: string }[] } | undefined;
  };
};

function parsed<T>(schema: Schema<T>, value: unknown, name: string): T {
  const { data, error } = schema.safeParse(value);
  if (data === undefined) throw new ReleaseError(`${name} ${error?.issues[0]?.message ?? ''}.`);
  return data;
}

async function run([command, ...args]: string[]): Promise<void> {
  switch (command) {
    case 'keygen':
      return keygen(args);
    case 'sign':
      return sign(args);
    case undefined:
    case 'help':
    case '--help':
      console.log(usage);
      return;
    default:
      throw new ReleaseError(`There is no “${command}”.\n\n${usage}`);
  }
}

/** Whether the message says all that the person needs: what they asked for wrongly, or what the disk refused. */
function isWorded(error: unknown): error is Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return error instanceof ReleaseError || /^(ERR_PARSE_ARGS|E[A-Z]+$)/.test(code);
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (!isWorded(error)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
