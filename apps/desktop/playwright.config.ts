import { defineConfig } from '@playwright/test';
import { chromiumPath } from '../../build/tools/chromium.ts';

const isRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: 'e2e',
  outputDir: '../../test-results/journeys',
  workers: 1,
  timeout: 240_000,
  // Journeys go on side by side, and disks are busy then. Where moments count the journey says how many.
  expect: { timeout: 30_000 },
  reporter: 'list',
  projects: [
    {
      name: 'web',
      testMatch: '*.web.spec.ts',
      use: {
        viewport: { width: 1280, height: 800 },
        launchOptions: {
          executablePath: chromiumPath(),
          args: isRoot ? ['--no-sandbox'] : [],
        },
      },
    },
    { name: 'desktop', testMatch: '*.desktop.spec.ts' },
  ],
});
