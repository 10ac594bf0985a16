import { describe, expect, it } from 'vitest';
import { createCommandLimits, networkOf } from './limits.ts';

describe('what limits count an address as', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0db8:0001::9', '2001:db8:1:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', ''],
  ])('%s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('limits on commands', () => {
  it('are for each session and each address by itself, and say when to come back', async () => {
    const limits = createCommandLimits({ perSession: 2, perAddress: 1 });
    await limits.take({ sessionId: 'one' });
    await limits.take({ sessionId: 'one' });
    const refused = { code: 'rate_limited', retryAfterMs: expect.any(Number) as number };
    await expect(limits.take({ sessionId: 'one' })).rejects.toMatchObject(refused);
    await limits.take({ sessionId: 'two' });
    await limits.take({ address: 'one' });
    await expect(limits.take({ address: 'one' })).rejects.toMatchObject(refused);
    await limits.take({ address: 'two' });
  });
});
