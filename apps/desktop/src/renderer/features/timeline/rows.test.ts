import { describe, expect, it } from 'vitest';
import { noMentions, type Message } from '@parley/shared/protocol/message.ts';
import type { PendingMessage } from '../../sync/client.ts';
import { buildRows, changeBetween, type Row } from './rows.ts';

const start = new Date(2026, 10, 24, 9, 0).getTime();

function message(number: number, more: Partial<Message> & { minute?: number } = {}): Message {
  const { minute = number, ...rest } = more;
  return {
    id: `m${number}`,
    channelId: 'c',
    number,
    authorId: 'ada',
    kind: 'text',
    text: 'hi',
    threadRootId: null,
    threadNumber: null,
    replyCount: 0,
    lastReplyAt: null,
    replyUserIds: [],
    createdAt: new Date(start + minute * 60_000).toISOString(),
    editedAt: null,
    deletedAt: null,
    pinnedAt: null,
    pinnedBy: null,
    mentions: noMentions,
    files: [],
    previews: [],
    reactions: [],
    ...rest,
  };
}

function pending(nonce: string, minute: number): PendingMessage {
  const createdAt = new Date(start + minute * 60_000).toISOString();
  return {
    nonce,
    channelId: 'c',
    alsoToChannel: false,
    sequence: 1,
    text: 'x',
    createdAt,
    failure: null,
    state: 'queued',
    attempts: 0,
    attachments: [],
  };
}

function rowsOf(
  messages: Message[],
  more: { pending?: PendingMessage[]; newAfter?: number | null; hasMoreBefore?: boolean } = {},
): Row[] {
  return buildRows({
    messages,
    pending: more.pending ?? [],
    meId: 'me',
    newAfter: more.newAfter ?? null,
    hasMoreBefore: more.hasMoreBefore ?? false,
    numberOf: ({ number }) => number,
  });
}

describe('buildRows', () => {
  it('groups what one author wrote within five minutes', () => {
    const rows = rowsOf([
      message(1, { minute: 0 }),
      message(2, { minute: 4 }),
      message(3, { minute: 9 }),
      message(4, { minute: 10, authorId: 'ben' }),
      message(5, { minute: 11, authorId: 'ben', kind: 'system' }),
      message(6, { minute: 12, authorId: 'ben' }),
    ]);
    expect(rows.map(({ grouped }) => grouped)).toEqual([false, true, false, false, false, false]);
  });

  it('begins each day with a separator, but not where the day before is not loaded', () => {
    const messages = [message(1), message(2), message(3, { minute: 24 * 60 })];
    expect(rowsOf(messages).map(({ day }) => day !== null)).toEqual([true, false, true]);
    expect(rowsOf(messages, { hasMoreBefore: true }).map(({ day }) => day !== null)).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('draws the line above the first new message of somebody else', () => {
    const messages = [
      message(1),
      message(2, { authorId: 'me' }),
      message(3, { authorId: 'me' }),
      message(4),
      message(5),
    ];
    const rows = rowsOf(messages, { newAfter: 1 });
    expect(rows.map(({ isFirstNew }) => isFirstNew)).toEqual([false, false, false, true, false]);
    expect(rows[3]?.grouped).toBe(false);
    expect(rowsOf(messages).some(({ isFirstNew }) => isFirstNew)).toBe(false);
  });

  it('shows what waits to be sent at the end, once, under the same key', () => {
    const sent = message(1, { authorId: 'me', nonce: 'n1' });
    const rows = rowsOf([sent], { pending: [pending('n1', 1), pending('n2', 2)] });
    expect(rows.map(({ key, kind, grouped }) => [key, kind, grouped])).toEqual([
      ['n1', 'message', false],
      ['n2', 'pending', true],
    ]);
  });
});

describe('changeBetween', () => {
  const rows = (...numbers: number[]) => rowsOf(numbers.map((number) => message(number)));
  const keys = (list: readonly Row[]) => list.map(({ key }) => key);

  it('leaves what was added at the end alone', () => {
    const after = rows(1, 2, 3);
    expect(changeBetween(rows(1, 2), after)).toEqual({ atStart: false, firstStep: after });
  });

  it('knows what was put before', () => {
    const change = changeBetween(rows(5, 6), rows(3, 4, 5, 6));
    expect(change.atStart).toBe(true);
    expect(keys(change.firstStep)).toEqual(['m3', 'm4', 'm5', 'm6']);
  });

  it('takes away at the start first, then adds at the end', () => {
    const change = changeBetween(rows(1, 2, 3), rows(2, 3, 4));
    expect(change.atStart).toBe(true);
    expect(keys(change.firstStep)).toEqual(['m2', 'm3']);
  });

  it('adds at the start first, then takes away at the end', () => {
    const change = changeBetween(rows(3, 4, 5), rows(1, 2, 3, 4));
    expect(change.atStart).toBe(true);
    expect(keys(change.firstStep)).toEqual(['m1', 'm2', 'm3', 'm4', 'm5']);
  });

  it('begins anew where nothing is shared', () => {
    const after = rows(8, 9);
    expect(changeBetween(rows(1, 2), after)).toEqual({ atStart: false, firstStep: after });
  });
});
