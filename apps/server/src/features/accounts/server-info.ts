import { minimumClientVersion, protocolVersion } from '@parley/shared/protocol/version.ts';
import { workspaces } from '../../database/schema.ts';
import { read } from '../handler.ts';

/** What this server is and how to sign in to it. */
export const serverInfo = read('server.info', async ({ db, services }) => {
  const [workspace] = await db.select().from(workspaces).limit(1);
  return {
    name: workspace?.name ?? '',
    version: services.settings.serverVersion,
    protocol: protocolVersion,
    setupRequired: !workspace,
    registration: services.settings.registration,
    authMethods: ['password' as const],
    oidc: [],
    minimumClientVersion,
    maxFileBytes: services.settings.files.maxBytes,
  };
});
