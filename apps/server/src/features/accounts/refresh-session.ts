import { eq } from 'drizzle-orm';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Transaction } from '../../database/client.ts';
import { findUser, type UserRow } from '../../database/entities/user.ts';
import { refreshTokens, sessions } from '../../database/schema.ts';
import { write, type WriteContext, type WriteResult } from '../handler.ts';
import { endSessions, insertRefreshToken, signedIn } from './queries.ts';

type TokenRow = typeof refreshTokens.$inferSelect;
type Result = WriteResult<'session.refresh'>;
type Context = WriteContext<'session.refresh'>;

function ended(reason?: string): ParleyError {
  return new ParleyError('unauthenticated', 'This session has ended. Sign in again.', { reason });
}

/**
 * Swaps a refresh token for the next one. A token is used once: a second use means that two parties hold it,
 * so the session ends (RFC 9700, section 4.14.2). A client that lost the answer repeats its attempt under the
 * same nonce and gets the same answer, as long as nobody has used what came of it.
 */
export const refreshSession = write('session.refresh', async (context, input) => {
  const { tx, now, services, origin } = context;
  const { refreshToken, nonce } = input;
  const token = await findToken(tx, services.identity.hashSecret(refreshToken));
  if (!token || token.expiresAt <= now) throw ended();
  const user = await liveUser(tx, token);
  if (token.usedAt !== null) return repeated(context, input, token, user);
  const successor =
    nonce === undefined
      ? services.identity.newRefreshToken()
      : services.identity.successorOf(refreshToken, nonce);
  await tx
    .update(refreshTokens)
    .set({
      usedAt: now,
      usedByNonce: nonce ?? null,
      successorHash: services.identity.hashSecret(successor),
    })
    .where(eq(refreshTokens.hash, token.hash));
  await insertRefreshToken(context, token.sessionId, successor);
  await tx.update(sessions).set({ lastSeenAt: now }).where(eq(sessions.id, token.sessionId));
  services.identity.signInLimits.vouch({ account: user.id, address: origin.address });
  const session = { sessionId: token.sessionId, refreshToken: successor };
  return { output: await signedIn(services, session, user), events: [] };
});

async function findToken(tx: Transaction, hash: string): Promise<TokenRow | null> {
  const [row] = await tx.select().from(refreshTokens).where(eq(refreshTokens.hash, hash));
  return row ?? null;
}

async function liveUser(tx: Transaction, token: TokenRow): Promise<UserRow> {
  const [session] = await tx.select().from(sessions).where(eq(sessions.id, token.sessionId));
  const user = session ? await findUser(tx, session.userId) : null;
  if (session?.revokedAt !== null || user?.deactivatedAt !== null) throw ended();
  return user;
}

async function repeated(
  { tx, now, services }: Context,
  { refreshToken, nonce }: { refreshToken: string; nonce?: string | undefined },
  token: TokenRow,
  user: UserRow,
): Promise<Result> {
  if (nonce !== undefined && nonce === token.usedByNonce) {
    const successor = services.identity.successorOf(refreshToken, nonce);
    const next = await findToken(tx, services.identity.hashSecret(successor));
    if (next?.usedAt === null && next.hash === token.successorHash) {
      const session = { sessionId: token.sessionId, refreshToken: successor };
      return { output: await signedIn(services, session, user), events: [] };
    }
  }
  services.log.warn({ sessionId: token.sessionId }, 'a refresh token was used twice');
  return {
    failure: ended('token_reused'),
    events: await endSessions({ tx, now }, user.id, { only: token.sessionId }),
  };
}
