import { expect, it } from 'vitest';
import { aFile, aMessage, anEvent, idOf } from '../../../../../../packages/shared/test/entities.ts';
import { noMentions, type Message } from '@parley/shared/protocol/message.ts';
import { changesFiles } from './file-changes.ts';

const here = idOf(1);
it('looks again when a message with files comes or goes, in this channel alone', () => {
  const message = aMessage({ channelId: here });
  const withFile = { ...message, files: [aFile()] };
  const posted = (each: Message) =>
    changesFiles(anEvent('message.posted', { message: each }), here, []);
  expect(posted(withFile)).toBe(true);
  expect(posted(message)).toBe(false);
  expect(posted({ ...withFile, channelId: idOf(3) })).toBe(false);
  const gone = anEvent('message.deleted', { message, before: { mentions: noMentions } });
  expect(changesFiles(gone, here, [])).toBe(false);
  expect(changesFiles(gone, here, [{ message }])).toBe(true);
});
