import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Returns once the content of the file would outlive a power cut. */
export function syncToDisk(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
