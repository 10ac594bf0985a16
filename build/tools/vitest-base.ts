import type { UserWorkspaceConfig } from 'vitest/config';

type Settings = NonNullable<UserWorkspaceConfig['test']>;

/** What every test run of the repository has in common. */
export const testSettings: Settings = {
  restoreMocks: true,
  unstubEnvs: true,
  unstubGlobals: true,
  testTimeout: 10_000,
  hookTimeout: 60_000,
};
