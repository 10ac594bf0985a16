import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { idOf } from '../../../../../packages/shared/test/entities.ts';
import { channels, OutboxWorld } from '../../../test/outbox-world.ts';
import { storageTakesMs } from '../../../test/slow-outbox-storage.ts';

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
const [channelId] = channels;

/** An outbox that is online and has read its storage. */
async function online(): Promise<OutboxWorld> {
  const world = new OutboxWorld();
  await settle(storageTakesMs);
  world.goOnline();
  return world;
}

/** What waits, each with its state. */
const shown = (world: OutboxWorld) => world.pending().map(({ text, state }) => `${text} ${state}`);

describe('an outbox', () => {
  it('shows a message at once, sends it once it is stored, and lets it go once it is posted', async () => {
    const world = await online();
    world.write(channelId);
    expect(shown(world)).toEqual(['text 1 sending']);
    expect(world.waiting).toEqual([]);
    await settle(storageTakesMs);
    expect(world.waiting.length).toBe(1);
    expect(world.outbox.holdsNothing).toBe(false);
    expect(world.outbox.isEmpty).toBe(false);
    world.answer(0, 'done');
    await settle();
    expect(shown(world)).toEqual([]);
    expect(world.outbox.holdsNothing).toBe(true);
    expect(world.outbox.isEmpty).toBe(true);
    await settle(storageTakesMs);
    expect(world.durable.size).toBe(0);
  });

  it('keeps threads apart from their channel, and in one line with it', async () => {
    const world = await online();
    world.write(channelId);
    world.write(channelId, idOf(1));
    world.write(channels[1]);
    await settle(storageTakesMs);
    expect(world.outbox.pending(channelId, null).map(({ text }) => text)).toEqual(['text 1']);
    expect(world.outbox.pending(channelId, idOf(1)).map(({ text }) => text)).toEqual(['text 2']);
    expect(world.waiting.map(({ input }) => input.text)).toEqual(['text 1', 'text 3']);
  });

  it('waits as long as the server asks and a little longer each time, whatever is written meanwhile', async () => {
    const world = await online();
    world.write(channelId);
    await settle(storageTakesMs);
    for (const waitMs of [5_500, 6_000, 7_000]) {
      world.answer(0, 'rate_limited', 5_000);
      await settle();
      world.write(channelId);
      await settle(waitMs - 1);
      expect(world.waiting).toEqual([]);
      await settle(1);
      expect(world.waiting.map(({ input }) => input.text)).toEqual(['text 1']);
    }
  });

  it('says how often a message was sent, and of those behind it that they were not', async () => {
    const world = await online();
    const attempts = () => world.pending().map(({ state, attempts: n }) => `${state} ${n}`);
    world.write(channelId);
    world.write(channelId);
    await settle(storageTakesMs);
    expect(attempts()).toEqual(['sending 1', 'queued 0']);
    world.answer(0, 'unavailable');
    await settle();
    expect(attempts()).toEqual(['queued 1', 'queued 0']);
    await settle(10_000);
    expect(attempts()).toEqual(['sending 2', 'queued 0']);
    world.answer(0, 'forbidden');
    await settle(storageTakesMs);
    const [failed] = world.pending();
    expect(attempts()).toEqual(['failed 2', 'sending 1']);
    const stored = [...world.durable.values()].flatMap((item) => Object.keys(item));
    expect(stored).toContain('failure');
    expect(stored).not.toContain('attempts');
    void world.outbox.retry(failed?.nonce ?? '');
    world.answer(0, 'done');
    await settle(storageTakesMs);
    expect(attempts()).toEqual(['sending 3']);
  });

  it('tries at once when the connection is back', async () => {
    const world = await online();
    world.write(channelId);
    await settle(storageTakesMs);
    world.goOffline(false);
    await settle(60_000);
    expect(world.waiting).toEqual([]);
    world.goOnline();
    expect(world.waiting.length).toBe(1);
    world.answer(0, 'rate_limited', 60_000);
    await settle();
    world.goOffline(false);
    world.goOnline();
    expect(world.waiting.length).toBe(1);
  });

  it('lets the others through when one is refused, and says why it was', async () => {
    const world = await online();
    world.write(channelId);
    world.write(channelId);
    await settle(storageTakesMs);
    world.answer(0, 'forbidden');
    await settle(storageTakesMs);
    expect(shown(world)).toEqual(['text 1 failed', 'text 2 sending']);
    expect(world.pending()[0]?.failure).toEqual({ code: 'forbidden' });
    world.answer(0, 'done');
    await settle(storageTakesMs);
    await world.crash(false);
    await settle(storageTakesMs);
    expect(shown(world)).toEqual(['text 1 failed']);
  });

  it.each([
    ['forbidden', 'the same attempt'],
    ['conflict', 'a new one'],
  ] as const)('sends what was refused as %s again as %s', async (code, attempt) => {
    const world = await online();
    world.write(channelId);
    await settle(storageTakesMs);
    world.answer(0, code);
    await settle(storageTakesMs);
    const before = world.pending()[0]?.nonce ?? '';
    const retried = world.outbox.retry(before);
    expect(await world.outbox.retry(before)).toBeNull();
    expect(world.waiting).toEqual([]);
    await settle(storageTakesMs);
    const after = await retried;
    expect(after === before).toBe(attempt === 'the same attempt');
    expect(world.waiting.map(({ input }) => input.nonce)).toEqual([after]);
    expect([...world.durable.keys()]).toEqual([after]);
  });

  it('forgets what is discarded, and refuses to discard what is under way', async () => {
    const world = await online();
    world.write(channelId);
    world.write(channelId);
    await settle(storageTakesMs);
    const [first, second] = world.pending().map(({ nonce }) => nonce);
    expect(await world.outbox.discard(first ?? '')).toBeNull();
    const discarded = world.outbox.discard(second ?? '');
    world.answer(0, 'done');
    await settle(storageTakesMs);
    expect(await discarded).toMatchObject({ text: 'text 2', failure: null });
    expect(world.waiting).toEqual([]);
    expect(shown(world)).toEqual([]);
  });

  it('keeps what it cannot take out of storage, from where the next run would send it', async () => {
    const world = await online();
    world.outbox.setOnline(false);
    world.write(channelId);
    await settle(storageTakesMs);
    world.storage.isBroken = true;
    const discarded = world.outbox.discard(world.pending()[0]?.nonce ?? '');
    await settle(storageTakesMs);
    expect(await discarded).toBeNull();
    expect(shown(world)).toEqual(['text 1 queued']);
    expect(world.troubles).toEqual(['a message could not be taken out of storage']);
  });

  it('does not bring back what the server is heard to have while it is discarded in vain', async () => {
    const world = await online();
    world.write(channelId);
    await settle(storageTakesMs);
    world.answer(0, 'lost');
    await settle();
    world.storage.isBroken = true;
    world.discard(0);
    world.hear(0);
    await settle(storageTakesMs);
    expect(shown(world)).toEqual([]);
  });

  it('rejects what it cannot store, and sends what was written after it', async () => {
    const world = await online();
    world.storage.isBroken = true;
    const refused = world.outbox.add({ channelId, text: 'too much', alsoToChannel: false });
    world.write(channelId);
    await Promise.all([
      expect(refused).rejects.toThrow('the disk is full'),
      settle(storageTakesMs),
    ]);
    expect(world.waiting.map(({ input }) => input.text)).toEqual(['text 1']);
    expect(shown(world)).toEqual(['text 1 sending']);
  });

  it('leaves what fails again to be stored as failed', async () => {
    const world = await online();
    world.write(channelId);
    await settle(storageTakesMs);
    world.answer(0, 'conflict');
    await settle(storageTakesMs);
    const nonce = world.pending()[0]?.nonce ?? '';
    world.storage.isBroken = true;
    const retried = world.outbox.retry(nonce);
    await settle(storageTakesMs);
    expect(await retried).toBeNull();
    expect(world.waiting).toEqual([]);
    expect(world.pending()).toMatchObject([{ nonce, state: 'failed' }]);
  });

  it('puts what is written while the storage is read after what is read from it', async () => {
    const world = await online();
    world.outbox.setOnline(false);
    world.write(channelId);
    await settle(storageTakesMs);
    await world.crash(false);
    world.write(channelId);
    expect(shown(world)).toEqual(['text 2 sending']);
    await settle(storageTakesMs);
    expect(shown(world)).toEqual(['text 1 queued', 'text 2 queued']);
  });

  it('holds up what was written later while a message is being stored', async () => {
    const world = await online();
    world.storage.takesMs = 100;
    world.write(channelId);
    world.storage.takesMs = storageTakesMs;
    world.write(channelId);
    await settle(99);
    expect(shown(world)).toEqual(['text 1 sending', 'text 2 queued']);
    expect(world.waiting).toEqual([]);
    await settle(1);
    expect(world.waiting.map(({ input }) => input.text)).toEqual(['text 1']);
  });

  it('takes over what another tab left, before what it has of its own', async () => {
    const world = await online();
    world.outbox.setOnline(false);
    world.write(channelId);
    await settle(storageTakesMs);
    const [mine] = world.durable.values();
    if (!mine) throw new Error('it was not stored');
    const left = { ...mine, nonce: idOf(99), text: 'left', sequence: mine.sequence + 1 };
    world.durable.set(left.nonce, left);
    void world.outbox.load();
    await settle(storageTakesMs);
    expect(shown(world)).toEqual(['left queued', 'text 1 queued']);
  });

  it('sends nothing after it was stopped', async () => {
    const world = await online();
    world.write(channelId);
    await settle(storageTakesMs);
    world.outbox.stop();
    world.answer(0, 'unavailable');
    await settle(60_000);
    world.write(channels[1]);
    await settle(60_000);
    expect(world.waiting).toEqual([]);
  });
});
