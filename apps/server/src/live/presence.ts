import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Presence } from '@parley/shared/protocol/user.ts';
import type { ShownPerson } from '../bus/bus.ts';
import type { LiveSession } from './session.ts';

type Present = Exclude<Presence, 'offline'>;

/** A connection to this node, or the id of another node at which the person is. */
type Place = LiveSession | Id;

const isHere = (place: Place): place is LiveSession => typeof place === 'object';

/** Who is here or at another node, by what their connections say, and who wants to know. Never stored. */
export class PresenceBoard {
  readonly #said = new Map<Id, Map<Place, Present>>();
  readonly #watchers = new Map<Id, Set<LiveSession>>();
  readonly #watched = new Map<LiveSession, Set<Id>>();
  readonly #shown = new Map<Id, Presence>();
  readonly #changed: (userId: Id, presence: Presence, watchers: Iterable<LiveSession>) => void;
  readonly #saidHere: (userId: Id) => void;

  /** `changed` is told how a person is now, wherever they are; `saidHere`, that a connection to this node spoke. */
  constructor(
    changed: (userId: Id, presence: Presence, watchers: Iterable<LiveSession>) => void,
    saidHere: (userId: Id) => void,
  ) {
    this.#changed = changed;
    this.#saidHere = saidHere;
  }

  /** `active` when any connection of the person is, `away` when there is only a connection. */
  of(userId: Id): Presence {
    return this.#sum(userId, () => true);
  }

  /** The same by what is connected to this node alone. */
  here(userId: Id): Presence {
    return this.#sum(userId, isHere);
  }

  /** Everybody who is connected to this node. */
  everybodyHere(): ShownPerson[] {
    const people: ShownPerson[] = [];
    for (const userId of this.#said.keys()) {
      const presence = this.here(userId);
      if (presence !== 'offline') people.push({ userId, presence });
    }
    return people;
  }

  set(session: LiveSession, presence: Present): void {
    this.#say(session.actor.userId, session, presence);
  }

  /** The person is so at another node, by its own word. */
  setElsewhere(nodeId: Id, userId: Id, presence: Presence): void {
    this.#say(userId, nodeId, presence);
  }

  /** Watches these people and nobody else. */
  watch(session: LiveSession, userIds: Id[]): ShownPerson[] {
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
    this.#say(session.actor.userId, session, 'offline');
  }

  #sum(userId: Id, counts: (place: Place) => boolean): Presence {
    let sum: Presence = 'offline';
    for (const [place, presence] of this.#said.get(userId) ?? []) {
      if (!counts(place)) continue;
      if (presence === 'active') return presence;
      sum = presence;
    }
    return sum;
  }

  #say(userId: Id, place: Place, presence: Presence): void {
    const said = this.#said.get(userId) ?? new Map<Place, Present>();
    if (presence !== 'offline') said.set(place, presence);
    else if (!said.delete(place)) return;
    if (said.size === 0) this.#said.delete(userId);
    else this.#said.set(userId, said);
    if (isHere(place)) this.#saidHere(userId);
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
