import { cpSync } from 'node:fs';
import { resolve } from 'node:path';

import { defineConfig, type Plugin } from 'vite';

/** Of many small files each: to look for them took two thirds of a start where files are slow. */
const bundled = [
  '@hono/node-server',
  '@opentelemetry/api',
  'drizzle-orm',
  'hono',
  'jose',
  'lru-cache',
  'markdown-it',
  'prom-client',
  'rate-limiter-flexible',
  'uuid',
  'zod',
];

/**
 * The server as one file, with what it uses of packages of plain JavaScript. The others stay in node_modules: some bring
 * native parts, some start processes or threads of their own.
 */
export default defineConfig({
  plugins: [copyMigrations()],
  build: {
    ssr: 'src/main.ts',
    outDir: 'dist',
    target: 'node20',
    sourcemap: true,
    rolldownOptions: { output: { entryFileNames: 'main.js', codeSplitting: false } },
  },
  ssr: { noExternal: [/^@parley\//, ...bundled] },
});

/** The server reads its migrations from the folder beside itself. */
function copyMigrations(): Plugin {
  return {
    name: 'copy-migrations',
    closeBundle() {
      const source = resolve(import.meta.dirname, 'src/database/migrations');
      cpSync(source, resolve(import.meta.dirname, 'dist/migrations'), { recursive: true });
    },
  };
}
