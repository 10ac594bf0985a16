import { createHash, createHmac, randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeSecretFile } from './signing-keys.ts';

const secretBytes = 32;

/** A fresh secret of 256 bits. */
export function newSecret(): string {
  return randomBytes(secretBytes).toString('base64url');
}

/** SHA-256 in hex: enough for secrets that are long and random. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Reads the secret that successors of refresh tokens are derived with, making it at the first start. */
export async function loadSuccessorSecret(dataDir: string): Promise<Buffer> {
  const path = join(dataDir, 'keys', 'refresh-successors');
  try {
    return await readSecret(path);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') throw error;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeSecretFile(path, newSecret());
    return readSecret(path);
  }
}

async function readSecret(path: string): Promise<Buffer> {
  const secret = Buffer.from((await readFile(path, 'utf8')).trim(), 'base64url');
  if (secret.length < secretBytes) {
    throw new Error(
      `${path} is damaged. Delete it: devices in the middle of a refresh sign in anew.`,
    );
  }
  return secret;
}

/**
 * The refresh token that follows `token` for the attempt `nonce`: an attempt whose answer was lost can be
 * repeated, without the server keeping any token, because the same attempt derives the same successor.
 */
export function deriveSuccessor(secret: Buffer, token: string, nonce: string): string {
  return createHmac('sha256', secret).update(`${token}:${nonce}`).digest('base64url');
}
