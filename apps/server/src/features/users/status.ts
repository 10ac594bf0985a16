import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Status } from '@parley/shared/protocol/user.ts';
import type { Transaction } from '../../database/client.ts';
import { toUserWithEmail } from '../../database/entities/user.ts';
import { write } from '../handler.ts';
import { changeUser } from './queries.ts';
import { existingUser } from './rules.ts';

async function changeStatus(tx: Transaction, userId: Id, status: Status | null) {
  const before = await existingUser(tx, userId);
  const isSame =
    before.status?.emoji === status?.emoji &&
    before.status?.text === status?.text &&
    before.status?.expiresAt === status?.expiresAt;
  if (isSame) return { output: { user: toUserWithEmail(before) }, events: [] };
  const { user, events } = await changeUser(tx, before, { status });
  return { output: { user: toUserWithEmail(user) }, events };
}

/** Says what the actor is up to. */
export const setStatus = write('status.set', ({ tx, actor, now }, { emoji, text, expiresAt }) => {
  if (expiresAt !== null && Date.parse(expiresAt) <= now.getTime()) {
    throw new ParleyError('invalid_input', 'expiresAt: must lie in the future.');
  }
  if (emoji === null && text === '') {
    throw new ParleyError('invalid_input', 'text: give a text or an emoji.');
  }
  return changeStatus(tx, actor.userId, { emoji, text, expiresAt });
});

/** Clears the actor's status. */
export const clearStatus = write('status.clear', ({ tx, actor }) =>
  changeStatus(tx, actor.userId, null),
);
