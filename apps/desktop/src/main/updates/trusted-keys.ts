import { readFileSync } from 'node:fs';
import { TrustedKeys, type TrustedKey } from '@parley/shared/updates/manifest.ts';

/** The keys that this app was built with, in a file of its archive. Without one that can be read, nothing is taken. */
export function readTrustedKeys(
  path: string,
  onTrouble: (what: string, error: unknown) => void,
): TrustedKey[] {
  try {
    return TrustedKeys.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    onTrouble('the keys of updates cannot be read', error);
    return [];
  }
}
