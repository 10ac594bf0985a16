/**
 * `npm run bench:desktop`: what the packed app costs, beside a blank window of the same runtime in the same run.
 * `--starts 7` how often each is started, `--soak 30` minutes of use at the end (none by default), `--out FOLDER`
 * keeps the figures.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureElectronRuntime } from '../../../build/tools/electron-runtime.ts';
import { openSession } from '../../../build/tools/test/screen.ts';
import { packedExecutable } from '../e2e/support/packed-app.ts';
import { TestDesktop } from '../e2e/support/session-bus.ts';
import { measureElsewhere } from './elsewhere.ts';
import { tableOf, type Line } from './report.ts';
import {
  freeAfterMs,
  freeSoonAfterMs,
  measureBack,
  measureMemory,
  measureScroll,
  measureStart,
  measureSwitches,
  measureTyping,
  signIn,
  type Starts,
} from './scenarios.ts';
import { soak } from './soak.ts';
import { Subject } from './subject.ts';
import { BenchWorkspace } from './workspace.ts';

const insideVariable = 'PARLEY_BENCH_INSIDE';

const { values } = parseArgs({
  options: {
    starts: { type: 'string', default: '7' },
    soak: { type: 'string', default: '0' },
    out: { type: 'string' },
  },
});

process.exitCode =
  process.env[insideVariable] === undefined ? await runInSession() : await measure();

/** The same program again, on a screen and a session bus of its own. */
async function runInSession(): Promise<number> {
  if (!existsSync(packedExecutable)) {
    process.stderr.write(
      'Pack the app first: npm run build && npm run package -w @parley/desktop\n',
    );
    return 1;
  }
  const session = await openSession();
  try {
    const command = [
      ...session.wrap,
      process.execPath,
      import.meta.filename,
      ...process.argv.slice(2),
    ];
    const [file = '', ...args] = command;
    const env = { ...process.env, ...session.env, [insideVariable]: '1' };
    const child = spawn(file, args, { stdio: 'inherit', env });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  } finally {
    await session.end();
  }
}

async function measure(): Promise<number> {
  const desktop = await TestDesktop.start();
  const { executablePath, version } = await ensureElectronRuntime();
  say(`Electron ${version}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`);
  say('making the workspace');
  const workspace = await BenchWorkspace.make();
  const profile = `bench-${Date.now()}`;
  const starts: Starts = {
    blank: () => Subject.start(executablePath, [join(import.meta.dirname, 'blank')]),
    parley: (environment) => Subject.start(packedExecutable, [`--profile=${profile}`], environment),
  };
  const lines: Line[] = [];
  const add = async (what: string, measuring: () => Promise<Line[]>) => {
    say(what);
    const measured = await measuring();
    lines.push(...measured);
    say(tableOf(measured));
  };
  try {
    const first = await starts.parley();
    await signIn(first, workspace);
    await first.quit();
    await add('starts', () => measureStart(starts, Number(values.starts)));
    const app = await starts.parley({ PARLEY_FREE_AFTER_MS: String(freeAfterMs) });
    await add('memory', () => measureMemory(starts, app));
    await app.quit();
    const hiding = await starts.parley({ PARLEY_FREE_AFTER_MS: String(freeSoonAfterMs) });
    const click = () => desktop.activateTray();
    await add('back from the tray', () => measureBack(hiding, click, Number(values.starts)));
    await hiding.quit();
    const used = await starts.parley();
    await add('events elsewhere', () => measureElsewhere(starts, used, workspace));
    await add('typing', () => measureTyping(used));
    await add('switches', () => measureSwitches(used));
    await add('scrolling', () => measureScroll(used));
    if (Number(values.soak) > 0) {
      await add(`soak of ${values.soak} minutes`, () =>
        soak(used, workspace, Number(values.soak), (sample) => {
          say(JSON.stringify(sample));
        }),
      );
    }
    await used.quit();
  } finally {
    await workspace.server.dispose();
    desktop.stop();
  }
  const table = tableOf(lines);
  process.stdout.write(`\n${table}\n`);
  if (values.out !== undefined) {
    const folder = resolve(values.out);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'desktop.json'), `${JSON.stringify(lines, null, 2)}\n`);
    writeFileSync(join(folder, 'desktop.md'), `${table}\n`);
  }
  return 0;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
