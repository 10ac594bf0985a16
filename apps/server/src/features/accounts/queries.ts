import { and, eq, isNull, lte, ne, or } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Device, SignedIn } from '@parley/shared/protocol/session.ts';
import type { Database, Transaction } from '../../database/client.ts';
import { toUserWithEmail, type UserRow } from '../../database/entities/user.ts';
import { refreshTokens, sessions } from '../../database/schema.ts';
import type { Services } from '../handler.ts';

const dayMs = 24 * 3600 * 1000;
/** A session that is not used for this long ends; every refresh starts the time anew. */
const refreshTokenLivesMs = 90 * dayMs;
/** For so long the second use of a token is known for what it is, and ends the session; later it is just unknown. */
const usedKeptForMs = 30 * dayMs;
/** Signing in beyond these ends the session that was used least recently. */
const maxSessions = 50;

type Moment = { tx: Transaction; now: Date; services: Services };

/** Writes a refresh token of a session; only its hash is stored. */
export async function insertRefreshToken(
  { tx, now, services }: Moment,
  sessionId: Id,
  token: string,
): Promise<void> {
  await tx.insert(refreshTokens).values({
    hash: services.identity.hashSecret(token),
    sessionId,
    createdAt: now,
    expiresAt: new Date(now.getTime() + refreshTokenLivesMs),
  });
}

/** Deletes refresh tokens that have expired or were used long ago. Returns how many. */
export async function deleteSpentTokens(db: Database, now: Date): Promise<number> {
  const usedBefore = new Date(now.getTime() - usedKeptForMs);
  const { count } = await db
    .delete(refreshTokens)
    .where(or(lte(refreshTokens.expiresAt, now), lte(refreshTokens.usedAt, usedBefore)));
  return count;
}

/** What a client gets that is signed in. */
export async function signedIn(
  services: Services,
  session: { sessionId: Id; refreshToken: string },
  user: UserRow,
): Promise<SignedIn> {
  const { sessionId, refreshToken } = session;
  const { token, expiresAt } = await services.identity.signAccessToken({
    userId: user.id,
    sessionId,
  });
  return {
    sessionId,
    accessToken: token,
    accessTokenExpiresAt: expiresAt.toISOString(),
    refreshToken,
    user: toUserWithEmail(user),
  };
}

/** Begins a session on a device. */
export async function beginSession(
  moment: Moment,
  user: UserRow,
  device: Device,
): Promise<{ output: SignedIn; events: NewEvent[] }> {
  const { tx, now, services } = moment;
  const events = await endOldest(tx, now, user.id);
  const sessionId = uuidv7();
  await tx.insert(sessions).values({
    id: sessionId,
    userId: user.id,
    deviceName: device.name,
    devicePlatform: device.platform,
    createdAt: now,
    lastSeenAt: now,
  });
  const refreshToken = services.identity.newRefreshToken();
  await insertRefreshToken(moment, sessionId, refreshToken);
  return { output: await signedIn(services, { sessionId, refreshToken }, user), events };
}

async function endOldest(tx: Transaction, now: Date, userId: Id): Promise<NewEvent[]> {
  const live = await tx
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), isNull(sessions.revokedAt)))
    .orderBy(sessions.lastSeenAt);
  const events: NewEvent[] = [];
  for (const { id } of live.slice(0, Math.max(0, live.length - maxSessions + 1))) {
    events.push(...(await endSessions({ tx, now }, userId, { only: id })));
  }
  return events;
}

/** Ends sessions of a person: one, all but one, or all. One event for each that was live. */
export async function endSessions(
  { tx, now }: { tx: Transaction; now: Date },
  userId: Id,
  which: { only: Id } | { except: Id } | 'all',
): Promise<NewEvent[]> {
  let chosen;
  if (which !== 'all') {
    chosen = 'only' in which ? eq(sessions.id, which.only) : ne(sessions.id, which.except);
  }
  const ended = await tx
    .update(sessions)
    .set({ revokedAt: now })
    .where(and(eq(sessions.userId, userId), isNull(sessions.revokedAt), chosen))
    .returning({ id: sessions.id });
  return ended.map(({ id }) => ({
    audience: `user:${userId}`,
    type: 'session.revoked',
    data: { sessionId: id },
  }));
}
