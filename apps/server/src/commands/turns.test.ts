import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

/** Starts tasks that end when they are told to, and notes the order in which they began. */
function tasks(turns: Turns) {
  const began: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    began,
    start: (party: string, name: string) =>
      turns.run(party, () => {
        began.push(name);
        return new Promise<void>((resolve) => ends.set(name, resolve));
      }),
    end: async (name: string) => {
      ends.get(name)?.();
      // Past the turns of the microtask queue.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe('Turns', () => {
  it('lets so many run at a time, in their order', async () => {
    const { began, start, end } = tasks(new Turns({ running: 2, runningOfOne: 2 }));
    const all = ['a1', 'a2', 'a3', 'a4'].map((name) => start('a', name));
    await end('none');
    expect(began).toEqual(['a1', 'a2']);
    await end('a2');
    expect(began).toEqual(['a1', 'a2', 'a3']);
    await end('a1');
    await end('a3');
    await end('a4');
    await Promise.all(all);
  });

  it('lets one party hold only a part, and the others take turns with it', async () => {
    const { began, start, end } = tasks(new Turns({ running: 2, runningOfOne: 1 }));
    const all = ['a1', 'a2', 'a3'].map((name) => start('a', name));
    all.push(start('b', 'b1'), start('c', 'c1'), start('b', 'b2'));
    await end('none');
    expect(began).toEqual(['a1', 'b1']);
    await end('a1');
    expect(began).toEqual(['a1', 'b1', 'a2']);
    await end('a2');
    expect(began).toEqual(['a1', 'b1', 'a2', 'c1']);
    await end('b1');
    await end('c1');
    for (const name of ['a3', 'b2']) await end(name);
    await Promise.all(all);
    expect([...began].sort()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'c1']);
  });

  it('refuses more than may wait, and goes on after a failure', async () => {
    const turns = new Turns({ running: 1, runningOfOne: 1, waitingOfOne: 1 });
    const { start, end } = tasks(turns);
    const first = start('a', 'a1');
    const failing = turns.run('a', () => Promise.reject(new Error('no')));
    failing.catch(() => undefined);
    await expect(start('a', 'a3')).rejects.toMatchObject({ code: 'rate_limited' });
    await end('a1');
    await first;
    await expect(failing).rejects.toThrow('no');
    await expect(turns.run('a', () => Promise.resolve(7))).resolves.toBe(7);
  });
});
