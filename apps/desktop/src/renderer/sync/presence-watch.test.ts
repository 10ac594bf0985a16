import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CommandOutput } from '@parley/shared/protocol/commands.ts';
import { idOf } from '../../../../../packages/shared/test/entities.ts';
import { PresenceWatch } from './presence-watch.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
const [ada, bob, eve] = [idOf(1), idOf(2), idOf(3)];
type Output = CommandOutput<'presence.watch'>;

function setUp() {
  const asked: string[][] = [];
  const waiting: { resolve: (output: Output) => void; reject: (error: Error) => void }[] = [];
  const onPresences = vi.fn();
  const onTrouble = vi.fn();
  const watch = new PresenceWatch({
    watch: (userIds) => {
      asked.push(userIds);
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    onPresences,
    onTrouble,
  });
  watch.setOnline(true);
  return { watch, asked, waiting, onPresences, onTrouble };
}

const active = (userId: string): Output => ({ presences: [{ userId, presence: 'active' }] });

describe('a watch of presences', () => {
  it('says once, after a burst, who is on screen: each person once', async () => {
    const { watch, asked } = setUp();
    watch.add([bob, ada]);
    await settle(299);
    const end = watch.add([eve, ada]);
    await settle(299);
    expect(asked).toEqual([]);
    await settle(1);
    expect(asked).toEqual([[ada, bob, eve]]);
    end();
    end();
    await settle(300);
    expect(asked.at(-1)).toEqual([ada, bob]);
  });

  it('says nothing anew when the same people are on screen as before', async () => {
    const { watch, asked } = setUp();
    const end = watch.add([ada, bob]);
    await settle(300);
    watch.add([bob, ada]);
    end();
    await settle(300);
    expect(asked).toEqual([[ada, bob]]);
  });

  it('keeps the list as it was when it was given', async () => {
    const { watch, asked } = setUp();
    const list = [ada];
    watch.add(list);
    list.push(bob);
    await settle(300);
    expect(asked).toEqual([[ada]]);
  });

  it('asks for no more than the server allows', async () => {
    const { watch, asked } = setUp();
    watch.add(Array.from({ length: 600 }, (_, n) => idOf(n + 1)));
    await settle(300);
    expect(asked[0]?.length).toBe(500);
  });

  it('says it again on every connection, and nothing without one', async () => {
    const { watch, asked } = setUp();
    watch.setOnline(false);
    watch.add([ada]);
    await settle(60_000);
    expect(asked).toEqual([]);
    watch.setOnline(true);
    await settle(300);
    watch.setOnline(false);
    watch.setOnline(true);
    await settle(300);
    expect(asked).toEqual([[ada], [ada]]);
  });

  it('passes on the answer to what it said last, and no older one', async () => {
    const { watch, waiting, onPresences } = setUp();
    watch.add([ada]);
    await settle(300);
    watch.add([bob]);
    await settle(300);
    const [first, second] = waiting;
    second?.resolve(active(bob));
    first?.resolve(active(ada));
    await settle();
    expect(onPresences.mock.calls).toEqual([[active(bob).presences]]);
  });

  it('tells of a failure, and says the same again the next time', async () => {
    const { watch, asked, waiting, onPresences, onTrouble } = setUp();
    watch.add([ada]);
    await settle(300);
    waiting[0]?.reject(new Error('no'));
    await settle();
    expect(onTrouble).toHaveBeenCalledTimes(1);
    watch.add([ada]);
    await settle(300);
    expect(asked).toEqual([[ada], [ada]]);
    waiting[1]?.resolve(active(ada));
    await settle();
    expect(onPresences).toHaveBeenCalledTimes(1);
  });

  it('ends with the client', async () => {
    const { watch, asked } = setUp();
    watch.add([ada]);
    watch.stop();
    watch.add([bob]);
    await settle(60_000);
    expect(asked).toEqual([]);
  });
});
