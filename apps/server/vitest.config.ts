import { defineConfig } from 'vitest/config';

import { testSettings } from '../../build/tools/vitest-base.ts';

const databaseTests = ['{src,test}/**/*.{pg,contract}.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...testSettings,
          name: 'unit',
          include: ['{src,test,bench}/**/*.test.ts'],
          exclude: databaseTests,
        },
      },
      {
        test: {
          ...testSettings,
          name: 'postgres',
          include: databaseTests,
          globalSetup: ['test/postgres.ts'],
          testTimeout: 30_000,
        },
      },
    ],
  },
});
