import { expect, it } from 'vitest';
import { innerLink, linkTo } from './links.ts';

const server = 'https://chat.example.com';
const channelId = '01900000-0000-7000-8000-000000000001';
const messageId = '01900000-0000-7000-8000-000000000002';

it('reads what it wrote', () => {
  for (const link of [
    { channelId, messageId },
    { channelId, messageId: null },
  ]) {
    expect(innerLink(linkTo(server, link), server)).toEqual(link);
  }
});

it.each([
  `https://other.example.com/?channel=${channelId}`,
  `${server}/elsewhere?channel=${channelId}`,
  `${server}/?channel=1`,
  `${server}/?invite=abc`,
  'not a link',
])('%s leads elsewhere', (href) => {
  expect(innerLink(href, server)).toBeNull();
});
