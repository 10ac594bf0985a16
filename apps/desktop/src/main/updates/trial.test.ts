import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { judgeStart, TrialFile, type Trial } from './trial.ts';

const trial = (starts: number): Trial => ({
  version: '1.4.0',
  from: '1.3.9',
  file: '/home/ada/Parley.AppImage',
  kept: '/home/ada/Parley.AppImage.previous',
  starts,
});

it.each<[string, Trial | null, string, boolean, ReturnType<typeof judgeStart>]>([
  ['nothing is on trial', null, '1.3.9', false, { kind: 'usual' }],
  ['the first start', trial(0), '1.4.0', true, { kind: 'trial', starts: 1 }],
  ['the second start', trial(1), '1.4.0', true, { kind: 'trial', starts: 2 }],
  ['two starts showed nothing', trial(2), '1.4.0', true, { kind: 'rollBack' }],
  ['there is nothing to go back to', trial(2), '1.4.0', false, { kind: 'usual' }],
  [
    'the version before is back',
    trial(2),
    '1.3.9',
    false,
    { kind: 'returned', failedVersion: '1.4.0' },
  ],
  ['the new one was never put in place', trial(0), '1.3.9', true, { kind: 'usual' }],
  ['another was installed by hand', trial(1), '1.5.0', true, { kind: 'usual' }],
])('judges a start: %s', (_, known, running, isKept, start) => {
  expect(judgeStart(known, running, isKept)).toEqual(start);
});

let folder: string;
let onDisk: Trial;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-trial-'));
  onDisk = { ...trial(0), file: join(folder, 'app'), kept: join(folder, 'app.previous') };
  writeFileSync(onDisk.file, 'new');
  writeFileSync(onDisk.kept, 'old');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('a version that shows nothing twice is replaced by the one before, which is told so', () => {
  new TrialFile(folder).write(onDisk);
  expect(new TrialFile(folder).begin('1.4.0')).toEqual({ kind: 'trial', starts: 1 });
  expect(new TrialFile(folder).begin('1.4.0')).toEqual({ kind: 'trial', starts: 2 });
  expect(new TrialFile(folder).begin('1.4.0')).toEqual({ kind: 'rollBack' });
  expect(readFileSync(onDisk.file, 'utf8')).toBe('old');
  expect(new TrialFile(folder).begin('1.3.9')).toEqual({
    kind: 'returned',
    failedVersion: '1.4.0',
  });
  expect(new TrialFile(folder).begin('1.3.9')).toEqual({ kind: 'usual' });
});

it('a version that shows something stays, and the one before goes', () => {
  const file = new TrialFile(folder);
  file.write(onDisk);
  file.begin('1.4.0');
  file.end();
  expect(existsSync(file.path)).toBe(false);
  expect(existsSync(onDisk.kept)).toBe(false);
  expect(readFileSync(onDisk.file, 'utf8')).toBe('new');
  expect(file.begin('1.4.0')).toEqual({ kind: 'usual' });
});

it.each(['', '{', '{"version":"1.4.0"}', '[]'])('a file that is broken is none: %j', (text) => {
  const file = new TrialFile(folder);
  writeFileSync(file.path, text);
  expect(file.begin('1.4.0')).toEqual({ kind: 'usual' });
  expect(existsSync(file.path)).toBe(false);
});
