/**
 * npm runs scripts through a shell. On Linux and macOS the scripts `start` and `test` begin with
 * `exec`, so that the program takes the shell's place and npm's signals reach it. Windows' shell has
 * no such word: there this gives it one, after `npm ci`. Plain JavaScript, for any Node.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

if (process.platform === 'win32') {
  writeFileSync(join(import.meta.dirname, '../../node_modules/.bin/exec.cmd'), '@%*\r\n');
}
