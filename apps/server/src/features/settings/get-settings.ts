import { theWorkspace } from '../../database/entities/workspace.ts';
import { read } from '../handler.ts';
import { settingsOf } from './rules.ts';

/** What has been decided for the whole workspace. */
export const getSettings = read('settings.get', async ({ db }) => ({
  settings: settingsOf(await theWorkspace(db)),
}));
