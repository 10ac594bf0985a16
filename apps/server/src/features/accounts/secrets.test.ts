import { mkdtemp, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deriveSuccessor, hashSecret, loadSuccessorSecret, newSecret } from './secrets.ts';

const nonce = '018f7c9e-0000-7000-8000-000000000001';
const otherNonce = '018f7c9e-0000-7000-8000-000000000002';
/** Windows has no such modes: there the folder of the account protects its files. */
const privateMode = process.platform === 'win32' ? 0o666 : 0o600;
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-secrets-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

describe('secrets', () => {
  it('are 256 random bits and stored as SHA-256', () => {
    expect(newSecret()).toMatch(/^[\w-]{43}$/);
    expect(newSecret()).not.toBe(newSecret());
    expect(hashSecret('abc')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});

describe('the successor of a token', () => {
  it('is the same for the same attempt, and another for anything else', async () => {
    const secret = await loadSuccessorSecret(dataDir);
    const successor = deriveSuccessor(secret, 'token', nonce);
    expect(successor).toMatch(/^[\w-]{43}$/);
    expect(deriveSuccessor(secret, 'token', nonce)).toBe(successor);
    expect(deriveSuccessor(secret, 'token', otherNonce)).not.toBe(successor);
    expect(deriveSuccessor(secret, 'other', nonce)).not.toBe(successor);
  });

  it('survives a restart', async () => {
    const before = await loadSuccessorSecret(dataDir);
    const after = await loadSuccessorSecret(dataDir);
    expect(after.equals(before)).toBe(true);
  });

  it('has a secret for this user alone', async () => {
    await loadSuccessorSecret(dataDir);
    const { mode } = await stat(join(dataDir, 'keys', 'refresh-successors'));
    expect(mode & 0o777).toBe(privateMode);
  });

  it('is not derived from a damaged secret, which anybody could guess', async () => {
    await loadSuccessorSecret(dataDir);
    await truncate(join(dataDir, 'keys', 'refresh-successors'));
    await expect(loadSuccessorSecret(dataDir)).rejects.toThrow('is damaged');
  });
});
