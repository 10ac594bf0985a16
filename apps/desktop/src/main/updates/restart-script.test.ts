import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { argumentsAgain, startAfterwards } from './restart-script.ts';

let folder: string;
let file: string;
let kept: string;
let trialPath: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-restart-'));
  file = join(folder, 'The App');
  kept = join(folder, 'The App.previous');
  trialPath = join(folder, 'trial');
  writeFileSync(trialPath, '');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An app that notes that it was started, with what, and then does something. */
const app = (name: string, then: string) =>
  `#!/bin/sh\necho "${name} $*" >> "${folder}/log"\n${then}\n`;
const install = (path: string, text: string) => writeFileSync(path, text, { mode: 0o755 });
const log = () => (existsSync(`${folder}/log`) ? readFileSync(`${folder}/log`, 'utf8') : '');
const logged = (text: string) =>
  vi.waitUntil(() => log() === text, { timeout: 20_000, interval: 50 });

/** Starts afterwards; resolves with whether the script is still at it. */
function start(pid = 2 ** 22): () => boolean {
  const script = startAfterwards({
    ...{ pid, file, kept, trialPath, patienceSeconds: 2 },
    args: ['--profile=with space', '--x=$HOME"'],
  });
  if (script === undefined) throw new Error('it was not started');
  return () => {
    try {
      process.kill(script, 0);
      return readFileSync(`/proc/${script}/stat`, 'utf8').split(' ')[2] !== 'Z';
    } catch {
      return false;
    }
  };
}
const args = '--profile=with space --x=$HOME"';

it('waits for the app that goes, and leaves the new one alone once that shows something', async () => {
  const going = spawn('sleep', ['60']);
  install(file, app('new', `rm "${trialPath}"; sleep 3; echo done >> "${folder}/log"`));
  install(kept, app('old', ''));
  const isAtIt = start(going.pid);
  await delay(1_000);
  expect(log()).toBe('');
  going.kill();
  await once(going, 'exit');
  await logged(`new ${args}\ndone\n`);
  await vi.waitUntil(() => !isAtIt(), 5_000);
  expect(readFileSync(file, 'utf8')).toContain('new');
});

it.each([
  ['cannot be started', 'not a program'],
  ['ends at once', 'exit 1'],
  ['hangs', 'sleep 60'],
  ['does not want to end', "trap '' TERM; while :; do sleep 1; done"],
])('brings back the version before when the new one %s', async (_, then) => {
  install(file, then === 'not a program' ? '\u007fELF' : app('new', then));
  install(kept, app('old', `rm "${trialPath}"`));
  start();
  const twice = then === 'not a program' ? '' : `new ${args}\nnew ${args}\n`;
  await logged(`${twice}old ${args}\n`);
  expect(readFileSync(file, 'utf8')).toContain('old');
  expect(existsSync(kept)).toBe(false);
});

it('starts what is there when there is nothing to bring back', async () => {
  install(file, app('only', ''));
  start();
  await logged(`only ${args}\n`.repeat(3));
});

it('the app is started again as it was, but not as it was for one time', () => {
  const once = ['--hidden', '--new-message', '--server=http://127.0.0.1:1?setup=x'];
  const always = ['--profile=work', '--no-sandbox', '--remote-debugging-port=0'];
  const link = 'parley://chat.example.com/invite/abc';
  expect(argumentsAgain(['/opt/parley', ...once, ...always, link])).toEqual(always);
});
