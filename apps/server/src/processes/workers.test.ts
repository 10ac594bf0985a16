import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAddressLimit } from '../commands/limits.ts';
import { createSignInCounts } from '../features/accounts/sign-in-limits.ts';
import type { WorkerProcess } from './fork.ts';
import type { Port } from './port.ts';
import { PrimaryLink } from './primary-link.ts';
import { Workers, type WorkersOptions } from './workers.ts';

const log = pino({ level: 'silent' });
const address = 'http://127.0.0.1:4100';

/** Both ends of a channel; messages arrive in a later turn, as between processes. */
function channel(): [Port, Port] {
  const ends = [new EventEmitter(), new EventEmitter()] as const;
  const port = (own: EventEmitter, other: EventEmitter): Port => ({
    send: (message, taken) => {
      setImmediate(() => {
        other.emit('message', message);
        taken?.();
      });
    },
    listen: (listener) => {
      own.on('message', listener);
      return () => own.off('message', listener);
    },
    isOpen: () => true,
  });
  return [port(ends[0], ends[1]), port(ends[1], ends[0])];
}

/** A worker that is no process: it does what `begin` says when it has been told to start. */
class TestWorker implements WorkerProcess {
  readonly pid = 1;
  readonly port: Port;
  /** Its own end. */
  readonly own: Port;
  readonly primary: PrimaryLink;
  readonly ended: Promise<string>;
  die: (how: string) => void = () => undefined;
  wasKilled = false;
  endsWhenAsked = true;
  isHanging = false;

  constructor(begin: (worker: TestWorker) => void) {
    const [port, own] = channel();
    this.port = {
      ...port,
      send: (...sent) => {
        if (!this.isHanging) port.send(...sent);
      },
    };
    this.own = own;
    this.ended = new Promise((resolve) => {
      this.die = resolve;
    });
    this.primary = new PrimaryLink(own, log, () => {
      if (this.endsWhenAsked) this.die('0');
    });
    void this.primary.given.then(() => {
      begin(this);
    });
  }

  kill(): void {
    this.wasKilled = true;
    this.die('SIGKILL');
  }
}

const serve = (worker: TestWorker) => {
  const metric = { name: 'x', help: 'x', type: 'counter', values: [{ value: 2, labels: {} }] };
  worker.primary.ready(address, () => Promise.resolve([{ ...metric, aggregator: 'sum' }]));
};

let forked: TestWorker[];
let workers: Workers;

function open(count: number, begin = serve, options: Partial<WorkersOptions> = {}): Workers {
  forked = [];
  workers = new Workers({
    count,
    given: { databaseUrl: 'postgres://parley', setupToken: 'token', signer: 'key' },
    log,
    signInCounts: createSignInCounts(),
    addressLimit: createAddressLimit(3),
    ownMetrics: () => Promise.resolve([]),
    fork: () => {
      const worker = new TestWorker(begin);
      forked.push(worker);
      return worker;
    },
    ...options,
  });
  return workers;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets messages arrive that are on their way. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await settle();
}

/** As `pass`, at a pace at which messages arrive. */
async function live(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) await pass(500);
}

describe('the processes that serve', () => {
  it('are started together, each told its number', async () => {
    await expect(open(3).start()).resolves.toBe(address);
    const given = await Promise.all(forked.map(({ primary }) => primary.given));
    expect(given.map(({ number, count }) => [number, count])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it('do not begin when one of them cannot, and say why in its words', async () => {
    const starting = open(2, (worker) => {
      if (forked.indexOf(worker) === 0) serve(worker);
      else void worker.primary.failed('Port 4100 is taken.');
    }).start();
    await expect(starting).rejects.toThrow('Port 4100 is taken.');
    const another = open(2, (worker) => {
      worker.die('1');
    }).start();
    await expect(another).rejects.toThrow('A worker process ended with 1 before it was ready.');
  });

  it('are replaced when they die, after a moment', async () => {
    await open(2).start();
    forked[1]?.die('SIGSEGV');
    await settle();
    expect(forked.length).toBe(2);
    await pass(100);
    expect(forked.length).toBe(3);
    await expect(forked[2]?.primary.given).resolves.toMatchObject({ number: 2 });
  });

  it('are replaced more and more slowly, and at last not at all', async () => {
    await open(1).start();
    const waits: number[] = [];
    const reason = workers.givenUp.then((said) => {
      waits.push(Infinity);
      return said;
    });
    for (let death = 1; death <= 8; death += 1) {
      const diedAt = performance.now();
      forked.at(-1)?.die('1');
      await settle();
      for (let step = 0; step < 600 && forked.length === death; step += 1) await pass(10);
      if (forked.length > death) waits.push(performance.now() - diedAt);
    }
    expect(waits.length).toBe(8);
    expect(waits.at(-1)).toBe(Infinity);
    expect(waits.slice(0, -1).every((wait) => wait >= 50 && wait <= 5_010)).toBe(true);
    expect(waits.at(-2)).toBeGreaterThan(1_500);
    await expect(reason).resolves.toContain('end as fast as they are replaced');
  });

  it('may die now and then for ever', async () => {
    await open(1).start();
    for (let each = 0; each < 30; each += 1) {
      forked.at(-1)?.die('1');
      await pass(20_000);
      expect(forked.length).toBe(each + 2);
    }
  });

  it('end when they are asked to, are killed when they do not, and are not replaced', async () => {
    await open(3).start();
    const [, stubborn] = forked;
    if (stubborn) stubborn.endsWhenAsked = false;
    const stopping = workers.stop();
    await pass(8_100);
    await stopping;
    expect(forked.map(({ wasKilled }) => wasKilled)).toEqual([false, true, false]);
    await pass(60_000);
    expect(forked.length).toBe(3);
  });
});

describe('a process that hangs', () => {
  /** Serves, and from then on neither hears nor says anything. */
  const hang = (worker: TestWorker) => {
    serve(worker);
    setImmediate(() => {
      worker.isHanging = true;
    });
  };

  it('is killed and replaced within half a minute, and those that answer are left alone', async () => {
    await open(3, (worker) => {
      if (forked.indexOf(worker) === 1) hang(worker);
      else serve(worker);
    }).start();
    await live(9_000);
    expect(forked.some(({ wasKilled }) => wasKilled)).toBe(false);
    await live(21_000);
    expect(forked.map(({ wasKilled }) => wasKilled)).toEqual([false, true, false, false]);
    await live(120_000);
    expect(forked.length).toBe(4);
  });

  it('is left alone when it was only busy for a while', async () => {
    await open(1, hang).start();
    const [worker] = forked;
    await live(11_000);
    if (worker) worker.isHanging = false;
    await live(120_000);
    expect(worker?.wasKilled).toBe(false);
  });
});

describe('what is counted for all processes', () => {
  const attempt = { account: 'ada', address: '192.0.2.1' };

  it('is one limit of attempts to sign in', async () => {
    await open(2).start();
    const [one, other] = forked.map(({ primary }) => primary.signInCounts);
    for (let each = 0; each < 10; each += 1) {
      const counts = each % 2 === 0 ? one : other;
      await counts?.end(await counts.begin(attempt), 'wrong');
    }
    const refused = { code: 'rate_limited', retryAfterMs: expect.any(Number) as number };
    await expect(one?.begin(attempt)).rejects.toMatchObject(refused);
    await expect(other?.begin(attempt)).rejects.toMatchObject(refused);
  });

  it('is not taken up for ever by attempts of a process that died', async () => {
    await open(2).start();
    const [one, other] = forked;
    for (let each = 0; each < 10; each += 1) await one?.primary.signInCounts.begin(attempt);
    await expect(other?.primary.signInCounts.begin(attempt)).rejects.toThrow(/Too many/);
    one?.die('SIGKILL');
    await settle();
    await expect(other?.primary.signInCounts.begin(attempt)).resolves.toBeGreaterThan(0);
  });

  it('is one limit of what an address may ask without sign-in', async () => {
    await open(3).start();
    const asked = forked.map(({ primary }) => primary.addressLimit.take('192.0.2.1'));
    await Promise.all(asked);
    const more = forked[0]?.primary.addressLimit.take('192.0.2.1');
    await expect(more).rejects.toMatchObject({ code: 'rate_limited' });
  });

  it('are the numbers for Prometheus, summed up by whichever is asked', async () => {
    await open(3).start();
    for (const { primary } of forked) await expect(primary.metrics()).resolves.toContain('x 6');
  });

  it('is refused, after some time, when the primary does not answer', async () => {
    await open(1, serve, { ownMetrics: () => new Promise(() => undefined) }).start();
    const asked = forked[0]?.primary.metrics();
    const refused = expect(asked).rejects.toMatchObject({ code: 'unavailable' });
    await pass(5_100);
    await refused;
  });
});

it('hears nothing in messages that mean nothing', async () => {
  await open(1).start();
  const [worker] = forked;
  for (const message of [null, 'x', { kind: 'stop now' }, { kind: 'question', id: 'x' }]) {
    worker?.port.send(message as object);
    worker?.own.send(message as object);
  }
  await settle();
  await expect(worker?.primary.metrics()).resolves.toContain('x 2');
});
