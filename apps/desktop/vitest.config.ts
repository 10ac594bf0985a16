import { defineConfig } from 'vitest/config';

import { testSettings } from '../../build/tools/vitest-base.ts';

export default defineConfig({
  test: { ...testSettings, name: 'desktop', include: ['src/**/*.test.ts'] },
});
