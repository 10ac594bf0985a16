import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { File } from '@parley/shared/protocol/file.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { maxMessageLength } from '@parley/shared/protocol/message.ts';
import { idOf } from '../../../../../packages/shared/test/entities.ts';
import { DraftDevice, DraftServer } from '../../../test/draft-devices.ts';
import { aFile } from '../../../test/files.ts';
import { Drafts } from './drafts.ts';
import { unsentDraft, type DraftChoice } from './held-draft.ts';
import { createMemoryStorage, type Storage } from './storage.ts';
import { Topic, untracked } from './topic.ts';

const channelId = idOf(0x100);
const rootId = idOf(1);

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function setUp(storage: Pick<Storage, 'loadDrafts' | 'putDraft'> = createMemoryStorage()) {
  const topic = new Topic(untracked);
  const changed = vi.fn();
  topic.subscribe(changed);
  const onTrouble = vi.fn();
  const ask = () => Promise.reject(new ParleyError('unavailable', 'There is no server.'));
  const files = { onFilesGone: () => [], onFilesRefused: () => Promise.resolve() };
  const random = () => 0.5;
  const options = { storage, topic, onTrouble, ...files, set: ask, clear: ask, random };
  return { drafts: new Drafts(options), changed, onTrouble };
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
      await storage.putDraft(place, unsentDraft('old'));
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
    const putDraft = vi.fn<Storage['putDraft']>(() => Promise.resolve());
    const { drafts, changed } = setUp({ loadDrafts: () => Promise.resolve(new Map()), putDraft });
    drafts.set(channelId, null, '');
    drafts.set(channelId, null, 'hello');
    drafts.set(channelId, null, 'hello');
    expect(putDraft.mock.calls.map(([key, draft]) => [key, draft?.text])).toEqual([
      [channelId, 'hello'],
    ]);
    expect(changed).toHaveBeenCalledTimes(1);
  });

  it('would survive the end of the page once they are written, and not where they cannot be', async () => {
    const written: (() => void)[] = [];
    const putDraft = vi.fn(() => new Promise<void>((resolve) => written.push(resolve)));
    const { drafts, onTrouble } = setUp({ loadDrafts: () => Promise.resolve(new Map()), putDraft });
    expect(drafts.isStored).toBe(true);
    drafts.set(channelId, null, 'hello');
    expect(drafts.isStored).toBe(false);
    for (const write of written) write();
    await expect.poll(() => drafts.isStored).toBe(true);
    putDraft.mockRejectedValueOnce(new Error('the disk is full'));
    drafts.set(channelId, null, 'hello you');
    await expect.poll(() => onTrouble).toHaveBeenCalled();
    expect(drafts.isStored).toBe(false);
  });

  it('stay on screen when they cannot be stored, which is told', async () => {
    const full = new Error('the disk is full');
    const { drafts, onTrouble } = setUp({
      loadDrafts: () => Promise.resolve(new Map()),
      putDraft: () => Promise.reject(full),
    });
    drafts.set(channelId, null, 'hello');
    await vi.advanceTimersByTimeAsync(0);
    expect(drafts.get(channelId, null)).toBe('hello');
    expect(onTrouble.mock.calls).toEqual([['a draft could not be stored', full]]);
  });
});

async function onlineDevices(server = new DraftServer()) {
  const [here, there] = [new DraftDevice(server), new DraftDevice(server)];
  for (const device of [here, there]) {
    await device.start();
    device.goOnline();
  }
  return { server, here, there };
}

/** Whatever is under way gets through, and all events are heard. */
async function deliver(...devices: DraftDevice[]): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    for (const device of devices) {
      device.serve();
      device.answer();
      await vi.advanceTimersByTimeAsync(0);
    }
    for (const device of devices) for (let n = 0; n < 20; n += 1) device.hear();
  }
}

const write = (device: DraftDevice, text: string) => device.drafts.set(channelId, null, text);
const shown = (device: DraftDevice) => device.drafts.get(channelId, null);
const asked = (device: DraftDevice) => device.drafts.other(channelId, null)?.text ?? null;

/** Writes the text at the device and sends it to the other one. */
async function share(text: string, from: DraftDevice, to: DraftDevice): Promise<void> {
  write(from, text);
  from.drafts.flush();
  await deliver(from, to);
}

/** Both devices know a text, and each has gone on from it. */
async function inConflict() {
  const devices = await onlineDevices();
  const { here, there } = devices;
  await share('both know', here, there);
  here.goOffline();
  write(here, 'both know, from here');
  await share('both know, from there', there, there);
  here.goOnline();
  await deliver(here, there);
  return devices;
}

describe('what is told to the server', () => {
  it('goes out in a moment and not at each key, one change at a time', async () => {
    const { here } = await onlineDevices();
    write(here, 'h');
    await vi.advanceTimersByTimeAsync(1_900);
    write(here, 'he');
    expect(here.asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_100);
    expect(here.asked).toEqual([{ channelId, text: 'he', basedOn: 0 }]);
    write(here, 'hell');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(here.asked).toHaveLength(1);
    here.serve();
    here.answer();
    await vi.advanceTimersByTimeAsync(1_900);
    expect(here.asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_100);
    expect(here.asked).toEqual([{ channelId, text: 'hell', basedOn: 1 }]);
  });

  it('goes out at once when the person leaves, also after a change that is under way', async () => {
    const { server, here } = await onlineDevices();
    write(here, 'one');
    here.drafts.flush();
    expect(here.asked).toHaveLength(1);
    write(here, 'one two');
    here.drafts.flush();
    expect(here.asked).toHaveLength(1);
    here.serve();
    here.answer();
    await vi.advanceTimersByTimeAsync(0);
    here.serve();
    expect(server.text(channelId)).toBe('one two');
  });

  it('is caught up with after a time without a network', async () => {
    const { server, here, there } = await onlineDevices();
    here.goOffline();
    write(here, 'in the train');
    here.drafts.set(channelId, rootId, 'in a thread');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(here.asked).toEqual([]);
    here.goOnline();
    await vi.advanceTimersByTimeAsync(4_000);
    await deliver(here, there);
    expect(server.text(channelId)).toBe('in the train');
    expect(there.drafts.get(channelId, rootId)).toBe('in a thread');
  });

  it('is tried again after a failure that may pass, and what is refused is not until it is changed', async () => {
    const { here } = await onlineDevices();
    write(here, 'one');
    here.drafts.flush();
    here.refuse(new ParleyError('unavailable', 'Not now.'));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(here.asked).toHaveLength(1);
    here.refuse(new ParleyError('conflict', 'Too many.', { reason: 'too_many_drafts' }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(here.asked).toEqual([]);
    expect(here.troubles).toEqual(['a draft stays on this device']);
    expect(shown(here)).toBe('one');
    write(here, 'one two');
    await vi.advanceTimersByTimeAsync(4_000);
    expect(here.asked).toHaveLength(1);
  });

  it('is known to have been told once the server has it, or will not have it', async () => {
    const { here } = await onlineDevices();
    const told = vi.fn();
    const wait = () => here.drafts.told(channelId, null).then(told);
    await wait();
    expect(told).toHaveBeenCalledTimes(1);
    write(here, 'one');
    void wait();
    here.drafts.flush();
    write(here, 'one two');
    here.serve();
    here.answer();
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toHaveBeenCalledTimes(1);
    here.drafts.flush();
    here.refuse(new ParleyError('conflict', 'Too many.', { reason: 'too_many_drafts' }));
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toHaveBeenCalledTimes(2);
  });

  it('leaves out what no message could be, which stays here', async () => {
    const { server, here } = await onlineDevices();
    const long = 'x'.repeat(maxMessageLength + 1);
    write(here, long);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(here.asked).toEqual([]);
    expect(here.troubles).toHaveLength(1);
    expect(shown(here)).toBe(long);
    write(here, long.slice(1));
    await vi.advanceTimersByTimeAsync(4_000);
    await deliver(here);
    expect(server.text(channelId)).toHaveLength(maxMessageLength);
  });
});

describe('what another device writes', () => {
  it('is shown where nothing waits, and goes where it was sent', async () => {
    const { here, there } = await onlineDevices();
    await share('begun here', here, there);
    expect(shown(there)).toBe('begun here');
    await share('begun here, ended there', there, here);
    expect(shown(here)).toBe('begun here, ended there');
    await share('', there, here);
    expect(shown(here)).toBe('');
    // The view that the next run begins with may be older and know of it.
    await here.restart(1);
    expect(shown(here)).toBe('');
    here.goOnline();
    await deliver(here);
    await here.restart(3);
    expect(await here.storage.loadDrafts()).toEqual(new Map());
  });

  it('does not disturb typing when it is one’s own change that comes back', async () => {
    const { here } = await onlineDevices();
    write(here, 'he');
    here.drafts.flush();
    write(here, 'hello');
    here.serve();
    here.hear();
    expect([shown(here), asked(here)]).toEqual(['hello', null]);
    here.answer();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(here.asked).toEqual([{ channelId, text: 'hello', basedOn: 1 }]);
  });

  it('does not ask about one’s own words, where the same change went twice and they went between', async () => {
    const { here } = await onlineDevices();
    await share('one', here, here);
    for (const text of ['', 'two', '']) {
      here.goOffline();
      await vi.advanceTimersByTimeAsync(0);
      write(here, text);
      here.goOnline();
      here.drafts.flush();
    }
    here.serveAllLost();
    here.serve();
    for (let heard = 0; heard < 3; heard += 1) {
      here.hear();
      expect([shown(here), asked(here)]).toEqual(['', null]);
    }
    here.answer();
    await vi.advanceTimersByTimeAsync(0);
    expect([shown(here), asked(here)]).toEqual(['', null]);
  });

  it('is what was made of one’s own change, although the answer to that came later', async () => {
    const { here, there } = await onlineDevices();
    write(here, 'one');
    here.drafts.flush();
    here.serve();
    await deliver(there);
    await share('one two', there, there);
    here.jump();
    expect(asked(here)).toBe('one two');
    here.answer();
    await vi.advanceTimersByTimeAsync(0);
    expect([shown(here), asked(here)]).toEqual(['one two', null]);
  });

  it('is kept beside what was written here, and neither is told to the other before the choice', async () => {
    const { server, here, there } = await inConflict();
    expect([shown(here), asked(here)]).toEqual(['both know, from here', 'both know, from there']);
    expect([shown(there), asked(there)]).toEqual(['both know, from there', null]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(here.asked).toEqual([]);
    expect(server.text(channelId)).toBe('both know, from there');
  });

  it.each<[DraftChoice, string]>([
    ['theirs', 'both know, from there'],
    ['mine', 'both know, from here'],
    ['both', 'both know, from here\n\nboth know, from there'],
  ])('becomes the same everywhere once the person has chosen %s', async (choice, text) => {
    const { server, here, there } = await inConflict();
    here.drafts.choose(channelId, null, choice, 10);
    await deliver(here, there);
    expect([shown(here), shown(there), server.text(channelId)]).toEqual([text, text, text]);
    expect([asked(here), asked(there)]).toEqual([null, null]);
  });

  it('keeps the files of both as far as there is room, and says which there is none for', async () => {
    const { server, here, there } = await onlineDevices();
    const [one, two, three, four] = [1, 2, 3, 4].map((n) => aFile(idOf(n)));
    if (!one || !two || !three || !four) throw new Error('too few');
    const put = ({ drafts }: DraftDevice, ...files: File[]) => {
      drafts.setFiles(channelId, null, files);
      drafts.flush();
    };
    put(here, one);
    await deliver(here, there);
    expect(there.drafts.files(channelId, null)).toEqual([one]);
    here.goOffline();
    put(here, one, two);
    put(there, one, three, four);
    await deliver(there);
    here.goOnline();
    await deliver(here);
    expect(here.drafts.other(channelId, null)?.files).toEqual([one, three, four]);
    expect(here.drafts.files(channelId, null)).toEqual([one, two]);
    expect(here.drafts.choose(channelId, null, 'both', 3)).toEqual([four]);
    await deliver(here, there);
    expect(server.files(channelId)).toEqual([one, two, three]);
    expect(there.drafts.files(channelId, null)).toEqual([one, two, three]);
  });

  it('is no conflict where both have the same words and files, though not the same version', async () => {
    const { here, there } = await onlineDevices();
    here.goOffline();
    for (const device of [here, there]) {
      device.drafts.setFiles(channelId, null, [aFile(idOf(1))]);
      write(device, 'the same');
      device.drafts.flush();
    }
    await deliver(there);
    here.goOnline();
    await deliver(here, there);
    expect([asked(here), asked(there)]).toEqual([null, null]);
    here.drafts.setFiles(channelId, null, []);
    here.drafts.flush();
    await deliver(here, there);
    expect(there.drafts.files(channelId, null)).toEqual([]);
    expect(shown(there)).toBe('the same');
  });

  it('is asked about again after the end of the app', async () => {
    const { here } = await inConflict();
    await here.restart(0);
    expect(shown(here)).toBe('both know, from here');
    here.goOnline();
    await deliver(here);
    expect([shown(here), asked(here)]).toEqual(['both know, from here', 'both know, from there']);
  });

  it('needs no choice any more once it was sent or cleared there', async () => {
    const { server, here, there } = await inConflict();
    await share('', there, here);
    expect([shown(here), asked(here)]).toEqual(['both know, from here', null]);
    await vi.advanceTimersByTimeAsync(4_000);
    await deliver(here, there);
    expect(server.text(channelId)).toBe('both know, from here');
  });

  it('stays, and is shown, when the older text is sent here', async () => {
    const { server, here, there } = await onlineDevices();
    await share('both know', here, there);
    here.goOffline();
    write(here, '');
    await share('both know, and more', there, there);
    here.goOnline();
    await deliver(here);
    expect(shown(here)).toBe('both know, and more');
    expect(server.text(channelId)).toBe('both know, and more');
  });
});

it('nothing is lost when the server goes back to an older life of its log', async () => {
  const { server, here, there } = await onlineDevices();
  await share('old', here, there);
  await share('old and new', here, there);
  for (const device of [here, there]) device.goOffline();
  server.restore(0);
  for (const device of [here, there]) device.goOnline();
  expect([shown(here), shown(there)]).toEqual(['old and new', 'old and new']);
  await vi.advanceTimersByTimeAsync(4_000);
  await deliver(here, there);
  expect(server.text(channelId)).toBe('old and new');
  expect([asked(here), asked(there)]).toEqual([null, null]);
});
