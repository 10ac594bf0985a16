import type { Id } from '@parley/shared/protocol/ids.ts';
import { findUsers, visibleUsers } from '../../database/entities/user.ts';
import type { Database } from '../../database/client.ts';
import { signal, type Actor } from '../handler.ts';

/** Tells whether the person is at this device. */
export const setPresence = signal('presence.set', ({ live }, { presence }) => {
  live.setPresence(presence);
  return Promise.resolve({});
});

/** The presence of people whom the actor may know; the others are passed over. */
export const watchPresence = signal('presence.watch', async ({ db, actor, live }, { userIds }) => ({
  presences: live.watchPresence(await visibleAmong(db, actor, userIds)),
}));

async function visibleAmong(db: Database, actor: Actor, userIds: Id[]): Promise<Id[]> {
  const wanted = [...new Set(userIds)];
  const visible =
    actor.role === 'guest'
      ? new Set((await visibleUsers(db, actor)).map(({ id }) => id))
      : await findUsers(db, wanted);
  return wanted.filter((userId) => visible.has(userId));
}
