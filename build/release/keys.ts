import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  webcrypto,
  type KeyObject,
} from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManifestSignature, TrustedKey } from '../../packages/shared/src/updates/manifest.ts';
import { trustedKey } from '../../packages/shared/src/updates/verify.ts';
import { ReleaseError } from './release-error.ts';

/**
 * What a key file is encrypted with can be tried out fast by whoever has stolen it, so the passphrase has to be long.
 * In characters.
 */
const minPassphrase = 20;

/** A private key that has been opened. */
export type SigningKey = TrustedKey & { sign(bytes: Uint8Array): ManifestSignature };

/**
 * Makes a key pair. The private key goes to `<keyId>.pem` in the folder: PKCS #8, encrypted, readable by its owner
 * alone. Throws a ReleaseError where the passphrase is too short.
 */
export async function generateKey(
  folder: string,
  passphrase: string,
): Promise<TrustedKey & { path: string }> {
  if (passphrase.length < minPassphrase) {
    const advice = 'Six words drawn by dice are good.';
    throw new ReleaseError(
      `The passphrase must have at least ${minPassphrase} characters. ${advice}`,
    );
  }
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = await describe(publicKey);
  const pem = privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase,
  });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${key.keyId}.pem`);
  await writeFile(path, pem, { mode: 0o600, flag: 'wx' });
  return { ...key, path };
}

/** Opens a key file. `askPassphrase` is told the path. Throws a ReleaseError where it cannot be opened. */
export async function openKey(
  path: string,
  askPassphrase: (path: string) => Promise<string>,
): Promise<SigningKey> {
  const pem = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new ReleaseError(`The key ${path} cannot be read.`, { cause: error });
  });
  if (!pem.startsWith('-----BEGIN ENCRYPTED PRIVATE KEY-----')) {
    throw new ReleaseError(`${path} is not a key that “npm run release -- keygen” has made.`);
  }
  const privateKey = decrypt(path, pem, await askPassphrase(path));
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw new ReleaseError(`${path} is a key of another kind than Ed25519.`);
  }
  const key = await describe(createPublicKey(privateKey));
  return {
    ...key,
    sign: (bytes) => ({
      keyId: key.keyId,
      signature: sign(null, bytes, privateKey).toString('base64'),
    }),
  };
}

function decrypt(path: string, pem: string, passphrase: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, passphrase });
  } catch (error) {
    throw new ReleaseError(`The passphrase is not the one of ${path}, or the file is damaged.`, {
      cause: error,
    });
  }
}

function describe(publicKey: KeyObject): Promise<TrustedKey> {
  const { x = '' } = publicKey.export({ format: 'jwk' });
  const raw = Buffer.from(x, 'base64url').toString('base64');
  return trustedKey(raw, webcrypto.subtle);
}
