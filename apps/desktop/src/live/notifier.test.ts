import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ThreadInterest } from '@parley/shared/notifications/decide.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import {
  aConversation,
  aMembership,
  aMessage,
  anEvent,
  aFile,
  aState,
  aUser,
  idOf,
} from '../../../../packages/shared/test/entities.ts';
import { lookingAway } from '../../test/looking-away.ts';
import type { Bridge } from '../bridge/bridge.ts';
import type { Past } from '../bridge/hand-over.ts';
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
  notifier = make();
});
afterEach(() => {
  notifier.close();
  vi.useRealTimers();
});

function make(): Notifier {
  const call = (name: string, input: Record<string, unknown>) => {
    calls.push({ name, input });
    return Promise.resolve({ shown: true, reason: 'shown' });
  };
  return new Notifier({
    account,
    bridge: { call: call as Bridge['call'] },
    attention: () => lookingAway,
    isElsewhere: () => isElsewhere,
    plainText: (text) => text,
    threadInterest: () => Promise.resolve(interest),
    now: Date.now,
    onTrouble: (trouble, error) => {
      throw new Error(trouble, { cause: error });
    },
  });
}

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
/** Why nobody was told, as far as main knows after a while. */
async function hidden(): Promise<{ messageId: string; reason: string }[]> {
  await vi.advanceTimersByTimeAsync(1_000);
  return calls
    .filter(({ name }) => name === 'notification.record')
    .flatMap(({ input }) => input.hidden as { messageId: string; reason: string }[]);
}
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

it('says what was sent where nothing was written', async () => {
  await write(general, { text: '', files: [aFile({ name: 'report.pdf' })] });
  await write(direct, { text: '', files: [aFile({ name: 'a.png', mediaType: 'image/png' })] });
  expect(shown().map(({ input }) => input.body)).toEqual(['Sent report.pdf', 'Sent a photo']);
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
  expect((await hidden()).map(({ reason }) => reason)).toEqual(kept);
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
  const folded = await hidden();
  expect(folded).toHaveLength(500 - 4);
  expect(folded.every(({ reason }) => reason === 'burst')).toBe(true);
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
  expect((await hidden()).at(-1)).toEqual({ messageId: message.id, reason: 'do_not_disturb' });
});

it('tells main of what nobody heard of together, and at once when it is asked for or the end', async () => {
  const told = () =>
    calls.flatMap(({ name, input }) =>
      name === 'notification.record' ? [(input.hidden as unknown[]).length] : [],
    );
  // Of a thread that the person has nothing to do with.
  const reply = { number: null, threadRootId: idOf(7), threadNumber: 1 };
  for (let n = 0; n < 4; n += 1) await write(general, reply);
  expect(told()).toEqual([1]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told()).toEqual([1, 3]);
  await write(general, reply);
  notifier.keepDecisions();
  expect(told()).toEqual([1, 3, 1]);
  await write(general, reply);
  notifier.close();
  expect(told()).toEqual([1, 3, 1, 1]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told()).toEqual([1, 3, 1, 1]);
});

it('leaves it to the device that the person is at, and speaks up only for what stays unread', async () => {
  isElsewhere = true;
  await write(general);
  await write(direct);
  expect(shown()).toEqual([]);
  expect((await hidden()).map(({ reason }) => reason)).toEqual(['other_device', 'other_device']);
  readThrough(general, 1);
  await vi.advanceTimersByTimeAsync(28_000);
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

/** Another notifier goes on where this one is closed. */
function handOver(shown: Past['shown'] = []): void {
  const left = notifier.close();
  notifier = make();
  notifier.resume({ ...left, shown });
}

it('goes on with what another one held back and folded, each told of once', async () => {
  isElsewhere = true;
  const held = await write(general);
  isElsewhere = false;
  for (let n = 0; n < 6; n += 1) await write(general);
  expect(shown()).toHaveLength(4);
  handOver();
  await vi.advanceTimersByTimeAsync(0);
  const told = shown().map(({ input }) => input.messageId);
  expect(new Set(told).size).toBe(told.length);
  expect(told).toHaveLength(7);
  expect(told).toContain(held.id);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(shown()).toHaveLength(7);
});

it('hands on what it had not come to yet', async () => {
  isElsewhere = true;
  await write(general);
  isElsewhere = false;
  handOver();
  handOver();
  await vi.advanceTimersByTimeAsync(0);
  expect(shown()).toHaveLength(1);
});

it('decides on nothing that another one has decided on, and on everything after it', async () => {
  const post = (position: number) => {
    const message = aMessage({
      id: idOf(0xd000 + position),
      channelId: general,
      number: position,
      authorId: ada.id,
    });
    notifier.follow(anEvent('message.posted', { message }, position), state);
  };
  post(1);
  await vi.advanceTimersByTimeAsync(0);
  handOver();
  post(1);
  post(2);
  await vi.advanceTimersByTimeAsync(0);
  expect(shown().map(({ input }) => input.number)).toEqual([1, 2]);
  // In another life of the log a position says nothing.
  handOver();
  notifier.follow(
    anEvent(
      'message.posted',
      { message: aMessage({ id: idOf(0xe000), channelId: general, number: 3, authorId: ada.id }) },
      1,
    ),
    { ...state, epoch: 'another' },
  );
  await vi.advanceTimersByTimeAsync(0);
  expect(shown()).toHaveLength(3);
});

it('takes back the replies of a thread up to where any device has read it, and what of them waits', async () => {
  interest = 'followed';
  const rootId = idOf(7);
  const reply = (threadNumber: number, change: Partial<Message> = {}) =>
    write(general, { number: null, threadRootId: rootId, threadNumber, ...change });
  const first = await reply(1);
  // This one stands in the channel as well, and is read where it was read.
  const second = await reply(2, { number: 50 });
  await reply(3);
  await reply(1, { threadRootId: idOf(8) });
  isElsewhere = true;
  await reply(4);
  const readThread = (through: number) => {
    const thread = { channelId: general, rootId, readThrough: through };
    notifier.follow(anEvent('read.updated', { thread }), state);
    return vi.advanceTimersByTimeAsync(0);
  };
  const withdrawn = () =>
    calls
      .filter(({ name }) => name === 'notification.withdraw')
      .map(({ input }) => input.messageIds);
  await readThread(2);
  expect(withdrawn()).toEqual([[first.id, second.id]]);
  const before = shown().length;
  await readThread(4);
  expect(withdrawn()).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(60_000);
  // The fourth was held back for the other device, and was read there.
  expect(shown()).toHaveLength(before);
});

it('withdraws what another one showed, when it is read and when the state says that it was', async () => {
  const told = (n: number) => ({
    messageId: idOf(n),
    channelId: general,
    number: n,
    threadRootId: null,
    threadNumber: null,
  });
  handOver([told(1), told(2), told(3)]);
  readThrough(general, 1);
  await vi.advanceTimersByTimeAsync(0);
  const conversations = new Map(state.conversations);
  const { channel } =
    conversations.get(general) ?? aConversation({ id: general }, { userId: me.id });
  conversations.set(general, {
    channel,
    membership: aMembership(general, me.id, { readThrough: 2 }),
  });
  notifier.settle({ ...state, conversations });
  await vi.advanceTimersByTimeAsync(0);
  const withdrawn = calls.filter(({ name }) => name === 'notification.withdraw');
  expect(withdrawn.map(({ input }) => input.messageIds)).toEqual([[idOf(1)], [idOf(2)]]);
});

it('is not idle while it decides, and decides on nothing once it is closed', async () => {
  const message = aMessage({ id: idOf(0xf000), channelId: general, number: 1, authorId: ada.id });
  notifier.follow(anEvent('message.posted', { message }, 5), state);
  expect(notifier.isIdle).toBe(false);
  expect(notifier.close()).toEqual({ through: null, waiting: [] });
  await vi.advanceTimersByTimeAsync(0);
  expect(notifier.isIdle).toBe(true);
  expect(calls).toEqual([]);
});
