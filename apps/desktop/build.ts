import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { TrustedKeys } from '@parley/shared/updates/manifest.ts';
import { build, type InlineConfig } from 'vite';
import manifest from './package.json' with { type: 'json' };

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The oldest Electron that the app runs on is 25: Node 18 and Chrome 114. */
const nodeTarget = 'node18';
const chromeTarget = 'chrome114';

/**
 * Main, its helper and preload are built apart: one build would share a chunk, which a sandboxed preload cannot load.
 * What main imports later is a chunk of its own.
 */
function nodeBuild(entry: string, external: string[]): InlineConfig {
  return {
    configFile: false,
    root: path('.'),
    logLevel: 'warn',
    resolve: {
      alias: [{ find: /^ajv(?:-formats|\/.*)$/, replacement: path('src/main/no-schemas.ts') }],
    },
    build: {
      ssr: true,
      target: nodeTarget,
      outDir: path(`dist/${basename(entry)}`),
      emptyOutDir: true,
      minify: false,
      rolldownOptions: {
        input: path(`src/${entry}.ts`),
        external,
        output: {
          format: 'cjs',
          entryFileNames: `${basename(entry)}.cjs`,
          chunkFileNames: '[name].cjs',
        },
      },
    },
    ssr: { noExternal: true },
  };
}

const renderer: InlineConfig = {
  configFile: false,
  root: path('src/renderer'),
  base: '/',
  logLevel: 'warn',
  plugins: [svelte({ configFile: path('svelte.config.js') })],
  define: { __APP_VERSION__: JSON.stringify(manifest.version) },
  build: {
    target: chromeTarget,
    outDir: path('dist/renderer'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_000,
  },
};

const node = [...builtinModules, /^node:/];
await build(nodeBuild('main/main', ['electron', 'keytar', ...(node as string[])]));
await writeUpdateKeys();
await build(nodeBuild('main/keyring-process', ['keytar']));
await build(nodeBuild('preload/preload', ['electron']));
await build(renderer);
await mkdir(path('dist/resources'), { recursive: true });
await cp(path('../../build/desktop/icons'), path('dist/resources'), {
  recursive: true,
  // What only installers need stays out of the app.
  filter: (source) => !/\.(?:ico|icns)$|[\\/]linux(?:[\\/]|$)/.test(source),
});

/** Whose signatures the app believes is decided here, once: an app that is built takes no other keys from anywhere. */
async function writeUpdateKeys(): Promise<void> {
  const file = process.env.PARLEY_BUILD_UPDATE_KEYS ?? path('../../build/desktop/update-keys.json');
  const keys = TrustedKeys.parse(JSON.parse(await readFile(file, 'utf8')));
  await writeFile(path('dist/main/update-keys.json'), JSON.stringify(keys));
}
