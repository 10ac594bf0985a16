import { createHash, createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSecretFile } from './signing-keys.ts';

/** A fresh secret of 256 bits. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 in hex: enough for secrets that are long and random. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Reads the secret that successors of refresh tokens are derived with, making it at the first start. */
export async function loadSuccessorSecret(dataDir: string): Promise<Buffer> {
  const path = join(dataDir, 'keys', 'refresh-successors');
  const read = async () => Buffer.from((await readFile(path, 'utf8')).trim(), 'base64url');
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') throw error;
    await writeSecretFile(path, newSecret());
    return read();
  }
}

/**
 * The refresh token that follows `token` for the attempt `nonce`: an attempt whose answer was lost can be
 * repeated, without the server keeping any token, because the same attempt derives the same successor.
 */
export function deriveSuccessor(secret: Buffer, token: string, nonce: string): string {
  return createHmac('sha256', secret).update(`${token}:${nonce}`).digest('base64url');
}
