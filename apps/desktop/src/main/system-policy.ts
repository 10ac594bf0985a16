import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Policy } from '../bridge/settings.ts';
import { readPolicy, registryKey } from './policy.ts';

const registryWithinMs = 3_000;

/** The policy of the computer that this runs on. `trialFile`: another one to try out; null for none. */
export function readSystemPolicy(
  trialFile: string | null,
  onTrouble: (what: string, error: unknown) => void,
): Promise<Policy> {
  return readPolicy({
    platform: process.platform,
    trialFile,
    readFile: (path) => readFile(path, 'utf8'),
    queryRegistry,
    onTrouble,
  });
}

async function queryRegistry(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('reg.exe', ['query', registryKey], {
      timeout: registryWithinMs,
      windowsHide: true,
    });
    return stdout;
  } catch (error) {
    // It ends with 1 where there is no such key.
    if (error instanceof Error && 'code' in error && error.code === 1) return '';
    throw error;
  }
}
