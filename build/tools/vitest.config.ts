import { defineConfig } from 'vitest/config';

import { testSettings } from './vitest-base.ts';

const startTests = ['**/*.start.test.ts'];

export default defineConfig({
  cacheDir: '../../node_modules/.vite',
  test: {
    projects: [
      {
        test: {
          ...testSettings,
          name: 'tools',
          include: ['**/*.test.ts'],
          exclude: startTests,
          testTimeout: 30_000,
        },
      },
      // On a built product: what `npm start` does, as a newcomer sees it.
      { test: { ...testSettings, name: 'start', include: startTests, testTimeout: 120_000 } },
    ],
  },
});
