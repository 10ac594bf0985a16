import { write } from '../handler.ts';
import { endSessions } from './queries.ts';

/** Signs out this device. */
export const endSession = write('session.end', async ({ tx, now, actor }) => ({
  output: {},
  events: await endSessions({ tx, now }, actor.userId, { only: actor.sessionId }),
}));
