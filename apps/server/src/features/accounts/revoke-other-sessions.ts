import { write } from '../handler.ts';
import { endSessions } from './queries.ts';

/** Signs out all of the actor's devices but this one. */
export const revokeOtherSessions = write('session.revokeOthers', async ({ tx, now, actor }) => {
  const events = await endSessions({ tx, now }, actor.userId, { except: actor.sessionId });
  return { output: { revoked: events.length }, events };
});
