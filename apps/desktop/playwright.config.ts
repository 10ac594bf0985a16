import { defineConfig } from '@playwright/test';
import { chromiumPath } from '../../build/tools/chromium.ts';

const isRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: 'e2e',
  outputDir: '../../test-results/journeys',
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 10_000 },
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
