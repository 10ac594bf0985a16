import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { reset } from './reset.ts';

const server = createServer({ allowHalfOpen: true });
const ends: Socket[] = [];

afterEach(async () => {
  for (const end of ends) end.destroy();
  await new Promise((resolve) => server.close(resolve));
});

async function connection(): Promise<{ near: Socket; far: Socket }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const arrived = once(server, 'connection');
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(near, 'connect');
  const [far] = (await arrived) as [Socket];
  ends.push(near, far);
  return { near, far };
}

it('resets a connection', async () => {
  const { near, far } = await connection();
  const failed = once(far, 'error');
  far.resume();
  reset(near);
  expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
});

it('closes one whose own end is just on its way', async () => {
  const { near, far } = await connection();
  const errors: unknown[] = [];
  near.on('error', (error) => errors.push(error));
  const closed = once(near, 'close');
  near.end();
  reset(near);
  await closed;
  expect(errors).toEqual([]);
  const left = once(far, 'close');
  far.on('error', () => undefined);
  far.resume().end();
  await left;
});
