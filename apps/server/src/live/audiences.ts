import type { Audience } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { LiveSession } from './session.ts';

/** Which live sessions hear which audience. */
export class Audiences {
  readonly #byAudience = new Map<string, Set<LiveSession>>();

  /** Everyone in the audience at this moment. */
  of(audience: Audience): ReadonlySet<LiveSession> {
    return this.#byAudience.get(audience) ?? nobody;
  }

  /** All sessions of one person. */
  ofUser(userId: Id): ReadonlySet<LiveSession> {
    return this.of(`user:${userId}`);
  }

  add(session: LiveSession): void {
    this.#join('everyone', session);
    this.#join(`user:${session.actor.userId}`, session);
    if (!session.isGuest) this.#join('members', session);
    for (const channelId of session.channelIds) this.#join(`channel:${channelId}`, session);
  }

  remove(session: LiveSession): void {
    this.#leave('everyone', session);
    this.#leave('members', session);
    this.#leave(`user:${session.actor.userId}`, session);
    for (const channelId of session.channelIds) this.#leave(`channel:${channelId}`, session);
  }

  joinChannel(session: LiveSession, channelId: Id): void {
    session.channelIds.add(channelId);
    this.#join(`channel:${channelId}`, session);
  }

  leaveChannel(session: LiveSession, channelId: Id): void {
    session.channelIds.delete(channelId);
    this.#leave(`channel:${channelId}`, session);
  }

  setGuest(session: LiveSession, isGuest: boolean): void {
    session.isGuest = isGuest;
    if (isGuest) this.#leave('members', session);
    else this.#join('members', session);
  }

  #join(audience: Audience, session: LiveSession): void {
    const sessions = this.#byAudience.get(audience);
    if (sessions) sessions.add(session);
    else this.#byAudience.set(audience, new Set([session]));
  }

  #leave(audience: Audience, session: LiveSession): void {
    const sessions = this.#byAudience.get(audience);
    if (!sessions?.delete(session)) return;
    if (sessions.size === 0) this.#byAudience.delete(audience);
  }
}

const nobody: ReadonlySet<LiveSession> = new Set();
