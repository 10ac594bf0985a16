import { randomUUID } from 'node:crypto';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { call, RealServer } from '../test/server.ts';

const channelCount = 20;
const messagesEach = 60;
export const archiveSize = 20_000;
const postsAtOnce = 24;
const renewBeforeMs = 60_000;

const phrases = [
  'Shipped the new build, release notes are in the wiki.',
  'Können wir das morgen kurz besprechen? Ich habe noch zwei Fragen zur Rechnung.',
  '会议改到下午三点，请大家提前看一下文档。',
  'Looks good to me 👍 — one nit: the `timeout` is in seconds, not ms.',
  '```ts\nconst total = rows.reduce((sum, row) => sum + row.amount, 0);\n```',
  'هل يمكنك إرسال التقرير قبل نهاية اليوم؟',
  '- first the server\n- then the clients\n- **never** both at once\n\nSee https://example.com/runbook for the rest.',
];

/** Two people fill the archive faster than anybody may write. */
const environment = { PARLEY_COMMAND_LIMIT: '1000000' };

/** A server with a workspace of ordinary size: twenty channels, and one with a long history. */
export class BenchWorkspace {
  readonly server: RealServer;
  readonly owner: SignedIn;
  /** Her session: its tokens are renewed as they run out, which they do in a long soak. */
  #ada: SignedIn;
  readonly channels: Id[];
  readonly archive: Id;

  private constructor(
    made: Pick<BenchWorkspace, 'server' | 'owner' | 'channels' | 'archive'> & { ada: SignedIn },
  ) {
    this.server = made.server;
    this.owner = made.owner;
    this.#ada = made.ada;
    this.channels = made.channels;
    this.archive = made.archive;
  }

  /** The name of the channel that is on screen after the sign-in. */
  get shown(): string {
    return `team-${this.channels.length}`;
  }

  /** The other ones. */
  get elsewhere(): Id[] {
    return this.channels.slice(0, -1);
  }

  static async make(): Promise<BenchWorkspace> {
    const server = await RealServer.start({ built: true, environment });
    const owner = await server.setUp();
    const ada = await server.register(owner, 'ada', 'Ada Lovelace');
    const channel = async (name: string) => {
      const made = await call(server.url, owner.accessToken, 'channel.create', {
        kind: 'private',
        name,
        userIds: [ada.user.id],
      });
      return made.channel.id;
    };
    const channels: Id[] = [];
    for (let n = 1; n <= channelCount; n += 1) channels.push(await channel(`team-${n}`));
    const archive = await channel('archive');
    const workspace = new BenchWorkspace({ server, owner, ada, channels, archive });
    for (const each of channels) await workspace.fill(each, messagesEach);
    await workspace.fill(archive, archiveSize);
    return workspace;
  }

  /** Posts as Ada. */
  async post(channelId: Id, text: string): Promise<void> {
    const { refreshToken, accessTokenExpiresAt } = this.#ada;
    if (Date.parse(accessTokenExpiresAt) - Date.now() < renewBeforeMs) {
      this.#ada = await call(this.server.url, null, 'session.refresh', { refreshToken });
    }
    const nonce = randomUUID();
    const { accessToken } = this.#ada;
    await call(this.server.url, accessToken, 'message.post', { channelId, nonce, text });
  }

  async fill(channelId: Id, count: number): Promise<void> {
    let next = 0;
    const writers = Array.from({ length: postsAtOnce }, async () => {
      while (next < count) {
        const n = (next += 1);
        const text = `line ${n} ${phrases[n % phrases.length] ?? ''}`;
        const author = n % 3 === 0 ? this.owner : this.#ada;
        const nonce = randomUUID();
        await call(this.server.url, author.accessToken, 'message.post', { channelId, nonce, text });
      }
    });
    await Promise.all(writers);
  }
}
