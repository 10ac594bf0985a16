import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ThreadInterest } from '@parley/shared/notifications/decide.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import {
  aConversation,
  aMembership,
  aMessage,
  anEvent,
  aState,
  aUser,
  idOf,
} from '../../../../packages/shared/test/entities.ts';
import type { Bridge } from '../bridge/bridge.ts';
import { Notifier } from './notifier.ts';

const account = { server: 'https://chat.example.com', userId: idOf(1) };
const me = aUser(idOf(1));
const ada = aUser(idOf(2), { displayName: 'Ada' });
const general = idOf(100);
const random = idOf(101);
const direct = idOf(102);
const state = {
  ...aState(
    me,
    [me, ada],
    [
      aConversation({ id: general, name: 'general' }, { userId: me.id, notify: 'all' }),
      aConversation({ id: random, name: 'random' }, { userId: me.id, notify: 'all' }),
      aConversation(
        { id: direct, kind: 'direct', directUserIds: [me.id, ada.id] },
        { userId: me.id },
      ),
    ],
  ),
};

type Call = { name: string; input: Record<string, unknown> };
let calls: Call[];
let isElsewhere: boolean;
let interest: ThreadInterest;
let notifier: Notifier;
let number = 0;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-03-02T09:00:01.000Z') });
  calls = [];
  isElsewhere = false;
  interest = 'none';
  number = 0;
  const call = (name: string, input: Record<string, unknown>) => {
    calls.push({ name, input });
    return Promise.resolve({ shown: true, reason: 'shown' });
  };
  notifier = new Notifier({
    account,
    bridge: { call: call as Bridge['call'] },
    attention: () => ({
      focused: false,
      idle: false,
      locked: false,
      openChannelId: null,
      openThreadRootId: null,
    }),
    isElsewhere: () => isElsewhere,
    plainText: (text) => text,
    threadInterest: () => Promise.resolve(interest),
    now: Date.now,
    onTrouble: (trouble, error) => {
      throw new Error(trouble, { cause: error });
    },
  });
});
afterEach(() => {
  notifier.close();
  vi.useRealTimers();
});

/** Somebody else writes; resolves once it is decided on. */
async function write(channelId: string, change: Partial<Message> = {}): Promise<Message> {
  number += 1;
  const id = idOf(0xb000 + number);
  const message = aMessage({ id, channelId, number, authorId: ada.id, ...change });
  notifier.follow(anEvent('message.posted', { message }), state);
  await vi.advanceTimersByTimeAsync(0);
  return message;
}

const shown = () => calls.filter(({ name }) => name === 'notification.show');
const readThrough = (channelId: string, through: number) =>
  notifier.follow(
    anEvent('read.updated', {
      membership: aMembership(channelId, me.id, { readThrough: through }),
    }),
    state,
  );

it('tells of each message that matters, by its author and place', async () => {
  await write(general, { text: 'Tea?' });
  await write(direct, { text: 'Only for you' });
  expect(shown().map(({ input }) => [input.title, input.body])).toEqual([
    ['Ada in #general', 'Tea?'],
    ['Ada', 'Only for you'],
  ]);
});

it.each<[ThreadInterest, string[], string[]]>([
  ['followed', ['and?'], []],
  ['part', ['and?'], []],
  ['none', [], ['thread_not_followed']],
  ['unfollowed', [], ['thread_unfollowed']],
])('tells of a reply, or keeps why not, where the thread is %s', async (given, told, kept) => {
  interest = given;
  await write(general, { text: 'and?', number: null, threadRootId: idOf(7), threadNumber: 1 });
  expect(shown().map(({ input }) => input.body)).toEqual(told);
  const records = calls.filter(({ name }) => name === 'notification.record');
  expect(records.map(({ input }) => input.reason)).toEqual(kept);
});

it('folds five hundred in ten seconds into five notifications at most', async () => {
  for (let n = 0; n < 500; n += 1) {
    await write(n % 3 === 0 ? random : general);
    await vi.advanceTimersByTimeAsync(20);
  }
  await vi.advanceTimersByTimeAsync(0);
  expect(shown().length).toBeLessThanOrEqual(5);
  await vi.advanceTimersByTimeAsync(20_000);
  const told = shown().at(-1)?.input;
  expect(told).toMatchObject({ body: 'in #general and #random' });
  const decided = calls.filter(({ name }) => name === 'notification.record');
  expect(decided.every(({ input }) => input.reason === 'burst' && input.shown === false)).toBe(
    true,
  );
});

it('tells of a wave when it is over, and leads to its last message', async () => {
  for (let n = 0; n < 4; n += 1) await write(general);
  const folded = [await write(general), await write(direct)];
  expect(shown()).toHaveLength(4);
  await vi.advanceTimersByTimeAsync(2_900);
  expect(shown()).toHaveLength(4);
  await vi.advanceTimersByTimeAsync(200);
  expect(shown().at(-1)?.input).toMatchObject({
    title: '2 new messages',
    body: 'in #general and Ada',
    messageId: folded[1]?.id,
    channelId: direct,
  });
  await vi.advanceTimersByTimeAsync(20_000);
  expect(shown()).toHaveLength(5);
});

it('says nothing of a wave that has been read before it was over', async () => {
  for (let n = 0; n < 7; n += 1) await write(general);
  readThrough(general, 7);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(shown()).toHaveLength(4);
  const withdrawn = calls.find(({ name }) => name === 'notification.withdraw');
  expect(withdrawn?.input.messageIds).toHaveLength(4);
});

it('says nothing more once it is closed', async () => {
  for (let n = 0; n < 7; n += 1) await write(general);
  notifier.close();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(shown()).toHaveLength(4);
});

it('keeps why there was nothing to tell', async () => {
  await write(general, { mentions: { userIds: [], groupIds: [], channel: false, here: false } });
  const quiet = {
    ...state,
    preferences: { ...state.preferences, doNotDisturbUntil: '2026-03-02T10:00:00.000Z' },
  };
  const message = aMessage({ id: idOf(0xc000), channelId: general, number: 9, authorId: ada.id });
  notifier.follow(anEvent('message.posted', { message }), quiet);
  await vi.advanceTimersByTimeAsync(0);
  expect(calls.at(-1)).toEqual({
    name: 'notification.record',
    input: { account, messageId: message.id, shown: false, reason: 'do_not_disturb' },
  });
});

it('leaves it to the device that the person is at, and speaks up only for what stays unread', async () => {
  isElsewhere = true;
  await write(general);
  await write(direct);
  expect(shown()).toEqual([]);
  const reasons = calls.filter(({ name }) => name === 'notification.record');
  expect(reasons.map(({ input }) => input.reason)).toEqual(['other_device', 'other_device']);
  readThrough(general, 1);
  await vi.advanceTimersByTimeAsync(29_000);
  expect(shown()).toEqual([]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(shown().map(({ input }) => input.channelId)).toEqual([direct]);
});

it('tells of a wave in one, too, after another device had its time', async () => {
  isElsewhere = true;
  for (let n = 0; n < 200; n += 1) await write(general);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(shown().length).toBeLessThanOrEqual(5);
});

it('forgets what it held back once it is closed', async () => {
  isElsewhere = true;
  await write(general);
  notifier.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(shown()).toEqual([]);
});
