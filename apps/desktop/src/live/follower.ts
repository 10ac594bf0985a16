import { quietReason } from '@parley/shared/notifications/decide.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { plainText } from '@parley/shared/text/plain.ts';
import type { Bridge } from '../bridge/bridge.ts';
import type { Account } from '../bridge/settings.ts';
import type { HandOver, Past, Through, Told } from '../bridge/hand-over.ts';
import { countsOf, type BadgeShare } from './badge-sum.ts';
import { Connection, type Access } from './connection.ts';
import { Following } from './following.ts';
import { Mirror } from './mirror.ts';
import { Notifier } from './notifier.ts';
import { WantedPause } from './wanted-pause.ts';
import type { OpenWire } from './wire.ts';

/** So soon after the page has gone, a presence that is active may still be its own. */
const presenceSettlesMs = 5_000;
/** Machines that wake at once come back within this. */
const wakeSpreadMs = 1_000;

export type FollowerOptions = {
  account: Account;
  /** Where the page has stopped. */
  handOver: HandOver;
  /** What is on screen of what was told before. */
  shown: Told[];
  app: { name: string; version: string };
  getAccess: (minValidMs: number) => Promise<Access | null>;
  openWire: OpenWire;
  bridge: Pick<Bridge, 'call'>;
  /** Whether nobody has touched the computer for a while, or it is locked. */
  attention: () => { idle: boolean; locked: boolean };
  /** The counts, the preferences or the connection may have changed. */
  onChange: () => void;
  now: () => number;
  random: () => number;
  onTrouble: (trouble: string, error: unknown) => void;
};

/** An account without a page: a light connection that feeds notifications and the badge, and nothing else. */
export class Follower {
  readonly account: Account;
  readonly #options: FollowerOptions;
  readonly #connection: Connection;
  readonly #mirror: Mirror;
  readonly #following: Following;
  readonly #notifier: Notifier;
  readonly #pause: WantedPause;
  readonly #startedAt: number;
  #wasHereLast: boolean;
  /** A connection that takes the place of another one is not down before it fails. */
  #isOnline = true;
  #wakeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: FollowerOptions) {
    const { account, handOver, shown, now, onChange, onTrouble } = options;
    this.account = account;
    this.#options = options;
    this.#startedAt = now();
    this.#wasHereLast = handOver.wasHereLast;
    this.#following = new Following({
      state: () => this.#mirror.state,
      ask: (messageId) => this.#connection.command('message.get', { messageId }),
      topic: { read: () => undefined, changed: () => undefined },
      onTrouble,
    });
    this.#notifier = new Notifier({
      account,
      bridge: options.bridge,
      // Without a window nothing is looked at.
      attention: () => ({
        ...options.attention(),
        focused: false,
        openChannelId: null,
        openThreadRootId: null,
      }),
      isElsewhere: () => this.#isElsewhere(),
      plainText,
      threadInterest: (reply) => this.#following.learn(reply),
      now,
      onTrouble,
    });
    this.#mirror = new Mirror({
      bootstrap: () => this.#connection.command('sync.bootstrap', {}),
      verify: (input) => this.#connection.command('sync.verify', input),
      onEvent: (event, _before, after) => {
        this.#following.follow(event);
        this.#notifier.follow(event, after);
      },
      onSnapshot: (state) => {
        this.#following.reset();
        this.#notifier.settle(state);
      },
      onChange,
      onBroken: () => {
        // Without a connection the next attempt is on its way.
        if (this.#connection.status.kind === 'online') this.#connection.giveUp();
      },
      onExcess: (excess) => {
        this.#connection.refuse(excess);
      },
      onTrouble,
    });
    this.#connection = new Connection({
      getAccess: options.getAccess,
      client: options.app,
      cursor: () => this.#mirror.cursor,
      onHello: () => void this.#mirror.refresh(),
      onBatch: (batch) => {
        this.#mirror.take(batch);
      },
      onEphemeral: () => undefined,
      onCursorExpired: () => {
        this.#mirror.expire();
      },
      onStatus: ({ kind }) => {
        if (kind !== 'connecting') this.#isOnline = kind === 'online';
        if (kind === 'online') void this.#pause.send();
        onChange();
      },
      now,
      random: options.random,
      openWire: options.openWire,
    });
    this.#pause = new WantedPause({
      set: (until) => this.#connection.command('preferences.set', { doNotDisturbUntil: until }),
      onChange,
      random: options.random,
      onTrouble,
    });
    this.#mirror.restore(handOver.snapshot);
    this.#notifier.resume({ through: decidedThrough(handOver), shown, waiting: handOver.waiting });
  }

  start(): void {
    this.#connection.start();
  }

  /** Ends the connection and returns what the page needs to go on. */
  stop(): Pick<Past, 'through' | 'waiting'> {
    clearTimeout(this.#wakeTimer);
    this.#pause.stop();
    this.#connection.stop();
    return this.#notifier.close();
  }

  /** Nobody is signed in here any more. */
  get ended(): boolean {
    return this.#connection.status.kind === 'ended';
  }

  /** What it has for the badge, apart from conversations that one was in. */
  get share(): BadgeShare {
    const { state } = this.#mirror;
    const { wanted } = this.#pause;
    const changed = wanted && { doNotDisturbUntil: wanted.until };
    return {
      counts: countsOf(state),
      quietNow: state && quietReason({ ...state.preferences, ...changed }, this.#options.now()),
      isOnline: this.#isOnline,
      recent: [],
    };
  }

  /** Nothing is to notify until then, on any device; null: everything may again. */
  setPause(until: string | null): void {
    this.#pause.want(until);
  }

  /** The machine woke. A stream that is only read cannot be asked whether it lives: it is begun anew, a moment later. */
  wake(): void {
    clearTimeout(this.#wakeTimer);
    this.#wakeTimer = setTimeout(() => {
      this.#connection.reconnect();
    }, this.#options.random() * wakeSpreadMs);
  }

  /** Another device is in use. This one counts as one that nobody is at, so an active presence is another's. */
  async #isElsewhere(): Promise<boolean> {
    if (this.#wasHereLast && this.#options.now() - this.#startedAt > presenceSettlesMs) {
      this.#wasHereLast = !(await this.#isActive());
    }
    return !this.#wasHereLast;
  }

  async #isActive(): Promise<boolean> {
    const { userId } = this.account;
    try {
      const { presences } = await this.#connection.command('presence.watch', { userIds: [userId] });
      return presences.some((each) => each.userId === userId && each.presence === 'active');
    } catch (error) {
      // Without the server nobody can be asked. Rather told here as well than nowhere.
      if (!(error instanceof ParleyError && error.code === 'unavailable')) {
        this.#options.onTrouble('presence could not be asked for', error);
      }
      return false;
    }
  }
}

/** All that the snapshot knows of has been decided on, and perhaps more. */
function decidedThrough({ snapshot: { epoch, position }, through }: HandOver): Through {
  return through?.epoch === epoch && through.position > position ? through : { epoch, position };
}
