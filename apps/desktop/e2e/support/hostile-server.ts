import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server as SocketServer, type Socket } from 'socket.io';
import type { Snapshot } from '@parley/shared/protocol/commands/sync.ts';
import { defaultPreferences } from '@parley/shared/protocol/preferences.ts';
import { bounds } from '../../src/live/bounds.ts';
import {
  aConversation,
  aMessage,
  anEvent,
  aUser,
  idOf,
} from '../../../../packages/shared/test/entities.ts';

const me = idOf(1);
const mallory = idOf(2);
const general = idOf(100);
/** Runs where anything of a server's becomes markup or script. */
const script = '<img src=x onerror="window.wasRun=1"><script>window.wasRun=1</script>';
const megabyte = 1_000_000;

type Acknowledge = (reply: { ok: true; output: unknown } | { ok: false; error: unknown }) => void;

/** A server that means harm: it speaks the protocol well enough to be signed in to, and then does what it can. */
export class HostileServer {
  readonly url: string;
  /** What it does to HTTP requests once somebody is signed in. */
  http: 'proper' | 'redirects' | 'endless' = 'proper';
  /** What it answers to who asks for everything. */
  snapshot: 'proper' | 'endless' | 'crowded' = 'proper';
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #position = 0;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const io = new SocketServer(server, { transports: ['websocket'], serveClient: false });
    io.on('connection', (socket) => {
      this.#welcome(socket);
    });
  }

  static async start(): Promise<HostileServer> {
    let hostile: HostileServer | null = null;
    const server = createServer((request, response) => {
      const name = /^\/api\/v1\/([\w.]+)$/.exec(request.url ?? '')?.[1] ?? '';
      if (hostile?.http === 'redirects') {
        response.writeHead(307, { location: `${hostile.url}/api/v1/${name}` }).end();
      } else if (hostile?.http === 'endless') {
        const more = () => {
          while (!response.destroyed && response.write('x'.repeat(megabyte)));
        };
        response.writeHead(200, { 'content-type': 'application/json' });
        response.on('drain', more);
        more();
      } else {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(answers[name]?.() ?? {}));
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    hostile = new HostileServer(server);
    return hostile;
  }

  /** Is anybody connected? */
  get isHeard(): boolean {
    return this.#sockets.size > 0;
  }

  /** A mention in each of so many messages, all at once. */
  flood(count: number): void {
    const events = Array.from({ length: count }, () => {
      this.#position += 1;
      const message = aMessage({
        id: idOf(0x10000 + this.#position),
        channelId: general,
        number: this.#position,
        authorId: mallory,
        text: `${script} [click](javascript:window.wasRun=1) ![x](${this.url}/pixel.png)`,
        createdAt: new Date().toISOString(),
        mentions: { userIds: [me], groupIds: [], channel: true, here: true },
      });
      return anEvent('message.posted', { message }, this.#position);
    });
    const after = this.#position - count;
    this.#emit('events', { after, position: this.#position, events });
  }

  /** What no server sends: forged, malformed, deep and huge. */
  sendNonsense(): void {
    this.#emit('ephemeral', [{ type: 'typing', channelId: 7 }, null, script]);
    this.#emit('hello', { protocol: script });
    this.#emit('events', { after: -1, position: Number.MAX_VALUE, events: [script] });
    this.#emit('events', { after: 0, position: 1, events: 'x'.repeat(5 * megabyte) });
    this.#emit('__proto__', { polluted: true });
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    for (const { conn } of this.#sockets) conn.send(`2["goodbye",${deep}]`);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.disconnect(true);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #emit(name: string, data: unknown): void {
    for (const socket of this.#sockets) socket.emit(name, data);
  }

  #welcome(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('disconnect', () => this.#sockets.delete(socket));
    socket.emit('hello', {
      protocol: { min: 1, max: 1 },
      serverVersion: script,
      epoch: 'hostile',
      position: this.#position,
      sessionId: idOf(3),
      resumed: false,
    });
    socket.on('command', (name: string, _input: unknown, acknowledge: Acknowledge) => {
      const output = name === 'sync.bootstrap' ? this.#everything() : answers[name]?.();
      if (output === undefined)
        acknowledge({ ok: false, error: { code: 'not_found', message: script } });
      else acknowledge({ ok: true, output });
    });
  }

  #everything(): unknown {
    const snapshot = this.#snapshot();
    switch (this.snapshot) {
      case 'proper':
        return snapshot;
      case 'endless':
        return { ...snapshot, padding: 'x'.repeat(bounds.messageLength) };
      case 'crowded':
        return { ...snapshot, users: Array.from({ length: bounds.people + 1 }, () => snapshot.me) };
    }
  }

  #snapshot(): Snapshot {
    const owner = aUser(me, { displayName: script.slice(0, 80) });
    const author = aUser(mallory, { displayName: '\u202Eyrollam\u202C'.padEnd(80, '​') });
    const counts = Number.MAX_SAFE_INTEGER;
    const { channel, membership } = aConversation(
      { id: general, name: 'general', topic: script, messageCount: counts, memberCount: counts },
      { userId: me, unreadCount: counts, mentionCount: counts },
    );
    return {
      epoch: 'hostile',
      position: this.#position,
      me: owner,
      users: [owner, author],
      channels: [{ channel, membership }],
      preferences: defaultPreferences,
      drafts: [],
      threads: [],
      workspace: {
        id: idOf(0xffff),
        name: `Evil ${script}`.slice(0, 80),
        createdAt: new Date().toISOString(),
        readReceipts: false,
      },
    };
  }
}

const answers: Record<string, () => unknown> = {
  'server.info': () => ({
    name: 'Evil',
    version: '0.1.0',
    protocol: { min: 1, max: 1 },
    setupRequired: false,
    registration: 'closed',
    authMethods: ['password'],
    oidc: [],
    minimumClientVersion: '0.0.0',
  }),
  'session.create': () => signedIn(),
  'session.refresh': () => signedIn(),
  'message.history': () => ({ messages: [], hasMoreBefore: true, hasMoreAfter: true }),
  'presence.watch': () => ({ presences: [] }),
  'presence.set': () => ({}),
  'read.mark': () => ({}),
  'sync.verify': () => ({ ok: false, repairs: [] }),
};

function signedIn() {
  return {
    sessionId: idOf(3),
    accessToken: 'anything',
    accessTokenExpiresAt: new Date(Date.now() + 600_000).toISOString(),
    refreshToken: 'anything',
    user: aUser(me),
  };
}
