import { describe, expect, it } from 'vitest';
import { createPasswords, createQueue } from './passwords.ts';

/** Tasks that run until they are let go, and how many ran at once. */
function heldTasks() {
  const held: (() => void)[] = [];
  const seen = { running: 0, most: 0 };
  const task = async () => {
    seen.running += 1;
    seen.most = Math.max(seen.most, seen.running);
    await new Promise<void>((resolve) => held.push(resolve));
    seen.running -= 1;
  };
  return { task, seen, release: () => held.shift()?.() };
}

describe('createQueue', () => {
  it('never runs more than it may, even when a newcomer meets a slot that falls free', async () => {
    const queued = createQueue({ maxRunning: 2, maxWaiting: 50 });
    const { task, seen, release } = heldTasks();
    const all = Array.from({ length: 8 }, () => queued(task));
    let left = 40;
    // Between a slot's release and the start of who waited for it there are turns for newcomers.
    while (seen.running > 0) {
      release();
      for (let turn = 0; turn < 6; turn += 1) {
        if (left > 0) all.push(queued(task));
        left -= 1;
        await Promise.resolve();
      }
    }
    await Promise.all(all);
    expect(seen.most).toBe(2);
  });

  it('refuses when too many wait, and takes new tasks when they are through', async () => {
    const queued = createQueue({ maxRunning: 1, maxWaiting: 2 });
    const { task, release } = heldTasks();
    const accepted = [queued(task), queued(task), queued(task)];
    await expect(queued(task)).rejects.toMatchObject({ code: 'unavailable', retryAfterMs: 2_000 });
    for (const each of accepted) {
      release();
      await each;
    }
    await expect(queued(() => Promise.resolve('done'))).resolves.toBe('done');
  });

  it('goes on after a task that failed', async () => {
    const queued = createQueue({ maxRunning: 1, maxWaiting: 1 });
    const failing = queued(() => Promise.reject(new Error('no memory')));
    const next = queued(() => Promise.resolve('done'));
    await expect(failing).rejects.toThrow('no memory');
    await expect(next).resolves.toBe('done');
  });
});

describe('createPasswords', () => {
  it('hashes with argon2id at the documented cost, with a salt for each', async () => {
    const passwords = await createPasswords();
    const first = await passwords.hash('correct horse');
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await passwords.hash('correct horse')).not.toBe(first);
    expect(await passwords.verify(first, 'correct horse')).toBe(true);
    expect(await passwords.verify(first, 'Correct horse')).toBe(false);
  });

  it('matches nothing where there is no account', async () => {
    const passwords = await createPasswords();
    expect(await passwords.verify(null, 'nobody has this password')).toBe(false);
  });
});
