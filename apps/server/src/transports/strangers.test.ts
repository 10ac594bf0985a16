import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Proxies } from './proxies.ts';
import { Strangers } from './strangers.ts';

/** As much of a socket as is looked at. */
class FakeSocket extends EventEmitter {
  readonly remoteAddress: string;
  isCut = false;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    this.isCut = true;
    this.emit('close');
  }
}

function meet(strangers: Strangers, address: string, count: number): FakeSocket[] {
  return Array.from({ length: count }, () => {
    const socket = new FakeSocket(address);
    strangers.meet(socket);
    return socket;
  });
}

const cutOf = (sockets: FakeSocket[]) => sockets.map(({ isCut }) => isCut);

describe('Strangers', () => {
  it('takes the addresses of one network for one', () => {
    const strangers = new Strangers({ perAddress: 2, total: 100 });
    const sockets = [1, 2, 3, 4].flatMap((n) => meet(strangers, `2001:db8:0:1::${n}`, 1));
    const elsewhere = meet(strangers, '2001:db8:0:2::1', 2);
    expect(cutOf(sockets)).toEqual([true, true, false, false]);
    expect(cutOf(elsewhere)).toEqual([false, false]);
  });

  it('cuts the oldest of an address that has too many', () => {
    const strangers = new Strangers({ perAddress: 2, total: 100 });
    const elsewhere = meet(strangers, '192.0.2.1', 2);
    const sockets = meet(strangers, '192.0.2.2', 4);
    expect(cutOf(sockets)).toEqual([true, true, false, false]);
    expect(cutOf(elsewhere)).toEqual([false, false]);
    expect(strangers.count).toBe(4);
  });

  it('does not take a proxy for one of those for whom it asks', () => {
    const strangers = new Strangers({ perAddress: 2, total: 5 }, new Proxies(['192.0.2.1']));
    const sockets = meet(strangers, '192.0.2.1', 5);
    expect(cutOf(sockets)).toEqual([false, false, false, false, false]);
    meet(strangers, '::ffff:192.0.2.1', 1);
    expect(cutOf(sockets)).toEqual([true, false, false, false, false]);
  });

  it('cuts the oldest of all when there are too many in all', () => {
    const strangers = new Strangers({ perAddress: 2, total: 3 });
    const first = meet(strangers, '192.0.2.1', 2);
    const second = meet(strangers, '192.0.2.2', 2);
    expect(cutOf([...first, ...second])).toEqual([true, false, false, false]);
    expect(strangers.count).toBe(3);
  });

  it('leaves alone those who signed in, and forgets those who left', () => {
    const strangers = new Strangers({ perAddress: 2, total: 3 });
    const [known, gone] = meet(strangers, '192.0.2.1', 2);
    if (known) strangers.know(known);
    gone?.emit('close');
    expect(strangers.count).toBe(0);
    const more = meet(strangers, '192.0.2.1', 3);
    expect(cutOf(more)).toEqual([true, false, false]);
    expect(known?.isCut).toBe(false);
  });
});
