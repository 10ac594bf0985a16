import { expect, it } from 'vitest';
import { Bodies } from './bodies.ts';
import type { Peer } from './strangers.ts';

function sockets(count: number): { peers: Peer[]; cut: () => number[] } {
  const cut: number[] = [];
  const peers = Array.from({ length: count }, (_, index) => ({
    remoteAddress: '192.0.2.1',
    destroy: () => cut.push(index),
    once: () => undefined,
  }));
  return { peers, cut: () => cut };
}

it('cuts those that have been coming the longest once all together may hold too much', () => {
  const bodies = new Bodies(100);
  const { peers, cut } = sockets(5);
  for (const peer of peers) bodies.begin(peer, 40);
  expect(cut()).toEqual([0, 1, 2]);
});

it('gives back what a body held once it has ended, however often that is said', () => {
  const bodies = new Bodies(100);
  const { peers, cut } = sockets(20);
  for (const peer of peers) {
    const end = bodies.begin(peer, 60);
    end();
    end();
  }
  expect(cut()).toEqual([]);
  for (const peer of peers.slice(0, 2)) bodies.begin(peer, 60);
  expect(cut()).toEqual([0]);
});
