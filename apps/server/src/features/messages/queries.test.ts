import { describe, expect, it } from 'vitest';
import { mentionColumns, requestHashOf } from './queries.ts';

const request = { channelId: 'c', text: 'hello', alsoToChannel: false };

describe('the hash of a request', () => {
  it('is the same for the same content, whatever the order of its fields', () => {
    expect(requestHashOf({ text: 'hello', alsoToChannel: false, channelId: 'c' })).toBe(
      requestHashOf(request),
    );
    expect(requestHashOf({ ...request, threadRootId: undefined })).toBe(requestHashOf(request));
  });

  it.each([
    ['text', { text: 'hello ' }],
    ['channel', { channelId: 'd' }],
    ['thread', { threadRootId: 'm' }],
    ['also to the channel', { alsoToChannel: true }],
    ['text that looks like other fields', { text: 'hello","m' }],
  ])('differs by %s', (_what, change) => {
    expect(requestHashOf({ ...request, ...change })).not.toBe(requestHashOf(request));
  });
});

describe('the columns of mentions', () => {
  it('hold each part of them', () => {
    const mentions = { userIds: ['u'], groupIds: ['g'], channel: true, here: false };
    expect(mentionColumns(mentions)).toEqual({
      mentionUserIds: ['u'],
      mentionGroupIds: ['g'],
      mentionsChannel: true,
      mentionsHere: false,
    });
  });
});
