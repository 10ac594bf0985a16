import type { FeatureSettings } from '../src/features/handler.ts';

/** What the settings of a test's server say of features. */
export const testSettings: FeatureSettings = {
  serverVersion: '0.1.0',
  registration: 'invite',
  setupToken: 'set-up-token-for-tests',
  updates: { folder: '/nonexistent', keys: [] },
  files: { folder: '/nonexistent', maxBytes: 0 },
};
