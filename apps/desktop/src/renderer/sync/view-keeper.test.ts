import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aUser, idOf } from '../../../../../packages/shared/test/entities.ts';
import { aView, viewChannelId } from '../../../test/views.ts';
import { Mirror } from '../../live/mirror.ts';
import { createMemoryStorage, type CachedView, type Storage } from './storage.ts';
import { Timelines } from './timelines.ts';
import { Topic, untracked } from './topic.ts';
import { ViewKeeper } from './view-keeper.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
const never = () => new Promise<never>(() => undefined);

function setUp(storage: Pick<Storage, 'loadView' | 'saveView'> = createMemoryStorage()) {
  const mirror = new Mirror({
    bootstrap: never,
    verify: never,
    onEvent: () => undefined,
    onSnapshot: () => undefined,
    onChange: () => undefined,
    onBroken: () => undefined,
    onExcess: () => undefined,
    onTrouble: () => undefined,
  });
  const timelines = new Timelines(never, () => new Topic(untracked));
  const onTrouble = vi.fn();
  const keeper = new ViewKeeper({ storage, mirror, timelines, onTrouble });
  return { keeper, mirror, timelines, onTrouble };
}

/** A storage of which the test says when a view is written. */
function slowStorage() {
  const begun: CachedView[] = [];
  const waiting: { done: () => void; fail: (error: Error) => void }[] = [];
  const storage = {
    loadView: () => Promise.resolve(null),
    saveView: (view: CachedView) => {
      begun.push(view);
      return new Promise<void>((done, fail) => waiting.push({ done, fail }));
    },
  };
  const positions = () => begun.map(({ snapshot }) => snapshot.position);
  return { storage, positions, waiting };
}

describe('the keeper of the view', () => {
  it('paints what an earlier run held, messages and all', async () => {
    const storage = createMemoryStorage();
    await storage.saveView(aView(7, ['hello', 'again']));
    const { keeper, mirror, timelines } = setUp(storage);
    await keeper.paint();
    expect(mirror.cursor).toEqual({ after: 7, epoch: 'epoch' });
    const { messages } = timelines.get(viewChannelId, null);
    expect(messages.map(({ text }) => text)).toEqual(['hello', 'again']);
    await keeper.save();
    expect(await storage.loadView()).toEqual(aView(7, ['hello', 'again']));
  });

  it('paints nothing where nothing is stored or it cannot be read, which does not stop the start', async () => {
    const empty = setUp();
    await empty.keeper.paint();
    expect(empty.mirror.state).toBeNull();
    expect(empty.onTrouble).not.toHaveBeenCalled();
    const damaged = setUp({
      ...createMemoryStorage(),
      loadView: () => Promise.reject(new Error('damaged')),
    });
    await damaged.keeper.paint();
    expect(damaged.mirror.state).toBeNull();
    expect(damaged.onTrouble).toHaveBeenCalledTimes(1);
  });

  it('writes once for many changes, a moment after the first', async () => {
    const { storage, positions, waiting } = slowStorage();
    const { keeper, mirror } = setUp(storage);
    for (let n = 1; n <= 3; n += 1) {
      mirror.restore(aView(n).snapshot);
      keeper.saveSoon();
      await settle(400);
    }
    expect(positions()).toEqual([]);
    await settle(300);
    expect(positions()).toEqual([3]);
    waiting[0]?.done();
    await settle(60_000);
    expect(positions()).toEqual([3]);
  });

  it('writes one view at a time, and what changed meanwhile after it', async () => {
    const { storage, positions, waiting } = slowStorage();
    const { keeper, mirror } = setUp(storage);
    mirror.restore(aView(1).snapshot);
    void keeper.save();
    mirror.restore(aView(2).snapshot);
    keeper.saveSoon();
    await settle(60_000);
    expect(positions()).toEqual([1]);
    waiting[0]?.done();
    await settle(1_500);
    expect(positions()).toEqual([1, 2]);
  });

  it('writes nothing from which one could not go on', async () => {
    const { storage, positions } = slowStorage();
    const { keeper, mirror } = setUp(storage);
    await keeper.save();
    mirror.restore(aView(1).snapshot);
    mirror.expire();
    await keeper.save();
    expect(positions()).toEqual([]);
  });

  it('tells when a view cannot be written, and writes the next', async () => {
    const { storage, positions, waiting } = slowStorage();
    const { keeper, mirror, onTrouble } = setUp(storage);
    mirror.restore(aView(1).snapshot);
    const failed = keeper.save();
    waiting[0]?.fail(new Error('the disk is full'));
    await failed;
    expect(onTrouble).toHaveBeenCalledTimes(1);
    mirror.restore(aView(2).snapshot);
    keeper.saveSoon();
    await settle(1_500);
    expect(positions()).toEqual([1, 2]);
  });

  it('ends with the last view written, and writes nothing after it', async () => {
    const { storage, positions, waiting } = slowStorage();
    const { keeper, mirror } = setUp(storage);
    mirror.restore(aView(1).snapshot);
    void keeper.save();
    mirror.restore({ ...aView(2).snapshot, users: [aUser(idOf(1))] });
    keeper.saveSoon();
    const finished = keeper.finish();
    waiting[0]?.done();
    await settle();
    waiting[1]?.done();
    await finished;
    expect(positions()).toEqual([1, 2]);
    await settle(60_000);
    expect(positions()).toEqual([1, 2]);
  });
});
