import { expect, it } from 'vitest';
import { ChannelName } from '@parley/shared/protocol/channel.ts';
import { toChannelName } from './rules.ts';

it.each([
  ['Release 4', 'release-4'],
  ['東京 オフィス', '東京-オフィス'],
  ['Über uns!', 'über-uns'],
  ['#general', 'general'],
  ['a.b/c', 'a-b-c'],
])('%j becomes %j', (text, name) => {
  expect(toChannelName(text)).toBe(name);
  expect(ChannelName.safeParse(name).success).toBe(true);
});
