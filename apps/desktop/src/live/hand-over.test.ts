import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Snapshot } from '@parley/shared/protocol/commands/sync.ts';
import { badge } from '@parley/shared/state/badge.ts';
import { fromSnapshot, toSnapshot } from '@parley/shared/state/state.ts';
import { idOf } from '../../../../packages/shared/test/entities.ts';
import { ModelWorkspace } from '../../../../packages/shared/test/model.ts';
import { lookingAway } from '../../test/looking-away.ts';
import { settle } from '../../test/settle.ts';
import type { Bridge, CallInput } from '../bridge/bridge.ts';
import { Follower } from './follower.ts';
import { Mirror } from './mirror.ts';
import { Notifier } from './notifier.ts';
import type { OpenWire, WireListener } from './wire.ts';
import { DecisionLedger } from '../main/decision-ledger.ts';
import { Notifications } from '../main/notifications.ts';
import type { Past } from '../bridge/hand-over.ts';

const room = idOf(0x100);
const other = idOf(2);
const account = { server: 'https://chat.example.com', userId: idOf(1) };
const hello = {
  protocol: { min: 1, max: 1 },
  serverVersion: '0.1.0',
  epoch: 'epoch',
  position: 0,
  sessionId: idOf(9),
  resumed: true,
};

class TestNotification extends EventEmitter {
  static readonly isSupported = () => true;
  static open = 0;
  isOpen = false;
  constructor(_options: object) {
    super();
  }
  show(): void {
    this.isOpen = true;
    TestNotification.open += 1;
  }
  close(): void {
    if (this.isOpen) TestNotification.open -= 1;
    this.isOpen = false;
    this.emit('close');
  }
}

/** The page as far as it follows and tells: what it stored is where the next one begins. */
type Page = { mirror: Mirror; notifier: Notifier };

/** A person's app on a desktop, a server that somebody writes on, and hands that pass the following to and fro. */
class World {
  readonly server = new ModelWorkspace('member', 3, 1);
  /** How often each message was to be shown: that the ledger would refuse the second time counts for nothing. */
  readonly told = new Map<string, number>();
  readonly #notifications: Notifications;
  /** Long enough ago that nothing is a wave. */
  #now = Date.UTC(2026, 2, 2, 12);
  #stored: Snapshot;
  #page: Page | null = null;
  #follower: Follower | null = null;
  #wire: WireListener | null = null;
  /** How far the light connection has been told. */
  #sent = 0;
  #past: Pick<Past, 'through' | 'waiting'> = { through: null, waiting: [] };

  constructor() {
    TestNotification.open = 0;
    for (const userId of this.server.users.keys()) this.server.join(room, userId);
    this.#stored = this.server.snapshot();
    this.#notifications = new Notifications({
      system: TestNotification,
      ledger: new DecisionLedger({ load: () => [], save: () => undefined }),
      text: (text) => Promise.resolve(text),
      now: () => this.#now,
      onClick: () => undefined,
      onReply: () => undefined,
      onMarkRead: () => undefined,
    });
    this.#open();
  }

  readonly #bridge: Pick<Bridge, 'call'> = {
    call: (async (name: string, input: never) => {
      if (name === 'notification.show') {
        const settings = { sound: true, preview: true, locked: false };
        const request: CallInput<'notification.show'> = input;
        const { messageId } = request;
        this.told.set(messageId, (this.told.get(messageId) ?? 0) + 1);
        return this.#notifications.show(request, settings);
      }
      const { messageIds = [] }: { messageIds?: string[] } = input;
      this.#notifications.withdraw(account, messageIds);
      return {};
    }) as Bridge['call'],
  };

  post(): void {
    this.#now += 20_000;
    this.server.post(room, other, { system: false, mention: true, reply: false });
  }

  read(number: number): void {
    this.server.read(room, number);
  }

  /** The server tells whoever follows, at most so many events. */
  async tell(count: number): Promise<void> {
    const from = this.#page?.mirror.state?.position ?? this.#sent;
    const events = structuredClone(this.server.told.slice(from, from + count));
    // In a wave nobody could say which of them was told of.
    for (const event of events) {
      this.#now += 20_000;
      const batch = { after: event.position - 1, position: event.position, events: [event] };
      if (this.#page) this.#page.mirror.take(batch);
      else {
        this.#sent = event.position;
        this.#wire?.frame('events', batch);
      }
      if (count > 1) await settle();
    }
  }

  /** The page writes what it holds. */
  store(): void {
    const state = this.#page?.mirror.state;
    if (state) this.#stored = toSnapshot(state);
  }

  /** The page goes, and main follows; `stores`: what the page holds could be written. */
  async letGo(stores: boolean): Promise<void> {
    const page = this.#page;
    const state = page?.mirror.state;
    // One that decides on something stays.
    if (!page || !state || !page.notifier.isIdle) return;
    const left = page.notifier.close();
    if (stores) this.store();
    this.#page = null;
    this.#follower = new Follower({
      account,
      handOver: { snapshot: toSnapshot(state), ...left, wasHereLast: true },
      shown: this.#notifications.shownOf(account),
      app: { name: 'test', version: '0' },
      getAccess: () => Promise.resolve({ server: account.server, accessToken: 'token' }),
      openWire: this.#openWire,
      bridge: this.#bridge,
      attention: () => ({ idle: false, locked: false }),
      onChange: () => undefined,
      now: () => this.#now,
      random: () => 0,
      onTrouble: (trouble, error) => {
        throw new Error(trouble, { cause: error });
      },
    });
    this.#follower.start();
    await settle();
  }

  /** The window is wanted: whatever main is doing, it stops. */
  comeBack(): void {
    if (!this.#follower) return;
    this.#past = this.#follower.stop();
    this.#follower = null;
    this.#wire = null;
    this.#open();
  }

  get badge(): unknown {
    const state = this.#page?.mirror.state;
    return state ? badge(state) : this.#follower?.share.counts;
  }

  stop(): void {
    this.#follower?.stop();
    this.#page?.notifier.close();
  }

  readonly #openWire: OpenWire = (_server, { after = 0 }, listener) => {
    this.#wire = listener;
    this.#sent = after;
    queueMicrotask(() => {
      listener.frame('hello', hello);
    });
    return {
      request: (command) =>
        command === 'presence.watch'
          ? Promise.resolve({ ok: true, output: { presences: [] } })
          : Promise.reject(new Error(`nobody answers ${command}`)),
      close: () => undefined,
    };
  };

  #open(): void {
    const notifier = new Notifier({
      account,
      bridge: this.#bridge,
      attention: () => lookingAway,
      isElsewhere: () => false,
      plainText: (text) => text,
      threadInterest: () => Promise.reject(new Error('no threads here')),
      now: () => this.#now,
      onTrouble: (trouble, error) => {
        throw new Error(trouble, { cause: error });
      },
    });
    notifier.resume({ ...this.#past, shown: this.#notifications.shownOf(account) });
    const mirror = new Mirror({
      bootstrap: () => Promise.reject(new Error('the cache is enough')),
      verify: () => Promise.reject(new Error('nothing to verify')),
      onEvent: (event, _before, after) => {
        notifier.follow(event, after);
      },
      onSnapshot: () => undefined,
      onChange: () => undefined,
      onBroken: () => {
        throw new Error('a gap');
      },
      onExcess: () => {
        throw new Error('too much');
      },
      onTrouble: (trouble, error) => {
        throw new Error(trouble, { cause: error });
      },
    });
    mirror.restore(structuredClone(this.#stored));
    this.#page = { mirror, notifier };
  }
}

type Step = (world: World) => Promise<void> | void;
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>((world) => world.post()) },
  { weight: 2, arbitrary: fc.nat(12).map<Step>((number) => (world) => world.read(number)) },
  {
    weight: 4,
    arbitrary: fc.integer({ min: 1, max: 6 }).map<Step>((n) => (world) => world.tell(n)),
  },
  { weight: 3, arbitrary: fc.boolean().map<Step>((stores) => (world) => world.letGo(stores)) },
  { weight: 3, arbitrary: fc.constant<Step>((world) => world.comeBack()) },
  { weight: 1, arbitrary: fc.constant<Step>((world) => world.store()) },
  { weight: 2, arbitrary: fc.constant<Step>(() => settle()) },
);

it('tells of each message exactly once and counts what the server counts, however page and main take turns', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 60 }),
      fc.boolean(),
      async (steps, back) => {
        const world = new World();
        for (const each of steps) await each(world);
        if (back) world.comeBack();
        await world.tell(1_000);
        await settle();
        const fresh = fromSnapshot(world.server.snapshot());
        const posted = world.server.rooms.get(room)?.messages.map(({ id }) => id) ?? [];
        expect(Object.fromEntries(world.told)).toEqual(
          Object.fromEntries(posted.map((id) => [id, 1])),
        );
        expect(world.badge).toEqual(badge(fresh));
        world.stop();
      },
    ),
    { numRuns: 150 },
  );
});

it('leaves on screen what nobody has read, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const world = new World();
      for (const each of steps) await each(world);
      world.post();
      await world.tell(1_000);
      const all = world.server.rooms.get(room)?.messages.length ?? 0;
      world.read(all - 1);
      world.read(all);
      await world.tell(1_000);
      await settle();
      expect(TestNotification.open).toBe(0);
      world.stop();
    }),
    { numRuns: 50 },
  );
});
