import type { Settings } from '../../bridge/bridge.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';

/** Who used this device last, and where: enough to paint what was kept, and no secret. */
export type Account = { server: string; userId: Id };

/**
 * The account that the settings name. They are written at once, which a browser's own storage is not: after a
 * power cut the window still paints what this person had.
 */
export function accountIn({ lastServer, lastUserId }: Settings): Account | null {
  return lastServer === null || lastUserId === null
    ? null
    : { server: lastServer, userId: lastUserId };
}
