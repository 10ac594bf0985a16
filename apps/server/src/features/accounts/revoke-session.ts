import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { write } from '../handler.ts';
import { endSessions } from './queries.ts';

/** Signs out one of the actor's own devices. */
export const revokeSession = write('session.revoke', async ({ tx, now, actor }, { sessionId }) => {
  const events = await endSessions({ tx, now }, actor.userId, { only: sessionId });
  if (events.length === 0) throw new ParleyError('not_found', 'There is no such session.');
  return { output: {}, events };
});
