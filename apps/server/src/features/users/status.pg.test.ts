import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { call, startTestServer, type TestServer } from '../../../test/server.ts';
import { toldBy } from '../../../test/told.ts';

let server: TestServer;
let ada: SignedIn;

beforeAll(async () => {
  server = await startTestServer();
  ada = await server.register('ada');
});
afterAll(() => server.close());

type StatusInput = { emoji?: string; text?: string; expiresAt?: string };
const set = (input: StatusInput) => call(server.url, ada.accessToken, 'status.set', input);
const clear = () => call(server.url, ada.accessToken, 'status.clear', {});

describe('a status', () => {
  it('is told to members when it changes, and only then', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const lunch = { emoji: '🍜', text: 'At lunch', expiresAt };
    expect(await toldBy(server.db, () => set(lunch))).toEqual([['user.updated', 'members']]);
    expect((await set(lunch)).user.status).toEqual(lunch);
    expect(await toldBy(server.db, () => set(lunch))).toEqual([]);
    expect(await toldBy(server.db, clear)).toEqual([['user.updated', 'members']]);
    expect((await clear()).user.status).toBeNull();
    expect(await toldBy(server.db, clear)).toEqual([]);
  });

  it('may stay until it is cleared', async () => {
    expect((await set({ text: 'Away' })).user.status).toEqual({
      emoji: null,
      text: 'Away',
      expiresAt: null,
    });
  });

  it('ends in the future and says something', async () => {
    const expiresAt = new Date(Date.now() - 1_000).toISOString();
    await expect(set({ text: 'Away', expiresAt })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(set({})).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('is heard of by guests in the conversations that they share', async () => {
    const guest = await server.register('gus', 'guest');
    const { accessToken } = server.owner;
    const { channel } = await call(server.url, accessToken, 'channel.create', {
      kind: 'private',
      name: 'harbour',
    });
    const userIds = [ada.user.id, guest.user.id];
    await call(server.url, accessToken, 'channel.addMembers', { channelId: channel.id, userIds });
    expect(await toldBy(server.db, () => set({ text: 'On the quay' }))).toEqual([
      ['user.updated', 'members'],
      ['member.updated', `channel:${channel.id}`],
    ]);
  });
});
