import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Presence } from '@parley/shared/protocol/user.ts';
import type { LiveSession } from './session.ts';

/** Who is here, by what their connections say, and who wants to know. Never stored. */
export class PresenceBoard {
  readonly #said = new Map<Id, Map<LiveSession, 'active' | 'away'>>();
  readonly #watchers = new Map<Id, Set<LiveSession>>();
  readonly #watched = new Map<LiveSession, Set<Id>>();
  readonly #shown = new Map<Id, Presence>();
  readonly #changed: (userId: Id, presence: Presence, watchers: Iterable<LiveSession>) => void;

  constructor(changed: (userId: Id, presence: Presence, watchers: Iterable<LiveSession>) => void) {
    this.#changed = changed;
  }

  /** `active` when any connection of the person is, `away` when there is only a connection. */
  of(userId: Id): Presence {
    const said = this.#said.get(userId);
    if (!said || said.size === 0) return 'offline';
    for (const presence of said.values()) if (presence === 'active') return 'active';
    return 'away';
  }

  set(session: LiveSession, presence: 'active' | 'away'): void {
    const { userId } = session.actor;
    const said = this.#said.get(userId) ?? new Map<LiveSession, 'active' | 'away'>();
    this.#said.set(userId, said.set(session, presence));
    this.#tell(userId);
  }

  /** Watches these people and nobody else. */
  watch(session: LiveSession, userIds: Id[]): { userId: Id; presence: Presence }[] {
    this.unwatch(session);
    this.#watched.set(session, new Set(userIds));
    for (const userId of userIds) {
      const watchers = this.#watchers.get(userId);
      if (watchers) watchers.add(session);
      else this.#watchers.set(userId, new Set([session]));
    }
    return userIds.map((userId) => ({ userId, presence: this.of(userId) }));
  }

  /** Tells the session no longer of this person, or of nobody. */
  unwatch(session: LiveSession, only?: Id): void {
    const watched = this.#watched.get(session);
    for (const userId of only === undefined ? (watched ?? []) : [only]) {
      const watchers = this.#watchers.get(userId);
      watchers?.delete(session);
      if (watchers?.size === 0) this.#watchers.delete(userId);
    }
    if (only === undefined) this.#watched.delete(session);
    else watched?.delete(only);
  }

  /** The connection is gone. */
  remove(session: LiveSession): void {
    this.unwatch(session);
    const { userId } = session.actor;
    const said = this.#said.get(userId);
    if (!said?.delete(session)) return;
    if (said.size === 0) this.#said.delete(userId);
    this.#tell(userId);
  }

  #tell(userId: Id): void {
    const presence = this.of(userId);
    if ((this.#shown.get(userId) ?? 'offline') === presence) return;
    if (presence === 'offline') this.#shown.delete(userId);
    else this.#shown.set(userId, presence);
    this.#changed(userId, presence, this.#watchers.get(userId) ?? []);
  }
}
