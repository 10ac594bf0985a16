import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Event } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import { AskedTogether, unnoticedMs } from '../database/asked-together.ts';
import type { Database, Queryable } from '../database/client.ts';
import { readActors, type Actor } from '../database/entities/actor.ts';

const maxCached = 20_000;
/** Sessions in one statement. */
const mostTogether = 500;

/** Remembers who is behind a session until the log tells of a change. */
export class ActorCache {
  readonly #reads: AskedTogether<Id, Actor | null>;
  readonly #bySession = new Map<Id, Actor>();
  #generation = 0;

  constructor(db: Database) {
    this.#reads = new AskedTogether(
      { most: mostTogether, apartMs: unnoticedMs },
      async (sessionIds) => {
        const actors = await readActors(db, sessionIds);
        return (sessionId) => actors.get(sessionId) ?? null;
      },
    );
  }

  /** The actor of a session, or null when the session has ended. */
  async get(sessionId: Id): Promise<Actor | null> {
    const cached = this.#bySession.get(sessionId);
    if (cached) return cached;
    const generation = this.#generation;
    const actor = await this.#reads.ask(sessionId);
    // An event that came during the read may be about this very session: then the next call reads again.
    if (actor && generation === this.#generation) this.#remember(actor);
    return actor;
  }

  /** The actors of several sessions; from memory where that is current, which spares a transaction the question. */
  async getAll(
    queryable: Queryable,
    sessionIds: Id[],
    isCurrent: boolean,
  ): Promise<Map<Id, Actor>> {
    if (!isCurrent) return readActors(queryable, sessionIds);
    const known = new Map<Id, Actor>();
    const unknown: Id[] = [];
    for (const sessionId of sessionIds) {
      const actor = this.#bySession.get(sessionId);
      if (actor) known.set(sessionId, actor);
      else unknown.push(sessionId);
    }
    for (const [id, actor] of await readActors(queryable, unknown)) known.set(id, actor);
    return known;
  }

  /** The same from memory alone; null where it does not know all of them. */
  recall(sessionIds: Id[]): Map<Id, Actor> | null {
    const known = new Map<Id, Actor>();
    for (const sessionId of sessionIds) {
      const actor = this.#bySession.get(sessionId);
      if (!actor) return null;
      known.set(sessionId, actor);
    }
    return known;
  }

  /** Who is behind this person's session now. Throws `unauthenticated` when it has ended. */
  async current(claimed: { sessionId: Id; userId: Id }): Promise<Actor> {
    const actor = await this.get(claimed.sessionId);
    if (actor?.userId === claimed.userId) return actor;
    throw new ParleyError('unauthenticated', 'This session has ended. Sign in again.');
  }

  /** Forgets everybody. */
  clear(): void {
    this.#generation += 1;
    this.#bySession.clear();
  }

  /** Forgets whom the event is about. */
  observe(event: Event): void {
    switch (event.type) {
      case 'session.revoked':
        this.#generation += 1;
        this.#bySession.delete(event.data.sessionId);
        return;
      case 'user.updated':
      case 'user.deactivated':
        this.#generation += 1;
        this.#forgetUser(event.data.user.id);
        return;
      default:
    }
  }

  #forgetUser(userId: Id): void {
    for (const [sessionId, actor] of this.#bySession) {
      if (actor.userId === userId) this.#bySession.delete(sessionId);
    }
  }

  #remember(actor: Actor): void {
    if (this.#bySession.size >= maxCached) {
      const [oldest] = this.#bySession.keys();
      if (oldest !== undefined) this.#bySession.delete(oldest);
    }
    this.#bySession.set(actor.sessionId, actor);
  }
}
