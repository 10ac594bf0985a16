import { cpSync } from 'node:fs';
import { resolve } from 'node:path';

import { defineConfig, type Plugin } from 'vite';

/**
 * The server as one file of our own code; packages stay in node_modules, for some of them bring
 * native parts, and a bundle of them starts no faster.
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
  ssr: { noExternal: [/^@parley\//] },
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
