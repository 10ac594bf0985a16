import type { Id } from '@parley/shared/protocol/ids.ts';
import type { LiveSession } from './session.ts';

/** Connections that one sign-in may hold; each may have a full buffer. */
export const maxConnectionsPerSignIn = 32;

/** Everybody who is connected to this node. */
export class LiveSessions {
  readonly #all = new Set<LiveSession>();
  readonly #bySignIn = new Map<Id, Set<LiveSession>>();

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): Iterator<LiveSession> {
    return this.#all.values();
  }

  has(session: LiveSession): boolean {
    return this.#all.has(session);
  }

  /** Takes it in; gives the oldest of the same sign-in when it has too many by that. */
  add(session: LiveSession): LiveSession | null {
    this.#all.add(session);
    const { sessionId } = session.actor;
    const siblings = this.#bySignIn.get(sessionId) ?? new Set();
    this.#bySignIn.set(sessionId, siblings.add(session));
    const [oldest] = siblings;
    return oldest && siblings.size > maxConnectionsPerSignIn ? oldest : null;
  }

  delete(session: LiveSession): boolean {
    if (!this.#all.delete(session)) return false;
    const { sessionId } = session.actor;
    const siblings = this.#bySignIn.get(sessionId);
    siblings?.delete(session);
    if (siblings?.size === 0) this.#bySignIn.delete(sessionId);
    return true;
  }
}
