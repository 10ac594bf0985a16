import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { password, startProcessWorld, type ProcessWorld } from '../process-world.ts';
import { call } from '../server.ts';

/** Clients of other hands, as Debian ships them; `npm test` installs them where it may. */
const scripts = {
  'python-socketio': 'socketio_client.py',
  'python-websockets': 'websockets_client.py',
  'curl -N': 'curl_client.py',
};
/** Not whatever comes first on the path: the packages are those of the system's own Python. */
const python = '/usr/bin/python3';

let world: ProcessWorld;
let channelId: string;

beforeAll(async () => {
  world = await startProcessWorld();
  const { channel } = await call(world.url, world.owner.accessToken, 'channel.create', {
    kind: 'private',
    name: 'harbour',
  });
  channelId = channel.id;
});
afterAll(() => world.close());

type Line = { what: string; texts?: string[] };

/** Starts a script; `next` resolves to what it tells next, and rejects when it ends before. */
function start(script: string, args: string[]) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  // No cache of compiled modules beside the sources.
  const child = spawn(python, ['-B', path, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.on('data', (data: Buffer) => (complaints += data.toString('utf8')));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async next(what: string): Promise<Line> {
      const { value, done } = await lines.next();
      if (done) throw new Error(`it ended before it was ${what}: ${complaints}`);
      const line = JSON.parse(value) as Line;
      expect(line.what, complaints).toBe(what);
      return line;
    },
    goOn: () => child.stdin.write('\n'),
    async ended(): Promise<number | null> {
      if (child.exitCode === null) await once(child, 'exit');
      return child.exitCode;
    },
    kill: () => child.kill('SIGKILL'),
  };
}

describe('clients that no one here wrote', () => {
  it.each(Object.entries(scripts))(
    '%s signs in, receives, posts, and resumes by position',
    async (_, script) => {
      const token = world.owner.accessToken;
      const login = `visitor-${script.slice(0, 4)}`;
      const visitor = await world.register(login);
      const userIds = [visitor.user.id];
      await call(world.url, token, 'channel.addMembers', { channelId, userIds });
      const post = (text: string) =>
        call(world.url, token, 'message.post', { channelId, nonce: randomUUID(), text });
      const client = start(script, [world.url, login, password, channelId]);
      try {
        await client.next('connected');
        await post('first');
        await client.next('left');
        await post('missed 一');
        await post('missed 🎈');
        client.goOn();
        await post('after');
        const { texts } = await client.next('done');
        const expected = ['first', 'posted by a script', 'missed 一', 'missed 🎈', 'after'];
        expect(texts).toEqual(expected);
        expect(await client.ended()).toBe(0);
      } finally {
        client.kill();
      }
      const history = await call(world.url, token, 'message.history', { channelId, limit: 4 });
      expect(history.messages[0]).toMatchObject({
        authorId: visitor.user.id,
        text: 'posted by a script',
      });
    },
    90_000,
  );
});
