import { resolve } from 'node:path';

import { ESLint } from 'eslint';
import ts from 'typescript-eslint';
import { describe, expect, test } from 'vitest';

import { zones } from './zones.ts';

const root = resolve(import.meta.dirname, '../../..');

/** The repository's real configuration, minus the rules that need a file on disk to type-check. */
const eslint = new ESLint({
  cwd: root,
  overrideConfig: [
    ts.configs.disableTypeChecked,
    { languageOptions: { parserOptions: { projectService: false } } },
  ],
});

async function faults(file: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: resolve(root, file) });
  const messages = result?.messages ?? [];
  const fatal = messages.find((message) => message.fatal);
  if (fatal !== undefined) throw new Error(`${file}: ${fatal.message}`);
  return messages
    .filter((message) => message.ruleId?.startsWith('parley/'))
    .map((message) => message.message);
}

function typescript(statement: string): string {
  return `${statement}\n`;
}

function svelte(statement: string): string {
  return `<script lang="ts">\n  ${statement}\n</script>\n`;
}

/** For every zone: statements it must refuse, and statements it must let pass. */
const cases: Record<string, { refuses: [string, string][]; allows: [string, string][] }> = {
  'shared is pure': {
    refuses: [
      ['packages/shared/src/text/x.ts', "import { join } from 'node:path'"],
      ['packages/shared/src/text/x.ts', "import { join } from 'path'"],
      ['packages/shared/src/text/x.ts', "import postgres from 'postgres'"],
      ['packages/shared/src/text/x.ts', "export * from '../../generate.ts'"],
    ],
    allows: [
      ['packages/shared/src/text/x.ts', "import { z } from 'zod'"],
      ['packages/shared/src/text/x.ts', "import MarkdownIt from 'markdown-it'"],
      ['packages/shared/src/text/x.ts', "import { y } from '../protocol/ids.ts'"],
      ['packages/shared/src/text/x.test.ts', "import { test } from 'vitest'"],
    ],
  },
  'shared stands alone': {
    refuses: [
      ['packages/shared/src/x.test.ts', "import { x } from '../../../apps/server/src/config.ts'"],
      ['packages/shared/generate.ts', "import { x } from '../../build/tools/start.ts'"],
    ],
    allows: [['packages/shared/generate.ts', "import { x } from './src/protocol/ids.ts'"]],
  },
  'server without desktop': {
    refuses: [
      ['apps/server/test/x.ts', "import { x } from '../../desktop/src/bridge/bridge.ts'"],
      ['apps/server/src/app.ts', "import type { X } from '@parley/desktop/src/bridge/bridge.ts'"],
      ['apps/server/src/app.ts', "import { app } from 'electron'"],
    ],
    allows: [['apps/server/src/app.ts', "import { z } from '@parley/shared/protocol/ids.ts'"]],
  },
  'desktop without server': {
    refuses: [
      ['apps/desktop/src/main/x.ts', "import type { X } from '@parley/server/src/config.ts'"],
      ['apps/desktop/e2e/x.ts', "import { x } from '../../server/src/config.ts'"],
      ['apps/desktop/src/main/x.ts', "import postgres from 'postgres'"],
    ],
    allows: [['apps/desktop/e2e/x.ts', "import { x } from '@parley/shared/protocol/ids.ts'"]],
  },
  'product without tools': {
    refuses: [['apps/server/src/x.ts', "import { x } from '../../../build/tools/start.ts'"]],
    allows: [['apps/desktop/build.ts', "import { x } from '../../build/tools/start.ts'"]],
  },
  'server features': {
    refuses: [
      ['apps/server/src/features/messages/x.ts', "import { x } from '../channels/create.ts'"],
      ['apps/server/src/features/messages/x.ts', "import type { X } from '../../live/hub.ts'"],
      ['apps/server/src/features/messages/x.ts', "import { Hono } from 'hono'"],
      ['apps/server/src/features/messages/x.ts', "const x = await import('../../bus/bus.ts')"],
    ],
    allows: [
      ['apps/server/src/features/messages/x.ts', "import { x } from '../channels/rules.ts'"],
      ['apps/server/src/features/messages/x.ts', "import { x } from '../channels/queries.ts'"],
      ['apps/server/src/features/messages/x.ts', "import { x } from './post-message.ts'"],
      ['apps/server/src/features/messages/x.ts', "import { x } from '../../database/client.ts'"],
    ],
  },
  'verbs only in the catalogue': {
    refuses: [
      [
        'apps/server/src/commands/run-command.ts',
        "import { x } from '../features/messages/post-message.ts'",
      ],
      ['apps/server/src/app.ts', "import type { X } from './features/messages/post-message.ts'"],
    ],
    allows: [
      [
        'apps/server/src/commands/catalogue.ts',
        "import { x } from '../features/messages/post-message.ts'",
      ],
      ['apps/server/src/commands/run-command.ts', "import { x } from '../features/users/rules.ts'"],
      ['apps/server/src/start/x.ts', "import { x } from '../features/accounts/create-identity.ts'"],
    ],
  },
  'database at the bottom': {
    refuses: [['apps/server/src/database/x.ts', "import { x } from '../log/append.ts'"]],
    allows: [['apps/server/src/database/x.ts', "import { x } from './schema/users.ts'"]],
  },
  log: {
    refuses: [['apps/server/src/log/x.ts', "import { x } from '../commands/run-command.ts'"]],
    allows: [['apps/server/src/log/x.ts', "import { x } from '../database/client.ts'"]],
  },
  files: {
    refuses: [['apps/server/src/files/x.ts', "import { Turns } from '../commands/turns.ts'"]],
    allows: [['apps/server/src/files/x.ts', "import { lockHead } from '../log/head.ts'"]],
  },
  bus: {
    refuses: [['apps/server/src/bus/x.ts', "import type { X } from '../commands/run-command.ts'"]],
    allows: [['apps/server/src/bus/x.ts', "import { x } from '../config.ts'"]],
  },
  processes: {
    refuses: [
      ['apps/server/src/processes/x.ts', "import { x } from '../commands/writer.ts'"],
      ['apps/server/src/processes/x.ts', "import { x } from '../database/client.ts'"],
      ['apps/server/src/processes/x.ts', "import { Hono } from 'hono'"],
    ],
    allows: [
      ['apps/server/src/processes/x.ts', "import { HintRelay } from '../bus/processes.ts'"],
      ['apps/server/src/processes/x.ts', "import type { x } from '../commands/limits.ts'"],
    ],
  },
  live: {
    refuses: [['apps/server/src/live/x.ts', "export { x } from '../commands/run-command.ts'"]],
    allows: [
      ['apps/server/src/live/x.ts', "import { x } from '../log/read-after.ts'"],
      ['apps/server/src/live/x.ts', "import type { Live } from '../features/handler.ts'"],
    ],
  },
  'transports and http': {
    refuses: [
      ['apps/server/src/transports/x.ts', "import { x } from '../database/client.ts'"],
      ['apps/server/src/http/x.ts', "import type { X } from '../database/client.ts'"],
      ['apps/server/src/http/x.ts', "import { sql } from 'drizzle-orm'"],
    ],
    allows: [
      ['apps/server/src/transports/x.ts', "import { x } from '../commands/run-command.ts'"],
      ['apps/server/src/transports/x.ts', "import { Server } from 'socket.io'"],
    ],
  },
  'desktop bridge': {
    refuses: [['apps/desktop/src/bridge/x.ts', "import type { BrowserWindow } from 'electron'"]],
    allows: [['apps/desktop/src/bridge/x.ts', "import { z } from 'zod'"]],
  },
  'desktop live': {
    refuses: [
      ['apps/desktop/src/live/x.ts', "import { app } from 'electron'"],
      ['apps/desktop/src/live/x.ts', "import { join } from 'node:path'"],
      ['apps/desktop/src/live/x.ts', "import { x } from '../renderer/sync/client.ts'"],
    ],
    allows: [
      ['apps/desktop/src/live/x.ts', "import { x } from '../bridge/bridge.ts'"],
      ['apps/desktop/src/live/x.ts', "import { x } from '../renderer/messages/names.ts'"],
    ],
  },
  'desktop main': {
    refuses: [['apps/desktop/src/main/x.ts', "import type { X } from '../renderer/messages.ts'"]],
    allows: [['apps/desktop/src/main/x.ts', "import { x } from '../bridge/bridge.ts'"]],
  },
  'desktop preload': {
    refuses: [
      ['apps/desktop/src/preload/preload.ts', "import { x } from '../bridge/bridge.ts'"],
      ['apps/desktop/src/preload/preload.ts', "import { z } from 'zod'"],
    ],
    allows: [
      ['apps/desktop/src/preload/preload.ts', "import { x } from '../bridge/names.ts'"],
      ['apps/desktop/src/preload/preload.ts', "import type { X } from '../bridge/bridge.ts'"],
      ['apps/desktop/src/preload/preload.ts', "import { ipcRenderer } from 'electron'"],
    ],
  },
  'renderer in its sandbox': {
    refuses: [
      ['apps/desktop/src/renderer/shell/x.ts', "import { app } from 'electron'"],
      ['apps/desktop/src/renderer/shell/X.svelte', "import { x } from '../../main/window.ts'"],
    ],
    allows: [
      ['apps/desktop/src/renderer/shell/X.svelte', "import Y from '../features/a/Y.svelte'"],
    ],
  },
  'renderer features': {
    refuses: [
      [
        'apps/desktop/src/renderer/features/timeline/X.svelte',
        "import type { X } from '../composer/draft.ts'",
      ],
      [
        'apps/desktop/src/renderer/features/timeline/X.svelte',
        "import Y from '../composer/Composer.svelte'",
      ],
      [
        'apps/desktop/src/renderer/features/timeline/X.svelte',
        "import { x } from '../../../bridge/bridge.ts'",
      ],
    ],
    allows: [
      [
        'apps/desktop/src/renderer/features/timeline/X.svelte',
        "import type { X } from '../../../bridge/bridge.ts'",
      ],
      ['apps/desktop/src/renderer/features/timeline/X.svelte', "import B from '../../ui/B.svelte'"],
    ],
  },
  'renderer sync': {
    refuses: [['apps/desktop/src/renderer/sync/x.ts', "import { x } from '../ui/focus.ts'"]],
    allows: [
      ['apps/desktop/src/renderer/sync/x.ts', "import { x } from '@parley/shared/state/apply.ts'"],
    ],
  },
  'renderer ui': {
    refuses: [
      [
        'apps/desktop/src/renderer/ui/X.svelte',
        "import type { X } from '@parley/shared/protocol/user.ts'",
      ],
    ],
    allows: [
      ['apps/desktop/src/renderer/ui/X.svelte', "import { messages } from '../messages.ts'"],
    ],
  },
};

test('every zone has a case that proves it', () => {
  expect(Object.keys(cases).sort()).toEqual(zones.map((zone) => zone.name).sort());
});

describe.each(Object.entries(cases))('%s', (name, { refuses, allows }) => {
  test.each(refuses)('refuses in %s: %s', async (file, statement) => {
    const code = file.endsWith('.svelte') ? svelte(statement) : typescript(statement);
    expect(await faults(file, code)).toEqual([expect.stringContaining(`${name}:`)]);
  });

  test.each(allows)('allows in %s: %s', async (file, statement) => {
    const code = file.endsWith('.svelte') ? svelte(statement) : typescript(statement);
    expect(await faults(file, code)).toEqual([]);
  });
});

describe('the environment is read in one place', () => {
  test.each([
    ['apps/server/src/app.ts', 'export const x = process.env.HOME'],
    ['apps/server/src/app.ts', "export const x = process['env']"],
    ['apps/server/src/app.ts', 'const { env } = process'],
    ['apps/server/src/app.ts', "import { env } from 'node:process'"],
    ['apps/desktop/src/main/window.ts', 'export const x = process.env.HOME'],
  ])('refuses in %s: %s', async (file, code) => {
    expect(await faults(file, code)).toHaveLength(1);
  });

  test.each(['apps/server/src/config.ts', 'build/tools/start.ts', 'apps/server/test/postgres.ts'])(
    'allows in %s',
    async (file) => {
      expect(await faults(file, 'export const x = process.env.HOME')).toEqual([]);
    },
  );
});

describe('file names say what is inside', () => {
  test.each([
    'apps/server/src/utils.ts',
    'apps/server/src/helpers/dates.ts',
    'apps/server/src/live/session-manager.ts',
    'apps/server/src/live/slowConsumer.ts',
    'apps/desktop/src/renderer/ui/button.svelte',
  ])('refuses %s', async (file) => {
    const code = file.endsWith('.svelte') ? '<p>x</p>' : 'export const x = 1;';
    expect(await faults(file, code)).toHaveLength(1);
  });

  test.each([
    'apps/server/src/database/embedded.pg.test.ts',
    'apps/desktop/src/renderer/ui/IconButton.svelte',
    'apps/desktop/src/renderer/shell/route.svelte.ts',
  ])('allows %s', async (file) => {
    const code = file.endsWith('.svelte') ? '<p>x</p>' : 'export const x = 1;';
    expect(await faults(file, code)).toEqual([]);
  });
});
