import { randomUUID } from 'node:crypto';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { connectSocketIo, type TestClient } from '../clients.ts';

const tickMs = 20;
/** Answers that a poster waits for at most; beyond that it leaves out its turn. */
const maxWaiting = 30;

/** People who talk, type and come and go in one conversation, at a steady rate. */
export type Load = {
  /** Messages that have been acknowledged so far. */
  posted(): number;
  /** Stops and resolves to the messages a second that were acknowledged. */
  stop(): Promise<number>;
};

/** Each person posts fifty messages a second, as long as the server keeps up. */
export async function startLoad(url: string, people: SignedIn[], channelId: string): Promise<Load> {
  const clients = await Promise.all(people.map((each) => connectSocketIo(url, each.accessToken)));
  let posted = 0;
  let failed = 0;
  const start = performance.now();
  const speak = (client: TestClient) => {
    let waiting = 0;
    let turn = 0;
    return () => {
      turn += 1;
      if (turn % 5 === 0) client.command('typing.start', { channelId }).catch(() => undefined);
      if (turn % 10 === 0) {
        const presence = turn % 20 === 0 ? 'active' : 'away';
        client.command('presence.set', { presence }).catch(() => undefined);
      }
      if (waiting >= maxWaiting) return;
      waiting += 1;
      client
        .command('message.post', { channelId, nonce: randomUUID(), text: `turn ${turn}` })
        .then(
          ({ ok }) => (ok ? (posted += 1) : (failed += 1)),
          () => (failed += 1),
        )
        .finally(() => (waiting -= 1));
    };
  };
  const timers = clients.map((client) => setInterval(speak(client), tickMs));
  return {
    posted: () => posted,
    stop: () => {
      for (const timer of timers) clearInterval(timer);
      for (const client of clients) client.close();
      if (failed > 0) return Promise.reject(new Error(`${failed} messages were refused`));
      return Promise.resolve(posted / ((performance.now() - start) / 1000));
    },
  };
}
