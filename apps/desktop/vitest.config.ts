import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

import { testSettings } from '../../build/tools/vitest-base.ts';

export default defineConfig({
  // Modules with runes (*.svelte.ts) have to be compiled, in tests too.
  plugins: [svelte({ configFile: fileURLToPath(new URL('svelte.config.js', import.meta.url)) })],
  test: {
    ...testSettings,
    name: 'desktop',
    include: ['{src,bench}/**/*.test.ts'],
    // It asks Electron for a folder, which a test stands in for.
    server: { deps: { inline: ['electron-store'] } },
  },
});
