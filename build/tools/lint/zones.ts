/**
 * Who may import whom. One row a zone: the files it governs, what of this repository they may
 * import, and which packages. A file may fall under several zones; each must be content.
 */
export interface Zone {
  /** Shown in the lint message and used by the test that proves the zone fires. */
  readonly name: string;
  /** Globs of the governed files, from the repository's root. */
  readonly files: readonly string[];
  /** Globs of files that the zone leaves out. */
  readonly except?: readonly string[];
  /** Tests may reach further than the code they test; a zone with `true` binds them too. */
  readonly bindsTests: boolean;
  /** Globs that may be imported; `<own>` stands for the importing file's own feature. */
  readonly may?: readonly string[];
  /** Globs of which only types may be imported. */
  readonly mayTypes?: readonly string[];
  /** Globs that may never be imported, whatever `may` says. */
  readonly never?: readonly string[];
  /** When given, the only packages allowed (`node:*` stands for all of Node's own). */
  readonly onlyPackages?: readonly string[];
  /** Packages that may not be imported. */
  readonly neverPackages?: readonly string[];
  /** One sentence: why, and where to go instead. */
  readonly reason: string;
}

const shared = 'packages/shared/src/**';
const server = 'apps/server/src';
const desktop = 'apps/desktop/src';
const renderer = `${desktop}/renderer`;
/** Single files at the top of the server's source (configuration, logging) are common ground. */
const serverGround = `${server}/!(main|app).ts`;
/** What a feature shows: its pure rules, its reading, and the identity service of accounts. */
const featureFaces = `${server}/features/*/{rules,queries,identity}.ts`;
const httpPackages = ['hono', '@hono/node-server', '@hono/node-ws', 'socket.io', 'ws'];
const databasePackages = ['postgres', 'drizzle-orm', 'drizzle-kit'];

export const zones: readonly Zone[] = [
  {
    name: 'shared is pure',
    files: [shared],
    bindsTests: false,
    may: [shared],
    onlyPackages: ['zod', 'markdown-it'],
    reason: 'packages/shared runs everywhere: only zod, markdown-it and its own files.',
  },
  {
    name: 'shared stands alone',
    files: ['packages/shared/**'],
    except: ['packages/shared/*.config.ts'],
    bindsTests: true,
    never: ['apps/**', 'build/**'],
    reason: 'packages/shared knows no app.',
  },
  {
    name: 'server without desktop',
    files: ['apps/server/**'],
    bindsTests: true,
    never: ['apps/desktop/**'],
    neverPackages: ['electron', 'svelte', 'keytar'],
    reason: 'nothing crosses between the two apps but packages/shared.',
  },
  {
    name: 'desktop without server',
    files: ['apps/desktop/**'],
    // Tests of a server that means harm play that server themselves.
    except: [
      'apps/desktop/e2e/support/hostile-server.ts',
      'apps/desktop/src/renderer/sync/socket-io-wire.test.ts',
    ],
    bindsTests: true,
    never: ['apps/server/**'],
    neverPackages: [...databasePackages, 'socket.io', 'hono'],
    reason: 'nothing crosses between the two apps but packages/shared.',
  },
  {
    name: 'product without tools',
    files: ['apps/*/src/**'],
    bindsTests: true,
    never: ['build/**'],
    reason: 'build/ is for building; the product does not import it.',
  },
  {
    name: 'server features',
    files: [`${server}/features/**`],
    bindsTests: false,
    may: [
      shared,
      `${server}/database/**`,
      `${server}/features/<own>/**`,
      `${server}/features/*.ts`,
      featureFaces,
      serverGround,
    ],
    neverPackages: httpPackages,
    reason:
      'a feature sees shared, the database, itself, and the rules and queries of other features.',
  },
  {
    name: 'verbs only in the catalogue',
    files: [`${server}/**`],
    except: [
      `${server}/features/**`,
      `${server}/commands/catalogue.ts`,
      // The composition root makes the services that it hands out.
      `${server}/start/**`,
    ],
    bindsTests: false,
    never: [`${server}/features/*/!(rules|queries|identity).ts`, `${server}/features/*/*/**`],
    reason: "only commands/catalogue.ts imports features' verbs; others their rules and queries.",
  },
  {
    name: 'database at the bottom',
    files: [`${server}/database/**`],
    bindsTests: false,
    may: [shared, `${server}/database/**`, serverGround],
    neverPackages: httpPackages,
    reason: 'the database layer knows nothing above it.',
  },
  {
    name: 'log',
    files: [`${server}/log/**`],
    bindsTests: false,
    may: [shared, `${server}/database/**`, `${server}/log/**`, featureFaces, serverGround],
    neverPackages: httpPackages,
    reason: 'the log sees shared and the database, never commands.',
  },
  {
    name: 'files',
    files: [`${server}/files/**`],
    bindsTests: false,
    may: [
      shared,
      `${server}/database/**`,
      `${server}/files/**`,
      `${server}/log/head.ts`,
      featureFaces,
      serverGround,
    ],
    neverPackages: httpPackages,
    reason: 'the files on the disk and their rows: shared and the database, never commands.',
  },
  {
    name: 'bus',
    files: [`${server}/bus/**`],
    bindsTests: false,
    may: [shared, `${server}/database/**`, `${server}/bus/**`, serverGround],
    neverPackages: httpPackages,
    reason: 'the bus sees shared and the database, never commands.',
  },
  {
    name: 'processes',
    files: [`${server}/processes/**`],
    bindsTests: false,
    may: [
      shared,
      `${server}/processes/**`,
      `${server}/bus/**`,
      `${server}/commands/limits.ts`,
      featureFaces,
      serverGround,
    ],
    neverPackages: [...httpPackages, ...databasePackages],
    reason: 'processes carry hints, questions and answers; they serve nobody and store nothing.',
  },
  {
    name: 'live',
    files: [`${server}/live/**`],
    bindsTests: false,
    may: [
      shared,
      `${server}/database/**`,
      `${server}/live/**`,
      `${server}/log/**`,
      `${server}/bus/**`,
      featureFaces,
      serverGround,
    ],
    // The abilities that a handler gets from live delivery are declared beside the handlers.
    mayTypes: [`${server}/features/*.ts`],
    neverPackages: httpPackages,
    reason: 'live sees shared, the database, the log and the bus, never commands.',
  },
  {
    name: 'transports and http',
    files: [`${server}/{transports,http}/**`],
    bindsTests: false,
    may: [
      shared,
      `${server}/commands/**`,
      `${server}/live/**`,
      `${server}/{transports,http}/**`,
      serverGround,
    ],
    neverPackages: databasePackages,
    reason: 'a transport turns bytes into commands and frames: it never touches the database.',
  },
  {
    name: 'desktop bridge',
    files: [`${desktop}/bridge/**`],
    bindsTests: false,
    may: [shared, `${desktop}/bridge/**`],
    onlyPackages: ['zod'],
    reason: 'the bridge is a contract: shared and zod only.',
  },
  {
    name: 'desktop live',
    files: [`${desktop}/live/**`],
    bindsTests: false,
    // The catalogue has the words, whoever says them.
    may: [shared, `${desktop}/{bridge,live}/**`, `${renderer}/messages/**`],
    onlyPackages: ['zod'],
    reason: 'live runs in main and in the page alike: shared, the bridge and words only.',
  },
  {
    name: 'desktop main',
    files: [`${desktop}/main/**`],
    bindsTests: false,
    may: [shared, `${desktop}/{bridge,live,main}/**`],
    neverPackages: ['svelte', 'bits-ui', 'idb', 'socket.io-client'],
    reason: 'main meets the renderer only through the bridge.',
  },
  {
    name: 'desktop preload',
    files: [`${desktop}/preload/**`],
    bindsTests: false,
    may: [`${desktop}/bridge/names.ts`, `${desktop}/preload/**`],
    mayTypes: [`${desktop}/bridge/**`],
    onlyPackages: ['electron'],
    reason: 'the sandboxed preload forwards names: bridge/names.ts and electron only.',
  },
  {
    name: 'renderer in its sandbox',
    files: [`${renderer}/**`],
    bindsTests: false,
    never: [`${desktop}/{main,preload}/**`],
    neverPackages: ['electron', 'keytar', 'electron-store', 'node:*'],
    reason: 'the renderer is a web page: what the system offers comes through the bridge.',
  },
  {
    name: 'renderer features',
    files: [`${renderer}/features/**`],
    bindsTests: false,
    may: [
      shared,
      `${desktop}/live/**`,
      `${renderer}/features/<own>/**`,
      `${renderer}/sync/**`,
      `${renderer}/ui/**`,
      `${renderer}/messages.ts`,
    ],
    mayTypes: [`${desktop}/bridge/**`, `${renderer}/bridge/**`],
    reason: 'features meet only in shell/; a feature sees shared, sync, ui and the bridge type.',
  },
  {
    name: 'renderer sync',
    files: [`${renderer}/sync/**`],
    bindsTests: false,
    may: [shared, `${desktop}/live/**`, `${renderer}/sync/**`],
    mayTypes: [`${desktop}/bridge/**`, `${renderer}/bridge/**`],
    neverPackages: ['bits-ui', 'virtua', '@lucide/svelte'],
    reason: 'sync runs without a page (tests, bots): shared and the bridge type only.',
  },
  {
    name: 'renderer ui',
    files: [`${renderer}/ui/**`],
    bindsTests: false,
    may: [
      `${renderer}/ui/**`,
      `${renderer}/messages.ts`,
      'packages/shared/src/text/{emoji,fold}.ts',
    ],
    reason: 'ui knows nothing of chat.',
  },
];

/** Workspace packages and the folder that their bare specifier opens. */
export const workspaceFolders: Readonly<Record<string, string>> = {
  '@parley/shared': 'packages/shared/src',
  '@parley/server': 'apps/server',
  '@parley/desktop': 'apps/desktop',
};

/** The few places where `process.env` may be read. */
export const environmentReaders = [
  'apps/server/src/config.ts',
  'apps/desktop/src/main/environment.ts',
  'build/**',
  'apps/*/{test,e2e,bench}/**',
  'apps/*/*.ts',
  '**/*.{test,spec}.ts',
];
