import { expect, it } from 'vitest';
import { createInProcessBus } from '../bus/in-process.ts';
import { connectSocketIo } from '../../test/clients.ts';
import { call, startTestServer } from '../../test/server.ts';

it('takes a revoked session no further than the event that ended it', async () => {
  // Without hints the node reads what follows on the revocation together with it.
  const world = await startTestServer({
    bus: { ...createInProcessBus(), publish: () => undefined },
  });
  const { url, owner } = world;
  const ada = await world.register('ada');
  const { position } = await call(url, owner.accessToken, 'sync.bootstrap', {});
  const client = await connectSocketIo(url, ada.accessToken, { after: position });
  await Promise.all([
    call(url, ada.accessToken, 'session.end', {}),
    ...['Mate', 'Captain'].map((title) =>
      call(url, owner.accessToken, 'account.update', { title }),
    ),
  ]);
  await client.closed;
  const last = client.batches.at(-1);
  const end = last?.events.at(-1);
  expect(end?.type).toBe('session.revoked');
  expect(last?.position).toBe(end?.position);
  await world.close();
});
