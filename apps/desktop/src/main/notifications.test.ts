import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DecisionLedger } from './decision-ledger.ts';
import { Notifications } from './notifications.ts';

class TestNotification extends EventEmitter {
  static all: TestNotification[] = [];
  static isThere = true;
  static isSupported = () => TestNotification.isThere;
  readonly options: { title?: string; body?: string; silent?: boolean };
  readonly show = vi.fn();
  readonly close = vi.fn(() => this.emit('close'));

  constructor(options: TestNotification['options']) {
    super();
    this.options = options;
    TestNotification.all.push(this);
  }
}

const account = {
  server: 'https://chat.example.com',
  userId: '01900000-0000-7000-8000-000000000002',
};
const settings = { sound: true, preview: true, locked: false };
const onClick = vi.fn((_place: object) => undefined);
const onReply = vi.fn((_place: object, _text: string) => undefined);
const onMarkRead = vi.fn((_place: object) => undefined);
let notifications: Notifications;

beforeEach(() => {
  TestNotification.all = [];
  TestNotification.isThere = true;
  onClick.mockClear();
  notifications = new Notifications({
    system: TestNotification,
    text: (text) => Promise.resolve(text.replace('&', '&amp;')),
    now: () => Date.UTC(2026, 0, 2),
    onClick,
    onReply,
    onMarkRead,
    ledger: new DecisionLedger({ load: () => [], save: () => undefined }),
  });
});

const request = (n: number) => ({
  account,
  messageId: `message-${n}`,
  channelId: 'channel',
  number: n,
  threadRootId: null,
  threadNumber: null,
  title: 'Ada in #general',
  body: 'Tea & cake?',
  silent: false,
});
const show = (n: number, how = settings) => notifications.show(request(n), how);
const last = () => {
  const notification = TestNotification.all.at(-1);
  if (!notification) throw new Error('nothing was shown');
  return notification;
};

describe('notifications', () => {
  it('show who and what, as text', async () => {
    expect(await show(1)).toEqual({ shown: true, reason: 'shown' });
    expect(last().options).toMatchObject({
      title: 'Ada in #general',
      body: 'Tea &amp; cake?',
      silent: false,
    });
    expect(last().show).toHaveBeenCalledTimes(1);
  });

  it('show no words and make no sound when the person wants none', async () => {
    await show(1, { ...settings, sound: false, preview: false });
    expect(last().options).toMatchObject({ body: 'New message', silent: true });
  });

  it('show no words while the screen is locked', async () => {
    await show(1, { ...settings, locked: true });
    expect(last().options).toMatchObject({ body: 'New message', silent: false });
  });

  it('take an answer and are marked as read where the system has that, but not behind a locked screen', async () => {
    await show(1);
    const told = {
      messageId: 'message-1',
      channelId: 'channel',
      number: 1,
      threadRootId: null,
      threadNumber: null,
    };
    const place = { account, ...told };
    expect(last().options).toMatchObject({
      hasReply: true,
      actions: [{ type: 'button', text: 'Mark as read' }],
    });
    last().emit('reply', {}, 'On my way');
    expect(onReply).toHaveBeenCalledWith(place, 'On my way');
    last().emit('action', {}, 0);
    expect(onMarkRead).toHaveBeenCalledWith(place);
    await show(2, { ...settings, locked: true });
    expect(last().options).toMatchObject({ hasReply: false, actions: [] });
  });

  it('of one account are not touched by what another server says of a message of the same id', async () => {
    const other = { ...account, server: 'https://evil.example' };
    await show(1);
    const mine = last();
    notifications.withdraw(other, ['message-1']);
    notifications.forget(other);
    expect(mine.close).not.toHaveBeenCalled();
    expect(notifications.explain(other, 'message-1').decisions).toEqual([]);
    await notifications.show({ ...request(1), account: other }, settings);
    expect(TestNotification.all).toHaveLength(2);
    notifications.forget(account);
    expect(mine.close).toHaveBeenCalledTimes(1);
    expect(notifications.explain(account, 'message-1').decisions).toEqual([]);
    expect(notifications.explain(other, 'message-1').decisions).toHaveLength(1);
  });

  it('can be tried, as text like any other', async () => {
    const asked = { title: 'Parley', body: 'Tea & cake' };
    expect(await notifications.test(asked)).toEqual({ shown: true, reason: 'shown' });
    expect(last().options).toMatchObject({
      title: 'Parley',
      body: 'Tea &amp; cake',
      silent: false,
    });
    expect(last().show).toHaveBeenCalledTimes(1);
    TestNotification.isThere = false;
    expect(await notifications.test(asked)).toEqual({ shown: false, reason: 'unsupported' });
  });

  it('show a message once, even when asked twice at once or after it was closed', async () => {
    const both = await Promise.all([show(1), show(1)]);
    expect(both.map(({ reason }) => reason)).toEqual(['shown', 'already_shown']);
    last().emit('close');
    expect(await show(1)).toEqual({ shown: false, reason: 'already_shown' });
    expect(TestNotification.all).toHaveLength(1);
  });

  it('may try again when the system failed to show one, and keep why', async () => {
    await show(1);
    last().emit('failed', {}, 'no daemon');
    expect(
      notifications.explain(account, 'message-1').decisions.map(({ reason }) => reason),
    ).toEqual(['shown', 'failed: no daemon']);
    expect(await show(1)).toMatchObject({ shown: true });
  });

  it('say so where the system has none', async () => {
    TestNotification.isThere = false;
    expect(await show(1)).toEqual({ shown: false, reason: 'unsupported' });
  });

  it('keep a click until it is taken, once', async () => {
    await show(1);
    last().emit('click');
    expect(onClick).toHaveBeenCalledWith({ account, channelId: 'channel', messageId: 'message-1' });
    expect(notifications.takeClick()).toEqual({
      account,
      channelId: 'channel',
      messageId: 'message-1',
    });
    expect(notifications.takeClick()).toBeNull();
  });

  it('know what is on screen of an account', async () => {
    await show(1);
    await show(2);
    await notifications.show(
      { ...request(3), account: { ...account, server: 'https://other.example' } },
      settings,
    );
    last().emit('close');
    TestNotification.all[0]?.emit('close');
    expect(notifications.shownOf(account)).toEqual([
      {
        messageId: 'message-2',
        channelId: 'channel',
        number: 2,
        threadRootId: null,
        threadNumber: null,
      },
    ]);
  });

  it('never come where the message is read on their way to the screen, and are known of meanwhile', async () => {
    const showing = show(1);
    expect(notifications.shownOf(account)).toMatchObject([{ messageId: 'message-1' }]);
    notifications.withdraw(account, ['message-1']);
    expect(await showing).toEqual({ shown: false, reason: 'already_read' });
    expect([TestNotification.all, notifications.shownOf(account)]).toEqual([[], []]);
  });

  it('never come where the account is signed out meanwhile, and leave nothing', async () => {
    const showing = show(1);
    notifications.forget(account);
    expect(await showing).toEqual({ shown: false, reason: 'signed_out' });
    expect(TestNotification.all).toEqual([]);
    expect(notifications.explain(account, 'message-1').decisions).toEqual([]);
  });

  it('are withdrawn when the message is read, and all of them at a sign-out', async () => {
    await show(1);
    await show(2);
    await show(3);
    notifications.withdraw(account, ['message-2', 'message-9']);
    expect(TestNotification.all.map(({ close }) => close.mock.calls.length)).toEqual([0, 1, 0]);
    notifications.withdrawAll();
    expect(TestNotification.all.map(({ close }) => close.mock.calls.length)).toEqual([1, 1, 1]);
  });

  it('show the newest where the system never tells that one is gone', async () => {
    for (let n = 0; n < 101; n += 1) await show(n);
    expect(TestNotification.all).toHaveLength(101);
    expect(TestNotification.all[0]?.close).toHaveBeenCalledTimes(1);
    expect(TestNotification.all[1]?.close).not.toHaveBeenCalled();
  });

  it('explain why one was or was not shown', () => {
    notifications.record({ account, messageId: 'message-1', shown: false, reason: 'seen' });
    expect(notifications.explain(account, 'message-1')).toEqual({
      decisions: [{ at: '2026-01-02T00:00:00.000Z', shown: false, reason: 'seen' }],
    });
    expect(notifications.explain(account, 'message-2')).toEqual({ decisions: [] });
  });
});
