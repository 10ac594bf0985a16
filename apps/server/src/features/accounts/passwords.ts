import { hash, verify } from '@node-rs/argon2';
import { ParleyError } from '@parley/shared/protocol/errors.ts';

/** OWASP's second recommendation for argon2id: 19 MiB, two passes, one lane. The library's default is argon2id. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashes at a time on this machine: each takes 19 MiB and a thread of the pool. */
const maxOnMachine = 4;
const maxWaiting = 200;

export type Passwords = {
  hash(password: string): Promise<string>;
  verify(stored: string | null, password: string): Promise<boolean>;
};

export type Queue = <T>(task: () => Promise<T>) => Promise<T>;

/** Runs at most `maxRunning` tasks at a time, in their order; rejects with `unavailable` when too many wait. */
export function createQueue(limits: { maxRunning: number; maxWaiting: number }): Queue {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running < limits.maxRunning) running += 1;
    else {
      if (waiting.length >= limits.maxWaiting) {
        throw new ParleyError('unavailable', 'Too many people sign in at this moment.', {
          retryAfterMs: 2_000,
        });
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      // Whoever waited takes the slot over: were it free for a moment, a newcomer could take it as well.
      if (next) next();
      else running -= 1;
    }
  };
}

/** Password hashing with argon2id, in one of so many processes. */
export async function createPasswords(processes = 1): Promise<Passwords> {
  const maxRunning = Math.max(1, Math.floor(maxOnMachine / processes));
  const queued = createQueue({ maxRunning, maxWaiting });
  // What a password is compared with when there is no account, so that the answer takes as long.
  const nobody = await hash('nobody has this password', cost);
  return {
    hash: (password) => queued(() => hash(password, cost)),
    verify: (stored, password) =>
      queued(async () => {
        const matches = await verify(stored ?? nobody, password);
        return matches && stored !== null;
      }),
  };
}
