import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { countCheck, countReport, readPlaywright, readVitest, type Counts } from './counts.ts';
import {
  ensureDebianPackages,
  packagesForClients,
  packagesForJourneys,
} from './debian-packages.ts';
import { runStep, type Gather } from './run-step.ts';
import { openSession } from './screen.ts';

export const groups = ['static', 'unit', 'postgres', 'start', 'journeys'] as const;
export type Group = (typeof groups)[number];

/** One line of the summary. */
export type Step = {
  readonly name: string;
  /** The groups that need it. */
  readonly groups: readonly Group[];
  run(gather?: Gather): Promise<Counts>;
};

/** Steps one after the other. */
export type Lane = readonly Step[];
/** Lanes that go on side by side. */
export type Phase = readonly Lane[];

const root = resolve(import.meta.dirname, '../../..');
const reports = join(root, 'test-results');
const minuteMs = 60_000;
const quietTurbo = {
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  DO_NOT_TRACK: '1',
};

/** A tool of node_modules, run by the Node that runs us. */
function tool(path: string, ...args: string[]): string[] {
  return [process.execPath, join(root, 'node_modules', path), ...args];
}

function check(name: string, command: readonly string[], ...groups: Group[]): Step {
  return {
    name,
    groups,
    run: async (gather) => {
      const options = { cwd: root, deadlineMs: 10 * minuteMs, env: quietTurbo };
      return countCheck(await runStep(command, { ...options, ...(gather && { gather }) }));
    },
  };
}

function turbo(...tasks: string[]): string[] {
  return tool('turbo/bin/turbo', 'run', ...tasks, '--output-logs=errors-only');
}

function vitest(
  name: string,
  folder: string,
  group: Group,
  project?: string,
  extra: readonly string[] = [],
): Step {
  return {
    name,
    groups: [group],
    run: async (gather) => {
      const report = freshReport(`${name.replaceAll(' ', '-')}.json`);
      const command = tool(
        'vitest/vitest.mjs',
        ...['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
        ...(project === undefined ? [] : ['--project', project]),
        ...extra,
      );
      const cwd = join(root, folder);
      const options = { cwd, deadlineMs: 20 * minuteMs, ...(gather && { gather }) };
      const code = await runStep(command, options);
      return countReport(report, code, readVitest);
    },
  };
}

function freshReport(name: string): string {
  const path = join(reports, name);
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  return path;
}

function systemPackages(name: string, needed: readonly string[], ...forGroups: Group[]): Step {
  return {
    name,
    groups: forGroups,
    run: () => {
      const advice = ensureDebianPackages(needed);
      if (advice !== null) console.error(advice);
      return Promise.resolve(countCheck(advice === null ? 0 : 1));
    },
  };
}

function journeys(name: string, ...selection: readonly string[]): Step {
  return {
    name,
    groups: ['journeys'],
    run: async (gather) => {
      const session = await openSession();
      try {
        const slug = name.replaceAll(' ', '-');
        const report = freshReport(`${slug}.json`);
        const command = tool(
          '@playwright/test/cli.js',
          ...['test', '--reporter=list,json', `--output=${join(reports, slug)}`],
          ...selection,
        );
        const code = await runStep([...session.wrap, ...command], {
          cwd: join(root, 'apps/desktop'),
          deadlineMs: 20 * minuteMs,
          env: { ...session.env, PLAYWRIGHT_JSON_OUTPUT_FILE: report },
          ...(gather && { gather }),
        });
        return countReport(report, code, readPlaywright);
      } finally {
        await session.end();
      }
    },
  };
}

const generator = join(root, 'packages/shared/generate.ts');

const installed: Lane = [
  systemPackages('system packages', packagesForJourneys, 'unit', 'journeys'),
  systemPackages('client packages', packagesForClients, 'postgres'),
];

/** Those that take longest first, so that the others fill the gaps. */
const checksAndUnits: Lane = [
  check('format', tool('prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'), 'static'),
  check('lint', turbo('lint', 'lint:tools'), 'static'),
  check('types', turbo('typecheck', 'typecheck:tools'), 'static'),
  check('unused code', tool('knip/bin/knip.js', '--no-progress'), 'static'),
  check('documents', [process.execPath, 'build/tools/check-docs.ts'], 'static'),
  ...(existsSync(generator)
    ? [check('generated files', [process.execPath, generator, '--check'], 'static')]
    : []),
  vitest('desktop', 'apps/desktop', 'unit'),
  vitest('tools', 'build/tools', 'unit', 'tools'),
  vitest('shared', 'packages/shared', 'unit'),
  vitest('server', 'apps/server', 'unit', 'unit'),
];

const onPostgres: Lane = [
  // By itself Vitest runs one file at a time on two cores, and most of these wait.
  vitest('server on Postgres', 'apps/server', 'postgres', 'postgres', ['--maxWorkers=2']),
];

const built: Lane = [
  check('build', turbo('build'), 'start', 'journeys'),
  check('package', ['npm', 'run', '--silent', 'package', '-w', '@parley/desktop'], 'journeys'),
];

const started: Lane = [vitest('npm start', 'build/tools', 'start', 'start')];
const besides = '--grep-invert=@timed';
const inChromium: Lane = [journeys('journeys in Chromium', '--project=web', besides)];
const inElectron: Lane = [journeys('journeys in Electron', '--project=desktop', besides)];
const timed: Lane = [journeys('timed journeys', '--grep=@timed')];

/**
 * Everything that must hold. Checks and unit tests keep a processor busy and tests on Postgres mostly wait, so they go
 * on side by side, and so do journeys, but for those in which moments count.
 */
export const phases: readonly Phase[] = [
  [installed],
  [onPostgres, checksAndUnits],
  [built],
  [inElectron, [...started, ...inChromium]],
  [timed],
];
