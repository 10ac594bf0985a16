import { describe, expect, it, vi } from 'vitest';
import type { RefusedCertificate } from '../bridge/bridge.ts';
import { ServerNetwork, type NetworkSession } from './server-network.ts';

const origin = 'https://chat.example.com';
const refusal: RefusedCertificate = {
  host: 'chat.example.com',
  why: 'changed',
  fingerprint: 'AB',
  before: null,
  validFrom: '',
  validTo: '',
  issuer: '',
};

function world(options: { refused: RefusedCertificate | null; fails: boolean }) {
  const opened: string[] = [];
  const asked: string[] = [];
  const answered = vi.fn();
  const closeAllConnections = vi.fn(() => Promise.resolve());
  const network = new ServerNetwork(
    (name): NetworkSession => {
      opened.push(name);
      return {
        fetch: (url) => {
          asked.push(url);
          return options.fails
            ? Promise.reject(new TypeError('net::ERR_FAILED'))
            : Promise.resolve(new Response());
        },
        closeAllConnections,
      };
    },
    { refused: () => options.refused, answered },
  );
  return { network, opened, asked, answered, closeAllConnections };
}

describe('the network of main', () => {
  it('says that it was the certificate', async () => {
    const { network } = world({ refused: refusal, fails: true });
    await expect(network.fetch(`${origin}/x`, {})).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'certificate_changed',
    });
  });

  it('says nothing of certificates where something else is wrong', async () => {
    const { network, answered } = world({ refused: null, fails: true });
    await expect(network.fetch(`${origin}/x`, {})).rejects.toThrow('net::ERR_FAILED');
    expect(answered).not.toHaveBeenCalled();
  });

  it('looks at a certificate anew before the page connects', async () => {
    const refused = world({ refused: refusal, fails: true });
    expect(await refused.network.mayConnect('wss://chat.example.com/socket.io/?x')).toBe(false);
    expect(refused.closeAllConnections).toHaveBeenCalled();
    expect(refused.asked).toEqual([`${origin}/healthz`]);
    const good = world({ refused: null, fails: false });
    expect(await good.network.mayConnect('wss://chat.example.com/')).toBe(true);
    expect(good.answered).toHaveBeenCalledWith(origin);
    const away = world({ refused: null, fails: true });
    expect(await away.network.mayConnect('wss://chat.example.com/')).toBe(true);
  });

  it('begins anew after a decision', () => {
    const { network, opened } = world({ refused: null, fails: false });
    const before = opened.length;
    network.renew();
    expect(new Set(opened).size).toBe(opened.length);
    expect(opened.length).toBe(before * 2);
  });
});
