import { describe, expect, it, vi } from 'vitest';
import { idOf } from '../../../../../packages/shared/test/entities.ts';
import { Drafts } from './drafts.ts';
import { createMemoryStorage, type Storage } from './storage.ts';
import { Topic, untracked } from './topic.ts';

const channelId = idOf(0x100);
const rootId = idOf(1);

function setUp(storage: Pick<Storage, 'loadDrafts' | 'putDraft'> = createMemoryStorage()) {
  const topic = new Topic(untracked);
  const changed = vi.fn();
  topic.subscribe(changed);
  const onTrouble = vi.fn();
  return { drafts: new Drafts({ storage, topic, onTrouble }), changed, onTrouble };
}

describe('drafts', () => {
  it('are of their place, and empty where nothing was begun', () => {
    const { drafts } = setUp();
    drafts.set(channelId, null, 'in the channel');
    drafts.set(channelId, rootId, 'in the thread');
    expect(drafts.get(channelId, null)).toBe('in the channel');
    expect(drafts.get(channelId, rootId)).toBe('in the thread');
    expect(drafts.get(idOf(0x101), null)).toBe('');
  });

  it('survive the end of the app with every change, and are gone once they are sent', async () => {
    const storage = createMemoryStorage();
    const before = setUp(storage);
    before.drafts.set(channelId, null, 'h');
    before.drafts.set(channelId, null, 'hello');
    before.drafts.set(channelId, rootId, 'sent');
    before.drafts.set(channelId, rootId, '');
    const { drafts, changed } = setUp(storage);
    await drafts.load();
    expect(changed).toHaveBeenCalledTimes(1);
    expect(drafts.get(channelId, null)).toBe('hello');
    expect(drafts.get(channelId, rootId)).toBe('');
    expect([...(await storage.loadDrafts()).keys()]).toEqual([channelId]);
  });

  it('are not replaced by older ones that are still being read', async () => {
    const storage = createMemoryStorage();
    for (const place of ['typed', 'cleared', 'left'].map((_, n) => idOf(0x100 + n))) {
      await storage.putDraft(place, 'old');
    }
    const { drafts } = setUp(storage);
    const loaded = drafts.load();
    // An empty field that has just appeared says nothing of what was in it.
    drafts.set(idOf(0x102), null, '');
    drafts.set(idOf(0x100), null, 'new');
    drafts.set(idOf(0x101), null, 'new');
    drafts.set(idOf(0x101), null, '');
    await loaded;
    expect([0x100, 0x101, 0x102].map((n) => drafts.get(idOf(n), null))).toEqual(['new', '', 'old']);
  });

  it('are stored and told of only when they change', () => {
    const putDraft = vi.fn(() => Promise.resolve());
    const { drafts, changed } = setUp({ loadDrafts: () => Promise.resolve(new Map()), putDraft });
    drafts.set(channelId, null, '');
    drafts.set(channelId, null, 'hello');
    drafts.set(channelId, null, 'hello');
    expect(putDraft.mock.calls).toEqual([[channelId, 'hello']]);
    expect(changed).toHaveBeenCalledTimes(1);
  });

  it('stay on screen when they cannot be stored, which is told', async () => {
    const full = new Error('the disk is full');
    const { drafts, onTrouble } = setUp({
      loadDrafts: () => Promise.resolve(new Map()),
      putDraft: () => Promise.reject(full),
    });
    drafts.set(channelId, null, 'hello');
    await Promise.resolve();
    expect(drafts.get(channelId, null)).toBe('hello');
    expect(onTrouble.mock.calls).toEqual([['a draft could not be stored', full]]);
  });
});
