import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { carriesEmail, Conversations, headings, refusals } from '../../../test/conversations.ts';
import { startTestServer, type TestServer } from '../../../test/server.ts';

let server: TestServer;
let talk: Conversations;
let mia: SignedIn;
let max: SignedIn;
let zoe: SignedIn;
let guest: SignedIn;

beforeAll(async () => {
  server = await startTestServer();
  talk = new Conversations(server);
  mia = await server.register('mia');
  max = await server.register('max');
  zoe = await server.register('zoe');
  guest = await server.register('gil', 'guest');
});
afterAll(() => server.close());

const ids = (people: SignedIn[]) => people.map(({ user }) => user.id);
const open = (who: SignedIn, userIds: string[]) => talk.ask(who, 'channel.openDirect', { userIds });

describe('channel.openDirect', () => {
  it('makes a conversation of two for both, and tells nobody else', async () => {
    const { output, told } = await talk.telling(() => open(mia, ids([max])));
    const { channel, membership } = output;
    const people = ids([mia, max]).sort();
    expect(channel).toMatchObject({ kind: 'direct', name: '', directUserIds: people });
    expect(channel.memberCount).toBe(2);
    expect(membership).toMatchObject({ userId: mia.user.id, role: 'member' });
    expect(headings(told)).toEqual([
      ['membership.added', `user:${mia.user.id}`],
      ['membership.added', `user:${max.user.id}`],
      ['member.joined', `channel:${channel.id}`],
      ['member.joined', `channel:${channel.id}`],
      ['channel.created', `channel:${channel.id}`],
    ]);
    expect(carriesEmail(told)).toBe(false);
    expect(await talk.ask(max, 'channel.get', { channelId: channel.id })).toMatchObject({
      channel: { directUserIds: people },
      membership: { role: 'member' },
    });
  });

  it('gives the same people the same one, whoever asks, in whatever order, also at once', async () => {
    const attempts = await Promise.all([
      open(mia, ids([max, zoe])),
      open(max, ids([zoe, mia])),
      open(zoe, ids([max, mia, max, zoe])),
    ]);
    expect(new Set(attempts.map(({ channel }) => channel.id)).size).toBe(1);
    expect(attempts.map(({ channel }) => channel.kind)).toEqual(['group', 'group', 'group']);
    expect(attempts.map(({ membership }) => membership.userId)).toEqual(ids([mia, max, zoe]));
    const again = await talk.telling(() => open(zoe, ids([mia, max])));
    expect(again.told).toEqual([]);
    const two = await open(mia, ids([max]));
    expect(two.channel.id).not.toBe(again.output.channel.id);
  });

  it('needs somebody else, who exists', async () => {
    const attempts = [open(mia, ids([mia, mia])), open(mia, [max.user.id, randomUUID()])];
    expect(await refusals(attempts)).toEqual(['invalid_input', 'not_found']);
  });

  it('begins nothing with a deactivated person, and still opens what there is', async () => {
    const leaver = await server.register('leaver');
    const { channel } = await open(mia, ids([leaver]));
    await talk.ask(server.owner, 'user.deactivate', { userId: leaver.user.id });
    const again = await talk.telling(() => open(mia, ids([leaver])));
    expect(again.output.channel.id).toBe(channel.id);
    expect(again.told).toEqual([]);
    const attempts = [open(max, ids([leaver])), open(mia, ids([leaver, max]))];
    expect(await refusals(attempts)).toEqual(['conflict deactivated', 'conflict deactivated']);
  });

  it('lets guests speak with those whom they share a conversation with', async () => {
    await talk.channel(mia, 'private', [guest]);
    const { channel } = await open(guest, ids([mia]));
    expect(channel.kind).toBe('direct');
    const attempts = [open(guest, ids([max])), open(guest, ids([mia, max]))];
    expect(await refusals(attempts)).toEqual(['not_found', 'not_found']);
    // Others may begin with a guest, who then knows them.
    const { told } = await talk.telling(() => open(max, ids([guest, zoe])));
    const theirs = told.find(({ audience }) => audience === `user:${guest.user.id}`);
    expect(theirs?.data.memberIds).toEqual(ids([max, zoe, guest]).sort());
    expect(await open(guest, ids([zoe]))).toMatchObject({ channel: { kind: 'direct' } });
  });

  it('is open to nobody else, not even an owner', async () => {
    const { channel } = await open(mia, ids([zoe]));
    const channelId = channel.id;
    const attempts = [
      talk.ask(server.owner, 'channel.get', { channelId }),
      talk.ask(server.owner, 'message.history', { channelId }),
      talk.ask(server.owner, 'channel.archive', { channelId }),
      talk.post(server.owner, channelId, 'hello'),
    ];
    expect(await refusals(attempts)).toEqual(attempts.map(() => 'not_found'));
  });
});
