import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEvent } from '@parley/shared/protocol/events.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { apply } from '@parley/shared/state/apply.ts';
import { digest } from '@parley/shared/state/digest.ts';
import { fromSnapshot, type State } from '@parley/shared/state/state.ts';
import {
  connectSocketIo,
  connectSse,
  connectWebSocket,
  until,
  type TestClient,
} from '../../test/clients.ts';
import { readMetrics } from '../../test/process-world.ts';
import { call, startTestServer, type TestServer } from '../../test/server.ts';

let world: TestServer;
let ada: SignedIn;
let channelId: string;

beforeAll(async () => {
  world = await startTestServer();
  ada = await world.register('ada');
  const { channel } = await call(world.url, world.owner.accessToken, 'channel.create', {
    kind: 'private',
    name: 'ledger',
    userIds: [ada.user.id],
  });
  channelId = channel.id;
});
afterAll(() => world.close());

const bootstrap = async () =>
  fromSnapshot(await call(world.url, ada.accessToken, 'sync.bootstrap', {}));

const verify = (state: State, theirs = digest(state)) =>
  call(world.url, ada.accessToken, 'sync.verify', { position: state.position, digest: theirs });

const post = (text: string) =>
  call(world.url, world.owner.accessToken, 'message.post', {
    channelId,
    nonce: randomUUID(),
    text,
  });

/** Verifications so far, by how they came out. */
async function verifications() {
  const { value } = await readMetrics(world.url);
  const of = (result: string) => value(`parley_sync_verifications_total{result="${result}"}`);
  return { same: of('same'), repaired: of('repaired'), notCompared: of('not_compared') };
}

/** What a client holds that began with a snapshot and heard the rest. */
function followed(snapshot: State, client: TestClient): State {
  let state = snapshot;
  for (const raw of client.events()) {
    const event = parseEvent(raw);
    if (event) state = apply(state, event);
  }
  return { ...state, position: client.batches.at(-1)?.position ?? snapshot.position };
}

describe('sync.verify', () => {
  it('repairs nothing of clients that heard everything, and says so in the metrics', async () => {
    const snapshot = await bootstrap();
    const where = { epoch: snapshot.epoch, after: snapshot.position };
    const clients = await Promise.all(
      [connectSocketIo, connectWebSocket, connectSse].map((connect) =>
        connect(world.url, ada.accessToken, where),
      ),
    );
    const before = await verifications();
    const { message } = await post('hello');
    const token = ada.accessToken;
    await call(world.url, token, 'reaction.add', { messageId: message.id, emoji: '🎉' });
    await call(world.url, token, 'read.mark', { channelId, number: 1 });
    await call(world.url, token, 'account.update', { title: 'Bookkeeper' });
    const last = await call(world.url, token, 'sync.bootstrap', {});
    for (const client of clients) {
      await until(
        () => (client.batches.at(-1)?.position ?? 0) >= last.position,
        'everything has come',
      );
      expect(await verify(followed(snapshot, client))).toEqual({ ok: true, compared: true });
      client.close();
    }
    expect(await verifications()).toEqual({ ...before, same: before.same + clients.length });
  });

  it('counts a repair, which brings a fresh snapshot', async () => {
    const state = await bootstrap();
    const before = await verifications();
    const answer = await verify(state, 'something else');
    expect(answer).toMatchObject({ ok: false, compared: true });
    expect(answer.repairs && digest(fromSnapshot(answer.repairs))).toBe(digest(state));
    expect(await verifications()).toEqual({ ...before, repaired: before.repaired + 1 });
  });

  it('does not compare with a client that is behind, and counts that apart', async () => {
    const state = await bootstrap();
    await post('not heard yet');
    const before = await verifications();
    expect(await verify(state, 'anything')).toEqual({ ok: true, compared: false });
    expect(await verifications()).toEqual({ ...before, notCompared: before.notCompared + 1 });
  });
});
