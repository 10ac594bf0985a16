import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SignInLimits } from './identity.ts';
import { createSignInCounts, createSignInLimits } from './sign-in-limits.ts';

const right = () => Promise.resolve(true);
const wrong = () => Promise.resolve(false);
const minute = 60_000;

async function failTimes(limits: SignInLimits, times: number, account: string, address: string) {
  for (let each = 0; each < times; each += 1) {
    expect(await limits.guard({ account, address }, wrong)).toBe(false);
  }
}

afterEach(() => {
  vi.useRealTimers();
});

describe('limits on guessing passwords', () => {
  it('refuse an address that failed ten times on an account, even with the right password', async () => {
    const limits = createSignInLimits();
    await failTimes(limits, 10, 'ada', '192.0.2.1');
    const verify = vi.fn(right);
    await expect(
      limits.guard({ account: 'ada', address: '192.0.2.1' }, verify),
    ).rejects.toMatchObject({ code: 'rate_limited' });
    expect(verify).not.toHaveBeenCalled();
    expect(await limits.guard({ account: 'ada', address: '192.0.2.2' }, right)).toBe(true);
    expect(await limits.guard({ account: 'bob', address: '192.0.2.1' }, right)).toBe(true);
  });

  it('say when to come back, and let in again after a quarter of an hour', async () => {
    vi.useFakeTimers();
    const limits = createSignInLimits();
    const attempt = { account: 'ada', address: '192.0.2.1' };
    await failTimes(limits, 10, attempt.account, attempt.address);
    vi.advanceTimersByTime(5 * minute);
    await expect(limits.guard(attempt, right)).rejects.toMatchObject({
      retryAfterMs: 10 * minute,
    });
    vi.advanceTimersByTime(10 * minute);
    expect(await limits.guard(attempt, right)).toBe(true);
  });

  it('begin anew after a success', async () => {
    const limits = createSignInLimits();
    await failTimes(limits, 9, 'ada', '192.0.2.1');
    expect(await limits.guard({ account: 'ada', address: '192.0.2.1' }, right)).toBe(true);
    await failTimes(limits, 10, 'ada', '192.0.2.1');
  });

  it('refuse an address that failed a hundred times on many accounts', async () => {
    const limits = createSignInLimits();
    for (let account = 0; account < 20; account += 1) {
      await failTimes(limits, 5, `person-${account}`, '192.0.2.1');
    }
    await expect(
      limits.guard({ account: 'ada', address: '192.0.2.1' }, right),
    ).rejects.toMatchObject({ code: 'rate_limited' });
    expect(await limits.guard({ account: 'ada', address: '192.0.2.2' }, right)).toBe(true);
  });

  it('refuse strangers who together failed fifty times, but nobody who signed in from there', async () => {
    const limits = createSignInLimits();
    const home = { account: 'ada', address: '198.51.100.7' };
    expect(await limits.guard(home, right)).toBe(true);
    for (let stranger = 0; stranger < 10; stranger += 1) {
      await failTimes(limits, 5, 'ada', `192.0.2.${stranger}`);
    }
    await expect(
      limits.guard({ account: 'ada', address: '192.0.2.200' }, right),
    ).rejects.toMatchObject({ code: 'rate_limited' });
    await failTimes(limits, 3, 'ada', home.address);
    expect(await limits.guard(home, right)).toBe(true);
  });

  it('count no strangers against somebody whose device was recognised at the address', async () => {
    const limits = createSignInLimits(createSignInCounts({ perAccount: 2 }));
    await failTimes(limits, 1, 'ada', '192.0.2.1');
    await failTimes(limits, 1, 'ada', '192.0.2.2');
    const home = { account: 'ada', address: '198.51.100.1' };
    await expect(limits.guard(home, right)).rejects.toMatchObject({ code: 'rate_limited' });
    limits.vouch(home);
    expect(await limits.guard(home, right)).toBe(true);
  });

  it('are not passed by guessing in parallel', async () => {
    const limits = createSignInLimits();
    const verify = vi.fn(wrong);
    const attempts = Array.from({ length: 40 }, () =>
      limits.guard({ account: 'ada', address: '192.0.2.1' }, verify),
    );
    const outcomes = await Promise.allSettled(attempts);
    expect(verify).toHaveBeenCalledTimes(10);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  });

  it('ask for a second only where attempts that run are in the way', async () => {
    const limits = createSignInLimits(createSignInCounts({ perPair: 1 }));
    const attempt = { account: 'ada', address: '192.0.2.1' };
    const outcomes = await Promise.allSettled([
      limits.guard(attempt, right),
      limits.guard(attempt, right),
    ]);
    expect(outcomes).toMatchObject([
      { status: 'fulfilled', value: true },
      { status: 'rejected', reason: { code: 'rate_limited', retryAfterMs: 1_000 } },
    ]);
    expect(await limits.guard(attempt, right)).toBe(true);
  });

  it('count nothing when the password could not be checked', async () => {
    const limits = createSignInLimits(createSignInCounts({ perPair: 1 }));
    const attempt = { account: 'ada', address: '192.0.2.1' };
    for (let each = 0; each < 3; each += 1) {
      await expect(
        limits.guard(attempt, () => Promise.reject(new Error('too busy'))),
      ).rejects.toThrow('too busy');
    }
    expect(await limits.guard(attempt, right)).toBe(true);
  });

  it('remember so many addresses of accounts, those used last', async () => {
    const limits = createSignInLimits(createSignInCounts({ perAccount: 1, maxKnownPairs: 2 }));
    const from = (address: string) => limits.guard({ account: 'ada', address }, right);
    for (const address of ['a', 'b', 'a', 'c']) await from(address);
    await failTimes(limits, 1, 'ada', 'stranger');
    expect(await from('a')).toBe(true);
    expect(await from('c')).toBe(true);
    await expect(from('b')).rejects.toMatchObject({ code: 'rate_limited' });
  });
});
