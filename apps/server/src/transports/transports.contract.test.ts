import { connect as connectTcp } from 'node:net';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandNames } from '@parley/shared/protocol/commands.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import {
  connectSocketIo,
  connectSse,
  connectWebSocket,
  until,
  type TestClient,
  type Where,
} from '../../test/clients.ts';
import { call, startTestServer, type TestServer } from '../../test/server.ts';

type Connect = (url: string, token: string, where?: Where) => Promise<TestClient>;

const transports: Record<string, Connect> = {
  'Socket.IO': connectSocketIo,
  'plain WebSocket': connectWebSocket,
  'server-sent events': connectSse,
};

let world: TestServer;
let ada: SignedIn;
let channelId: string;

beforeAll(async () => {
  world = await startTestServer();
  ada = await world.register('ada');
  const created = await call(world.url, world.owner.accessToken, 'channel.create', {
    kind: 'private',
    name: 'workshop',
    userIds: [ada.user.id],
  });
  channelId = created.channel.id;
});
afterAll(() => world.close());

const post = (text: string, token = world.owner.accessToken) =>
  call(world.url, token, 'message.post', { channelId, nonce: randomUUID(), text });

/** What a stream told, without what differs from run to run. */
const transcript = (client: TestClient) =>
  client.events().map(({ position, audience, type, data }) => ({ position, audience, type, data }));

describe('all transports', () => {
  it('tell one and the same transcript, live and resumed', async () => {
    const token = ada.accessToken;
    const live = await Promise.all(
      Object.values(transports).map((connect) => connect(world.url, token)),
    );
    const { epoch, position: before } = await call(world.url, token, 'sync.bootstrap', {});
    const { message } = await post('one **two** 三 🎈');
    await call(world.url, token, 'reaction.add', { messageId: message.id, emoji: '🎉' });
    await call(world.url, world.owner.accessToken, 'message.edit', {
      messageId: message.id,
      text: 'changed',
    });
    await post('mine, so with its nonce', token);
    await call(world.url, world.owner.accessToken, 'message.delete', { messageId: message.id });
    await call(world.url, token, 'account.update', { title: 'Engineer' });
    const { position } = await call(world.url, token, 'sync.bootstrap', {});
    const resumed = await Promise.all(
      Object.values(transports).map((connect) =>
        connect(world.url, token, { after: before, epoch }),
      ),
    );
    const rest = await call(world.url, token, 'sync.events', { epoch, after: before });
    expect(rest).toMatchObject({ after: before, position, more: false });
    const expected = rest.events.map(({ position: at, audience, type, data }) => ({
      position: at,
      audience,
      type,
      data,
    }));
    expect(expected.map(({ type }) => type)).toEqual([
      'message.posted',
      'reaction.added',
      'message.edited',
      'message.posted',
      'message.deleted',
      'user.updated',
    ]);
    for (const client of [...live, ...resumed]) {
      await until(() => client.events().length >= expected.length, 'all events have come');
      expect(transcript(client)).toEqual(expected);
      client.close();
    }
  });

  it("show a message's nonce to its author alone", async () => {
    const nonceOf = (client: TestClient) => {
      const data = client.events()[0]?.data as { message: { nonce?: string } };
      return data.message.nonce;
    };
    for (const connect of Object.values(transports)) {
      const author = await connect(world.url, ada.accessToken);
      const other = await connect(world.url, world.owner.accessToken);
      const { message } = await post('whose nonce', ada.accessToken);
      await until(() => author.events().length > 0 && other.events().length > 0, 'both have it');
      expect(nonceOf(author)).toBe(message.nonce);
      expect(nonceOf(other)).toBeUndefined();
      author.close();
      other.close();
    }
  });

  it.each(Object.entries(transports))(
    '%s: continues each batch from the one before',
    async (_, connect) => {
      const client = await connect(world.url, ada.accessToken);
      await Promise.all(Array.from({ length: 40 }, (_unused, n) => post(`number ${n}`)));
      await until(() => client.events().length === 40, 'forty messages have come');
      const positions = client.events().map(({ position }) => position);
      expect(positions).toEqual([...positions].sort((a, b) => a - b));
      for (const [index, batch] of client.batches.entries()) {
        const previous = client.batches[index - 1];
        if (previous) expect(batch.after).toBe(previous.position);
      }
      client.close();
    },
  );

  it.each(Object.entries(transports))(
    '%s: refuses bad tokens and dead cursors',
    async (_, connect) => {
      const refusal = await connect(world.url, 'no.such.token').catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(Error);
      const { epoch, position } = await call(world.url, ada.accessToken, 'sync.bootstrap', {});
      for (const where of [
        { after: position + 1_000, epoch },
        { after: position, epoch: 'another life' },
      ]) {
        const error = await connect(world.url, ada.accessToken, where).catch(
          (reason: unknown) => reason,
        );
        expect(JSON.stringify({ ...(error as object) })).toContain('cursor_expired');
      }
    },
  );

  it.each(Object.entries(transports))(
    '%s: revoked means deaf: nothing comes after sign-out or removal',
    async (name, connect) => {
      const guest = await world.register(`deaf-${name.slice(0, 3).toLowerCase()}x`);
      const token = guest.accessToken;
      const ownerToken = world.owner.accessToken;
      await call(world.url, ownerToken, 'channel.addMembers', {
        channelId,
        userIds: [guest.user.id],
      });
      const client = await connect(world.url, token);
      await post('heard');
      await until(() => client.events().length === 1, 'the first message has come');
      await call(world.url, ownerToken, 'channel.removeMember', {
        channelId,
        userId: guest.user.id,
      });
      await post('not heard');
      const history = call(world.url, token, 'message.history', { channelId });
      await expect(history).rejects.toMatchObject({ code: 'not_found' });
      await call(world.url, token, 'session.end', {});
      await client.closed;
      const types = client.events().map(({ type }) => type);
      expect(types).toEqual(['message.posted', 'membership.removed', 'session.revoked']);
      const again = call(world.url, token, 'user.list', {});
      await expect(again).rejects.toMatchObject({ code: 'unauthenticated' });
    },
  );
});

describe('revoked means deaf, on every transport', () => {
  const password = 'a password for tests';
  const device = { name: 'Second device', platform: 'test' };
  type Ending = (victim: SignedIn, second: SignedIn) => Promise<unknown>;
  const endings: Record<string, Ending> = {
    deactivation: ({ user }) =>
      call(world.url, world.owner.accessToken, 'user.deactivate', { userId: user.id }),
    'a change of the password': (_victim, { accessToken }) =>
      call(world.url, accessToken, 'account.changePassword', {
        currentPassword: password,
        newPassword: 'another password',
      }),
    'session.revoke': ({ sessionId }, { accessToken }) =>
      call(world.url, accessToken, 'session.revoke', { sessionId }),
    'session.revokeOthers': (_victim, { accessToken }) =>
      call(world.url, accessToken, 'session.revokeOthers', {}),
    'a refresh token that was used twice': async ({ refreshToken }) => {
      await call(world.url, null, 'session.refresh', { refreshToken });
      await call(world.url, null, 'session.refresh', { refreshToken }).catch(() => null);
    },
  };
  let count = 0;

  it.each(Object.entries(endings))('after %s', async (_name, end) => {
    const username = `victim${(count += 1)}`;
    const victim = await world.register(username);
    const login = { login: username, password, device };
    const second = await call(world.url, null, 'session.create', login);
    const ownerToken = world.owner.accessToken;
    const joining = { channelId, userIds: [victim.user.id] };
    await call(world.url, ownerToken, 'channel.addMembers', joining);
    const clients = await Promise.all(
      Object.values(transports).map((connect) => connect(world.url, victim.accessToken)),
    );
    await end(victim, second);
    await post('not heard');
    for (const client of clients) {
      await client.closed;
      expect(client.events().map(({ type }) => type)).not.toContain('message.posted');
      // A stream of server-sent events just ends.
      const goodbye = { reason: 'revoked', reconnect: false };
      if (client.hello) expect(client.goodbye).toEqual(goodbye);
    }
    for (const connect of Object.values(transports)) {
      await expect(connect(world.url, victim.accessToken)).rejects.toThrow();
    }
  });

  it('of typing too, once somebody has been removed', async () => {
    const removed = await world.register('removed');
    const ownerToken = world.owner.accessToken;
    const userId = removed.user.id;
    await call(world.url, ownerToken, 'channel.addMembers', { channelId, userIds: [userId] });
    const typist = await connectSocketIo(world.url, ownerToken);
    const listeners = await Promise.all([
      connectSocketIo(world.url, removed.accessToken),
      connectWebSocket(world.url, removed.accessToken),
    ]);
    await typist.command('typing.start', { channelId });
    for (const each of listeners) await until(() => each.ephemeral.length === 1, 'typing is heard');
    await typist.command('channel.removeMember', { channelId, userId });
    await typist.command('typing.start', { channelId });
    // What is sent after it, and comes, shows that it was not sent.
    await call(world.url, ownerToken, 'account.update', { title: `Owner ${Date.now()}` });
    for (const each of listeners) {
      await until(() => each.events().at(-1)?.type === 'user.updated', 'a later event has come');
      expect(each.ephemeral).toHaveLength(1);
      each.close();
    }
    typist.close();
  });
});

describe('commands', () => {
  it('give the same answer over HTTP, Socket.IO and plain WebSocket', async () => {
    const clients = await Promise.all([
      connectSocketIo(world.url, ada.accessToken),
      connectWebSocket(world.url, ada.accessToken),
      connectWebSocket(world.url, ada.accessToken, {}, 'header'),
    ]);
    const good = await call(world.url, ada.accessToken, 'channel.get', { channelId });
    for (const client of clients) {
      expect(await client.command('channel.get', { channelId })).toMatchObject({
        ok: true,
        output: good,
      });
      expect(await client.command('channel.get', { channelId, extra: 1 })).toMatchObject({
        ok: false,
        error: { code: 'invalid_input' },
      });
      expect(await client.command('no.such', {})).toMatchObject({ error: { code: 'not_found' } });
      expect(await client.command('__proto__', {})).toMatchObject({ error: { code: 'not_found' } });
      client.close();
    }
  });

  it('follow the role of a person who stays connected', async () => {
    const admin = await world.register('bea', 'admin');
    const clients = await Promise.all([
      connectSocketIo(world.url, admin.accessToken),
      connectWebSocket(world.url, admin.accessToken),
    ]);
    for (const client of clients) {
      expect(await client.command('invite.list', {})).toMatchObject({ ok: true });
    }
    const change = { userId: admin.user.id, role: 'guest' as const };
    await call(world.url, world.owner.accessToken, 'user.setRole', change);
    for (const client of clients) {
      expect(await client.command('invite.list', {})).toMatchObject({
        error: { code: 'forbidden' },
      });
      const answer = await client.command('user.list', {});
      expect(JSON.stringify(answer)).not.toContain('owner@example.com');
      client.close();
    }
  });

  it('answer failures over HTTP as problem details', async () => {
    const response = await fetch(`${world.url}/api/v1/channel.get`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ada.accessToken}` },
      body: '{"channelId":7}',
    });
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({
      type: 'urn:parley:error:invalid_input',
      status: 400,
      code: 'invalid_input',
      issues: [{ path: 'channelId', message: 'must be a UUID' }],
    });
    const large = await fetch(`${world.url}/api/v1/channel.get`, {
      method: 'POST',
      body: 'x'.repeat(300_000),
    });
    expect(large.status).toBe(413);
    for (const name of commandNames.slice(0, 5)) {
      const get = await fetch(`${world.url}/api/v1/${name}`);
      expect(get.status).toBe(404);
    }
  });

  it('carry typing and presence to those who may know, and to nobody else', async () => {
    const [mine, theirs] = await Promise.all([
      connectSocketIo(world.url, ada.accessToken),
      connectWebSocket(world.url, world.owner.accessToken),
    ]);
    await theirs.command('presence.watch', { userIds: [ada.user.id] });
    await mine.command('presence.set', { presence: 'active' });
    await mine.command('typing.start', { channelId });
    await until(() => theirs.ephemeral.length === 2, 'presence and typing have come');
    expect(theirs.ephemeral).toEqual([
      { type: 'presence', userId: ada.user.id, presence: 'active' },
      { type: 'typing', channelId, userId: ada.user.id },
    ]);
    mine.close();
    await until(() => theirs.ephemeral.length === 3, 'the leaving has come');
    expect(theirs.ephemeral[2]).toMatchObject({ presence: 'offline' });
    expect(mine.ephemeral).toEqual([]);
    theirs.close();
  });
});

describe('the upgrade listener', () => {
  const raw = (request: string) =>
    new Promise<string>((resolve, reject) => {
      const { hostname, port } = new URL(world.url);
      const socket = connectTcp({ host: hostname, port: Number(port) }, () =>
        socket.write(request),
      );
      let answer = '';
      socket.on('data', (data) => {
        answer += data.toString('latin1');
      });
      socket.on('close', () => {
        resolve(answer);
      });
      socket.on('error', reject);
    });
  const upgrade = (path: string) =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

  it('answers 404 to what nobody owns, a malformed path included, and lives on', async () => {
    for (const path of ['//', '/', '/api/v1/nothing', '/socket.iox', '/%', '///api/v1/ws']) {
      expect(await raw(upgrade(path))).toMatch(/^HTTP\/1\.1 404 /);
    }
    expect((await fetch(`${world.url}/healthz`)).status).toBe(200);
  });

  it('survives connections that are reset in the middle of an upgrade', async () => {
    const { hostname, port } = new URL(world.url);
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => {
        const path = n % 2 ? '/api/v1/ws' : '/socket.io/?EIO=4&transport=websocket';
        return new Promise<void>((resolve) => {
          const socket = connectTcp({ host: hostname, port: Number(port) }, () => {
            socket.write(upgrade(path));
            socket.resetAndDestroy();
          });
          socket.on('close', () => {
            resolve();
          });
          socket.on('error', () => undefined);
        });
      }),
    );
    expect((await fetch(`${world.url}/readyz`)).status).toBe(200);
  });
});
