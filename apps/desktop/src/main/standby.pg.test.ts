import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { call, RealServer } from '../../test/server.ts';
import type { Access, Bridge } from '../bridge/bridge.ts';
import { Standby } from './standby.ts';
import type { TrayState } from './tray.ts';

let server: RealServer;
let olive: SignedIn;
let ada: SignedIn;
let channelId: string;
let standby: Standby;
let isSignedIn: boolean;
let calls: { name: string; input: { messageId?: string; messageIds?: string[] } }[];
let badges: TrayState[];
/** Addresses that were answered. */
let answered: string[];
let troubles: string[];

beforeAll(async () => {
  server = await RealServer.start();
  olive = await server.setUp();
  ada = await server.register(olive, 'ada', 'Ada Lovelace');
  const { channels } = await call(server.url, ada.accessToken, 'channel.browse', {});
  channelId = channels[0]?.channel.id ?? '';
}, 60_000);
afterAll(() => server.dispose());

beforeEach(() => {
  isSignedIn = true;
  calls = [];
  badges = [];
  answered = [];
  troubles = [];
  standby = new Standby({
    accounts: {
      access: ({ server: address, userId }, minValidMs) => {
        const { accessToken, accessTokenExpiresAt, sessionId } = olive;
        const access: Access = {
          ...{ server: address, userId, sessionId, accessToken, accessTokenExpiresAt },
          protectedBy: 'memory',
        };
        // The server's word on a session is heard when a fresh token is asked for.
        const isRefresh = minValidMs > 3_600_000;
        return Promise.resolve(isRefresh && !isSignedIn ? null : access);
      },
    },
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      answered.push(url);
      return response;
    },
    version: '0.1.0',
    bridge: {
      call: ((name: string, input: (typeof calls)[number]['input']) => {
        calls.push({ name, input });
        return Promise.resolve({ shown: true, reason: 'shown' });
      }) as Bridge['call'],
    },
    shownOf: () => [],
    attention: () => ({ idle: false, locked: false }),
    showBadge: (badge) => badges.push(badge),
    now: Date.now,
    random: Math.random,
    onTrouble: (trouble) => troubles.push(trouble),
  });
});
afterEach(async () => {
  standby.stop();
  // The next one tells that it is connected by this.
  await until(async () => (await presence()) === 'offline', 'its connection is gone');
});

const recent = [{ server: '', channelId: '', title: '#general' }];

/** The page stops here and now. */
async function start(change: { epoch?: string } = {}): Promise<void> {
  const snapshot = await call(server.url, olive.accessToken, 'sync.bootstrap', {});
  const account = { server: server.url, userId: olive.user.id };
  const handOver = { through: null, waiting: [], wasHereLast: true };
  const [place] = recent;
  const recentHere = place ? [{ ...place, server: server.url, channelId }] : [];
  standby.start([{ account, snapshot: { ...snapshot, ...change }, ...handOver }], recentHere);
}

async function say(text: string): Promise<{ id: string; number: number | null }> {
  const input = { channelId, nonce: randomUUID(), text };
  return (await call(server.url, ada.accessToken, 'message.post', input)).message;
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const latest = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > latest) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const told = () => calls.filter(({ name }) => name === 'notification.show');
const hasTold = (id: string) => told().some(({ input }) => input.messageId === id);
const presence = async () => {
  const input = { userIds: [olive.user.id] };
  const { presences } = await call(server.url, ada.accessToken, 'presence.watch', input);
  return presences[0]?.presence;
};

it('tells, counts and withdraws, over a restart of the server, and hands on where it was', async () => {
  await start();
  await until(
    async () => (await presence()) === 'away',
    'others see that nobody is at this device',
  );
  const first = await say('@owner the first');
  await until(() => hasTold(first.id), 'the first was told of');
  expect(badges.at(-1)).toMatchObject({ mentions: 1, connection: 'online' });
  expect(badges.at(-1)?.recent).toMatchObject([{ title: '#general' }]);

  await server.kill();
  await until(() => badges.at(-1)?.connection === 'offline', 'the tray says that nothing comes');
  await server.restart();
  const second = await say('@owner the second');
  await until(() => hasTold(second.id), 'the second was told of');
  await until(() => badges.at(-1)?.mentions === 2, 'both are counted');

  const read = { channelId, number: second.number ?? 0 };
  await call(server.url, olive.accessToken, 'read.mark', read);
  const withdrawn = () => calls.filter(({ name }) => name === 'notification.withdraw');
  await until(() => withdrawn().length > 0, 'they were withdrawn');
  expect(withdrawn()[0]?.input.messageIds).toEqual([first.id, second.id]);
  expect(badges.at(-1)).toMatchObject({ unread: 0, mentions: 0 });
  expect(told()).toHaveLength(2);

  standby.stop();
  const account = { server: server.url, userId: olive.user.id };
  const { epoch, position } = await call(server.url, olive.accessToken, 'sync.bootstrap', {});
  const { through, waiting } = standby.past(account);
  expect(through?.epoch).toBe(epoch);
  expect(position - (through?.position ?? 0)).toBeLessThanOrEqual(2);
  expect(waiting).toEqual([]);
  await until(async () => (await presence()) === 'offline', 'the stream has ended');
}, 60_000);

it('begins with a snapshot where the log is another one, and goes on from there', async () => {
  await start({ epoch: 'of before the restore' });
  // What is in the snapshot is no news.
  await until(() => answered.some((url) => url.endsWith('/sync.bootstrap')), 'it has a snapshot');
  const message = await say('@owner after the restore');
  await until(() => hasTold(message.id), 'it was told of');
  expect(badges.at(-1)?.mentions).toBe(1);
}, 30_000);

it('begins its stream anew when the machine wakes', async () => {
  await start();
  await until(async () => (await presence()) === 'away', 'it is connected');
  standby.wake();
  const message = await say('@owner good morning');
  await until(() => hasTold(message.id), 'it was told of');
  expect(told()).toHaveLength(1);
}, 30_000);

it('pauses without a page, also where it was chosen before there was a connection, and says so', async () => {
  const pausedUntil = async () => {
    const { preferences } = await call(server.url, olive.accessToken, 'sync.bootstrap', {});
    return preferences.doNotDisturbUntil;
  };
  await start();
  standby.choose('togglePause');
  expect(badges.at(-1)?.quiet).toBe('do_not_disturb');
  await until(async () => (await pausedUntil()) !== null, 'the server knows of the pause');
  await until(() => badges.at(-1)?.quiet === 'do_not_disturb', 'the pause has begun');
  standby.choose('togglePause');
  await until(async () => (await pausedUntil()) === null, 'the pause has ended');
  await until(() => badges.at(-1)?.quiet === null, 'the tray says so');
  expect(troubles).toEqual([]);
}, 30_000);

it('tells of nothing once the session is over', async () => {
  await start();
  await until(async () => (await presence()) === 'away', 'it is connected');
  isSignedIn = false;
  await call(server.url, olive.accessToken, 'session.end', {});
  await until(() => badges.at(-1)?.connection === 'offline', 'the tray says that nothing comes');
  const before = calls.length;
  await say('@owner not for this device');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(calls.slice(before)).toEqual([]);
  expect(badges.at(-1)).toMatchObject({ unread: 0, mentions: 0, recent: [] });
}, 30_000);
