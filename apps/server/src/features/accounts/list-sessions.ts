import { and, desc, eq, isNull } from 'drizzle-orm';
import { timestamp } from '../../database/entities/moments.ts';
import { sessions } from '../../database/schema.ts';
import { read } from '../handler.ts';

/** The devices that the actor is signed in on, the one used last first. */
export const listSessions = read('session.list', async ({ db, actor }) => {
  const rows = await db
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, actor.userId), isNull(sessions.revokedAt)))
    .orderBy(desc(sessions.lastSeenAt));
  return {
    sessions: rows.map((row) => ({
      id: row.id,
      device: { name: row.deviceName, platform: row.devicePlatform },
      createdAt: timestamp(row.createdAt),
      lastSeenAt: timestamp(row.lastSeenAt),
      current: row.id === actor.sessionId,
    })),
  };
});
