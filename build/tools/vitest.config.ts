import { defineConfig } from 'vitest/config';

import { testSettings } from './vitest-base.ts';

export default defineConfig({
  test: { ...testSettings, name: 'tools', include: ['**/*.test.ts'], testTimeout: 30_000 },
});
