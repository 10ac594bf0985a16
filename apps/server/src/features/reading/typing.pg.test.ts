import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { connectSocketIo, until, type TestClient } from '../../../test/clients.ts';
import { Conversations, refusals } from '../../../test/conversations.ts';
import { startTestServer, type TestServer } from '../../../test/server.ts';

let server: TestServer;
let talk: Conversations;
let mia: SignedIn;
let max: SignedIn;
let zoe: SignedIn;

beforeAll(async () => {
  server = await startTestServer();
  talk = new Conversations(server);
  mia = await server.register('mia');
  max = await server.register('max');
  zoe = await server.register('zoe');
});
afterAll(() => server.close());

describe('typing.start', () => {
  it('is heard by the others in the conversation, and by nobody else', async () => {
    const { id: channelId } = await talk.channel(mia, 'public', [max]);
    const [hers, his, outside] = await Promise.all(
      [mia, max, zoe].map(({ accessToken }) => connectSocketIo(server.url, accessToken)),
    );
    if (!hers || !his || !outside) throw new Error('three clients');
    const typing = (who: SignedIn, more = {}) => ({
      type: 'typing',
      channelId,
      userId: who.user.id,
      ...more,
    });
    const heard = (client: TestClient, count: number) =>
      until(() => client.ephemeral.length >= count, 'somebody is heard typing');
    const root = await talk.post(mia, channelId, 'root');
    await hers.command('typing.start', { channelId });
    await heard(his, 1);
    await hers.command('typing.start', { channelId, threadRootId: root.id });
    await heard(his, 2);
    await his.command('typing.start', { channelId });
    await heard(hers, 1);
    expect(his.ephemeral).toEqual([typing(mia), typing(mia, { threadRootId: root.id })]);
    // Had they come at all, her own would have come before his.
    expect(hers.ephemeral).toEqual([typing(max)]);
    const other = await talk.channel(mia, 'public', [zoe]);
    await hers.command('typing.start', { channelId: other.id });
    await heard(outside, 1);
    expect(outside.ephemeral).toEqual([{ ...typing(mia), channelId: other.id }]);
    for (const client of [hers, his, outside]) client.close();
  });

  it('is for those who may post there', async () => {
    const open = await talk.channel(mia, 'public', [max]);
    const shut = await talk.channel(mia, 'private');
    const root = await talk.post(mia, open.id, 'root');
    const reply = await talk.post(mia, open.id, 'reply', { threadRootId: root.id });
    const elsewhere = await talk.post(mia, shut.id, 'elsewhere');
    await talk.ask(mia, 'channel.update', { channelId: open.id, postingPolicy: 'admins' });
    const type = (who: SignedIn, channelId: string, threadRootId?: string) =>
      talk.ask(who, 'typing.start', { channelId, ...(threadRootId && { threadRootId }) });
    await type(max, open.id, root.id);
    const attempts = [
      type(zoe, open.id),
      type(zoe, shut.id),
      type(max, open.id),
      type(max, open.id, randomUUID()),
      type(max, open.id, elsewhere.id),
      type(max, open.id, reply.id),
    ];
    expect(await refusals(attempts)).toEqual([
      'forbidden not_a_member',
      'not_found',
      'forbidden posting_policy',
      'not_found',
      'not_found',
      'conflict is_reply',
    ]);
  });
});
