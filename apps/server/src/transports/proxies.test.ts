import { describe, expect, it } from 'vitest';
import { Proxies } from './proxies.ts';

const client = (proxies: Proxies, remoteAddress: string | undefined, forwarded?: string) =>
  proxies.clientOf({
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    socket: { remoteAddress },
  });

describe('who asks', () => {
  const ours = new Proxies(['127.0.0.1', '10.1.0.0/16', 'fd00:1::/32']);

  it.each([
    ['no proxy said anything', '10.1.0.7', undefined, '10.1.0.7'],
    ['one of ours was asked', '10.1.0.7', '203.0.113.9', '203.0.113.9'],
    ['it came over two of ours', '127.0.0.1', '203.0.113.9, 10.1.0.7', '203.0.113.9'],
    ['somebody put words before', '10.1.0.7', '198.51.100.1, 203.0.113.9', '203.0.113.9'],
    ['a proxy of others was between', '10.1.0.7', '198.51.100.1, 10.2.0.1', '10.2.0.1'],
    ['ours ask for themselves', '127.0.0.1', '10.1.0.9', '10.1.0.9'],
    ['IPv4 came over IPv6', '::ffff:10.1.0.7', '203.0.113.9', '203.0.113.9'],
    ['IPv6 came over IPv6', 'fd00:1::7', '2001:db8::9', '2001:db8::9'],
    ['the port is there', '10.1.0.7', '203.0.113.9:4711', '203.0.113.9'],
    ['the port of IPv6 is there', '10.1.0.7', '[2001:db8::9]:4711', '2001:db8::9'],
    ['what was said is no address', '10.1.0.7', '203.0.113.9, unknown', '10.1.0.7'],
    ['nothing was said', '10.1.0.7', ' , ', '10.1.0.7'],
    ['the socket is gone', undefined, '203.0.113.9', ''],
  ])('where %s', (_where, remote, forwarded, expected) => {
    expect(client(ours, remote, forwarded)).toBe(expected);
  });

  it('is never who somebody says that is no proxy of ours', () => {
    expect(client(ours, '203.0.113.9', '198.51.100.1')).toBe('203.0.113.9');
    expect(client(ours, '10.2.0.1', '198.51.100.1')).toBe('10.2.0.1');
    expect(client(new Proxies([]), '127.0.0.1', '198.51.100.1')).toBe('127.0.0.1');
  });
});

it('refuses what is no network', () => {
  expect(() => new Proxies(['nginx'])).toThrow();
  expect(() => new Proxies(['10.0.0.0/33'])).toThrow();
});
