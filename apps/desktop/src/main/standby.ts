import type { Bridge } from '../bridge/bridge.ts';
import { keyOf, type Account } from '../bridge/settings.ts';
import type { HandOver, Past, Told } from '../bridge/hand-over.ts';
import { sumOf } from '../live/badge-sum.ts';
import { Follower } from '../live/follower.ts';
import { isPauseItem, pauseFor } from '../live/pause.ts';
import type { Accounts } from './accounts.ts';
import { eventStream } from './event-stream.ts';
import type { Fetch } from './server-call.ts';
import type { TrayActions, TrayState } from './tray.ts';

/** Quiet hours begin and pauses end by themselves: the tray is looked after this often. */
const quietLookMs = 20_000;
/** A token that has less than this left is refreshed before it is used. */
const minTokenMs = 30_000;

/** What a page hands over of an account. */
type HandedOver = HandOver & { account: Account };

export type StandbyOptions = {
  accounts: Pick<Accounts, 'access'>;
  fetch: Fetch;
  version: string;
  bridge: Pick<Bridge, 'call'>;
  shownOf: (account: Account) => Told[];
  attention: () => { idle: boolean; locked: boolean };
  showBadge: (state: TrayState) => void;
  now: () => number;
  random: () => number;
  onTrouble: (trouble: string, error: unknown) => void;
};

/** The app without a page: main follows the accounts itself, until a page takes over again. */
export class Standby {
  readonly #options: StandbyOptions;
  #followers: readonly Follower[] = [];
  /** Conversations that the person was in while there was a page. */
  #recent: TrayState['recent'] = [];
  /** What was decided on here, for the page that goes on. */
  readonly #left = new Map<string, Pick<Past, 'through' | 'waiting'>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: StandbyOptions) {
    this.#options = options;
  }

  /** Goes on where the page has stopped. `recent`: what the tray offered last. */
  start(accounts: readonly HandedOver[], recent: TrayState['recent']): void {
    this.stop();
    this.#recent = recent;
    this.#followers = accounts.map((handedOver) => this.#follower(handedOver));
    for (const follower of this.#followers) follower.start();
    this.#timer = setInterval(() => {
      this.#showBadge();
    }, quietLookMs);
  }

  /** A page takes over: from here on nothing is heard, and `past` says where to go on. */
  stop(): void {
    clearInterval(this.#timer);
    for (const follower of this.#followers) {
      this.#left.set(keyOf(follower.account), follower.stop());
    }
    this.#followers = [];
  }

  /** What a page has to know of an account before it goes on. What waits is given once. */
  past(account: Account): Past {
    const { through = null, waiting = [] } = this.#left.get(keyOf(account)) ?? {};
    this.#left.set(keyOf(account), { through, waiting: [] });
    return { through, waiting, shown: this.#options.shownOf(account) };
  }

  /** The machine woke. */
  wake(): void {
    for (const follower of this.#followers) follower.wake();
  }

  /** Does what was chosen from the tray or by keys, as far as it needs no page. */
  choose(item: Parameters<TrayActions['choose']>[0]): void {
    if (!isPauseItem(item)) return;
    const { now } = this.#options;
    const isPaused = this.#followers.some(({ share }) => share.quietNow === 'do_not_disturb');
    const until = pauseFor(item, isPaused, now());
    for (const follower of this.#followers) {
      if (!follower.ended) follower.setPause(until);
    }
  }

  #follower({ account, ...handOver }: HandedOver): Follower {
    const { accounts, fetch, version, bridge, shownOf, attention, now, random, onTrouble } =
      this.#options;
    return new Follower({
      account,
      handOver,
      shown: shownOf(account),
      app: { name: 'parley-standby', version },
      getAccess: (minValidMs) => accounts.access(account, minValidMs),
      openWire: eventStream({
        fetch,
        accessToken: async () => (await accounts.access(account, minTokenMs))?.accessToken ?? null,
      }),
      bridge,
      attention,
      onChange: () => {
        this.#showBadge();
      },
      now,
      random,
      onTrouble,
    });
  }

  #showBadge(): void {
    const open = this.#followers.filter(({ ended }) => !ended);
    // While they are being made, what was shown before is still right.
    if (this.#followers.length === 0) return;
    const servers = open.map(({ account }) => account.server);
    this.#options.showBadge({
      ...sumOf(open.map(({ share }) => share)),
      recent: this.#recent.filter(({ server }) => servers.includes(server)),
    });
  }
}
