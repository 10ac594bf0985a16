import type { UserWorkspaceConfig } from 'vitest/config';

type Settings = NonNullable<UserWorkspaceConfig['test']>;

/** What every test run of the repository has in common. */
export const testSettings: Settings = {
  restoreMocks: true,
  unstubEnvs: true,
  unstubGlobals: true,
  // What is waited for comes at once; these are for a machine that is busy with all the other tests.
  testTimeout: 20_000,
  expect: { poll: { timeout: 10_000 } },
  hookTimeout: 60_000,
};
