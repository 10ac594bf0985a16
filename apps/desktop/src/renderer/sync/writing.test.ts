import { beforeEach, expect, it } from 'vitest';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { idOf } from '../../../../../packages/shared/test/entities.ts';
import { createMemoryStorage, type Storage } from './storage.ts';
import { Topic, untracked } from './topic.ts';
import { Writing } from './writing.ts';

const channelId = idOf(0x100);

/** Storage whose writes of messages end when the test says so, as on a disk that takes its time. */
let storage: Storage;
let end: (isStored: boolean) => void;
let writing: Writing;

beforeEach(() => {
  const memory = createMemoryStorage();
  storage = {
    ...memory,
    putOutbox: (...put) =>
      new Promise((resolve, reject) => {
        end = (isStored) => {
          if (isStored) resolve(memory.putOutbox(...put));
          else reject(new Error('the disk is full'));
        };
      }),
  };
  writing = new Writing({
    storage,
    command: () => Promise.reject(new ParleyError('unavailable', 'There is no server.')),
    getAccess: () => Promise.resolve(null),
    onPosted: () => undefined,
    onTrouble: () => undefined,
    topic: () => new Topic(untracked),
    locks: null,
    now: Date.now,
    random: () => 0.5,
  });
  writing.drafts.set(channelId, null, 'begun');
});

const send = (text: string) => writing.post(channelId, text, { isDraft: true });
const shown = () => writing.drafts.get(channelId, null);
/** What the next run of the app would find, as drafts and on its way. */
const kept = async () => [
  [...(await storage.loadDrafts()).values()].map(({ text }) => text).filter(Boolean),
  (await storage.loadOutbox()).map(({ text }) => text),
];

it('keeps what is sent as a draft until it is kept as a message, and shows it once', async () => {
  const sent = send('begun');
  expect(shown()).toBe('');
  expect(writing.pending(channelId, null).map(({ text }) => text)).toEqual(['begun']);
  expect(await kept()).toEqual([['begun'], []]);
  end(true);
  await sent;
  expect(await kept()).toEqual([[], ['begun']]);
  expect(shown()).toBe('');
});

it('has it back in the field where it could not be kept as a message', async () => {
  const sent = send('begun');
  end(false);
  await expect(sent).rejects.toThrow('the disk is full');
  expect(shown()).toBe('begun');
  expect(await kept()).toEqual([['begun'], []]);
});

it.each(['more', 'begun'])('keeps what is typed meanwhile: %s', async (typed) => {
  const sent = send('begun');
  writing.drafts.set(channelId, null, typed);
  expect(shown()).toBe(typed);
  end(true);
  await sent;
  expect(shown()).toBe(typed);
  expect(await kept()).toEqual([[typed], ['begun']]);
});

it('takes two messages in a row, of which the second is stored later', async () => {
  const first = send('begun');
  const endFirst = end;
  writing.drafts.set(channelId, null, 'next');
  const second = send('next');
  endFirst(true);
  await first;
  expect(shown()).toBe('');
  end(true);
  await second;
  expect(await kept()).toEqual([[], ['begun', 'next']]);
});
