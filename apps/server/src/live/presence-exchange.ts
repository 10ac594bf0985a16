import { v7 as uuidv7 } from 'uuid';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Presence } from '@parley/shared/protocol/user.ts';
import type { Bus, PresenceHint, ShownPerson } from '../bus/bus.ts';
import type { JitteredTimers } from './jittered-timers.ts';
import type { PresenceBoard } from './presence.ts';

/** A node says so often that it is alive. */
const beatMs = 1_000;
/** A node of which nothing was heard for so long has died, and nobody is at it any more. */
const goneAfterMs = 5_000;
/** What changes within this time is told together. */
const gatherMs = 20;
/** More nodes than any installation has: a bound on what is remembered of them. */
const maxNodes = 256;

type Node = { version: number; heardAt: number; people: Map<Id, Presence> };

export type PresenceExchangeOptions = {
  bus: Bus;
  board: PresenceBoard;
  timers: JitteredTimers;
  random: () => number;
  now?: () => number;
};

/**
 * Tells other nodes who is at this one, and keeps what they tell. Each change carries the next version of its node,
 * so that whoever missed one notices by the next, or by the beat of every second, and asks for everybody.
 */
export class PresenceExchange {
  readonly #options: PresenceExchangeOptions;
  readonly #now: () => number;
  readonly #nodeId: Id = uuidv7();
  readonly #nodes = new Map<Id, Node>();
  /** How the others know people to be here. */
  readonly #told = new Map<Id, Presence>();
  readonly #changed = new Set<Id>();
  #version = 0;
  #isAsked = false;
  #telling: NodeJS.Timeout | null = null;

  constructor(options: PresenceExchangeOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Asks who is at the other nodes, and begins to say that this one is alive. */
  start(): void {
    this.#options.timers.repeat(beatMs, () => {
      this.#tell();
      this.#forgetTheDead();
    });
    this.#options.bus.publish({ kind: 'presence.wanted', nodeId: null });
  }

  /** Tells the others of the last changes: at a shutdown, that everybody is gone. */
  close(): void {
    this.#tell();
  }

  /** A connection to this node said something of this person, or is gone. */
  saidHere(userId: Id): void {
    this.#changed.add(userId);
    this.#tellSoon();
  }

  hear(hint: PresenceHint): void {
    if (hint.kind === 'presence.wanted') {
      if (hint.nodeId !== null && hint.nodeId !== this.#nodeId) return;
      this.#isAsked = true;
      this.#tellSoon();
      return;
    }
    const { nodeId, version, people } = hint;
    if (nodeId === this.#nodeId) return;
    if (hint.kind === 'presence.all') this.#learnAll(nodeId, version, people);
    else this.#learnChanges(nodeId, version, people);
  }

  #tellSoon(): void {
    if (this.#telling) return;
    this.#telling = setTimeout(
      () => {
        this.#tell();
      },
      gatherMs * (0.5 + this.#options.random()),
    );
    this.#telling.unref();
  }

  /** Says what has changed, if anything has; and everybody, where somebody asked. */
  #tell(): void {
    if (this.#telling) clearTimeout(this.#telling);
    this.#telling = null;
    const { board, bus } = this.#options;
    const nodeId = this.#nodeId;
    const people: ShownPerson[] = [];
    for (const userId of this.#changed) {
      const presence = board.here(userId);
      if (presence === (this.#told.get(userId) ?? 'offline')) continue;
      if (presence === 'offline') this.#told.delete(userId);
      else this.#told.set(userId, presence);
      people.push({ userId, presence });
    }
    this.#changed.clear();
    if (people.length > 0) this.#version += 1;
    bus.publish({ kind: 'presence.changed', nodeId, version: this.#version, people });
    if (!this.#isAsked) return;
    this.#isAsked = false;
    const everybody = board.everybodyHere();
    bus.publish({ kind: 'presence.all', nodeId, version: this.#version, people: everybody });
  }

  #learnChanges(nodeId: Id, version: number, people: ShownPerson[]): void {
    const node = this.#nodes.get(nodeId);
    const follows = node ? version - node.version : Infinity;
    // Late or doubled: what came since says more.
    if (node && follows < 0) return;
    if (node) node.heardAt = this.#now();
    if (follows === 0) return;
    if (node && follows === 1 && people.length > 0) {
      node.version = version;
      for (const person of people) this.#learn(nodeId, node, person);
    } else this.#options.bus.publish({ kind: 'presence.wanted', nodeId });
  }

  #learnAll(nodeId: Id, version: number, people: ShownPerson[]): void {
    const known = this.#nodes.get(nodeId);
    if (known && version < known.version) return;
    if (!known && this.#nodes.size >= maxNodes) return;
    const node: Node = known ?? { version, heardAt: 0, people: new Map() };
    node.version = version;
    node.heardAt = this.#now();
    this.#nodes.set(nodeId, node);
    const there = new Set(people.map(({ userId }) => userId));
    for (const userId of [...node.people.keys()]) {
      if (!there.has(userId)) this.#learn(nodeId, node, { userId, presence: 'offline' });
    }
    for (const person of people) this.#learn(nodeId, node, person);
  }

  #learn(nodeId: Id, node: Node, { userId, presence }: ShownPerson): void {
    if (presence === 'offline') node.people.delete(userId);
    else node.people.set(userId, presence);
    this.#options.board.setElsewhere(nodeId, userId, presence);
  }

  #forgetTheDead(): void {
    const latest = this.#now() - goneAfterMs;
    for (const [nodeId, node] of this.#nodes) {
      if (node.heardAt >= latest) continue;
      this.#learnAll(nodeId, node.version, []);
      this.#nodes.delete(nodeId);
    }
  }
}
