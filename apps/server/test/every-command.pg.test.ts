import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commandNames, commands, type CommandName } from '@parley/shared/protocol/commands.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { permissions, roleMay } from '@parley/shared/protocol/permissions.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import type { Role } from '@parley/shared/protocol/user.ts';
import { call, startTestServer, type TestServer } from './server.ts';

/** Bad inputs for every command, made from its schema: the right code each time, and nothing changed. */

type JsonSchema = {
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  enum?: unknown[];
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  format?: string;
  pattern?: string;
  minimum?: number;
  minLength?: number;
};

let world: TestServer;
let member: SignedIn;
let guest: SignedIn;
/** Things of others that the member must not learn of. */
const foreign = { channelId: '', messageId: '', userId: '', sessionId: '', inviteId: '' };

beforeAll(async () => {
  world = await startTestServer();
  member = await world.register('member');
  guest = await world.register('guest', 'guest');
  const other = await world.register('other');
  const { channel } = await call(world.url, other.accessToken, 'channel.create', {
    kind: 'private',
    name: 'theirs',
  });
  const { message } = await call(world.url, other.accessToken, 'message.post', {
    channelId: channel.id,
    nonce: randomUUID(),
    text: 'secret',
  });
  foreign.channelId = channel.id;
  foreign.messageId = message.id;
  foreign.userId = other.user.id;
  foreign.sessionId = other.sessionId;
  foreign.inviteId = randomUUID();
}, 60_000);
afterAll(() => world.close());

/** A digest of every table, so that any change shows. */
async function everything(): Promise<unknown> {
  const tables = await world.db.execute<{ name: string }>(
    sql`select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
  );
  const digests: Record<string, unknown> = {};
  for (const { name } of tables) {
    const [row] = await world.db.execute<{ digest: string }>(
      sql`select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as digest from ${sql.identifier(name)} t`,
    );
    digests[name] = row?.digest;
  }
  return digests;
}

function schemaOf(name: CommandName): JsonSchema {
  const schema = z.toJSONSchema(commands[name].input, {
    io: 'input',
    unrepresentable: 'any',
    metadata: z.registry(),
  });
  return JSON.parse(JSON.stringify(schema)) as JsonSchema;
}

/** A value that the field's schema takes, as far as its shape goes. */
function sample(schema: JsonSchema, key: string): unknown {
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return sample(schema.anyOf[0] ?? {}, key);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === 'integer' || type === 'number') return Math.max(1, schema.minimum ?? 1);
  if (type === 'boolean') return true;
  if (type === 'array') return [sample(schema.items ?? {}, key.replace(/s$/, ''))];
  if (type === 'object') {
    const entries = Object.entries(schema.properties ?? {});
    return Object.fromEntries(entries.map(([inner, each]) => [inner, sample(each, inner)]));
  }
  return sampleText(schema, key);
}

function sampleText(schema: JsonSchema, key: string): string {
  if (key in foreign) return foreign[key as keyof typeof foreign];
  if (schema.format === 'uuid' || /Id$|^after$|^nonce$/.test(key)) return randomUUID();
  if (schema.format === 'date-time') return new Date(Date.now() + 3_600_000).toISOString();
  if (key === 'email') return 'somebody@example.com';
  if (key === 'timezone') return 'Europe/Lisbon';
  if (key === 'emoji') return '👍';
  if (/^(from|to)$/.test(key)) return '10:00';
  return 'sometext-1'.padEnd(schema.minLength ?? 0, 'x');
}

function samplesFor(name: CommandName): { schema: JsonSchema; input: Record<string, unknown> } {
  const schema = schemaOf(name);
  const input = sample(schema, '') as Record<string, unknown>;
  if (name === 'message.history') {
    delete input.before;
    delete input.around;
  }
  return { schema, input };
}

/** A value of a type that the field never has. */
const wrongValue = { never: ['a', 'shape', 'like', 'this'] };

async function refusal(
  name: CommandName,
  input: object,
  as: SignedIn | null,
): Promise<ParleyError> {
  const answer = call(world.url, as?.accessToken ?? null, name, input as never);
  const error = await answer.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ParleyError) return error;
  throw new Error(`${name} took ${JSON.stringify(input).slice(0, 300)}`, { cause: error });
}

describe.each(commandNames.map((name) => ({ name })))('$name', ({ name }) => {
  it('takes the sample that the bad inputs are made from', () => {
    const { input } = samplesFor(name);
    expect(commands[name].input.safeParse(input).error?.issues).toBeUndefined();
  });

  it('refuses unknown keys, wrong types and missing fields with invalid_input, changing nothing', async () => {
    const before = await everything();
    const as = permissions[commands[name].permission] === null ? null : world.owner;
    const { schema, input } = samplesFor(name);
    expect((await refusal(name, { ...input, unknownKey: 1 }, as)).code).toBe('invalid_input');
    expect((await refusal(name, { ...input, __proto__x: {} }, as)).code).toBe('invalid_input');
    for (const key of Object.keys(schema.properties ?? {})) {
      const error = await refusal(name, { ...input, [key]: wrongValue }, as);
      expect(error.code, `${key} of a wrong type`).toBe('invalid_input');
      expect(error.issues?.[0]?.path.split('.')[0]).toBe(key);
      const { [key]: _, ...without } = input;
      if (!schema.required?.includes(key) || name === 'message.history') continue;
      expect((await refusal(name, without, as)).code, `without ${key}`).toBe('invalid_input');
    }
    expect(await everything()).toEqual(before);
  });

  const { permission } = commands[name];
  const allowed = permissions[permission];
  if (allowed !== null) {
    it('wants a sign-in', async () => {
      const { input } = samplesFor(name);
      expect((await refusal(name, input, null)).code).toBe('unauthenticated');
    });
  }

  const shut = (['member', 'guest'] as const).filter(
    (role: Role) => allowed && !allowed.includes(role),
  );
  if (shut.length > 0) {
    it(`refuses roles without ${permission}`, async () => {
      const before = await everything();
      const { input } = samplesFor(name);
      for (const role of shut) {
        const as = role === 'member' ? member : guest;
        expect((await refusal(name, input, as)).code, role).toBe('forbidden');
      }
      expect(await everything()).toEqual(before);
    });
  }

  const idKeys = Object.keys(schemaOf(name).properties ?? {}).filter((key) => key in foreign);
  const isForMembers = allowed?.includes('member') ?? false;
  // People are known to every member; that a guest does not know strangers is tested with them.
  const hidden = idKeys.filter((key) => key !== 'userId');
  if (isForMembers && hidden.length > 0) {
    it("does not know other people's things", async () => {
      const before = await everything();
      const { input } = samplesFor(name);
      for (const as of [member, guest]) {
        const known = roleMay(as === guest ? 'guest' : 'member', permission);
        const ofOthers = await refusal(name, input, as);
        const ofNobody = { ...input };
        for (const key of hidden) ofNobody[key] = randomUUID();
        const missing = await refusal(name, ofNobody, as);
        expect(ofOthers.code).toBe(known ? 'not_found' : 'forbidden');
        // Nothing tells a thing of others from a thing that does not exist.
        expect(ofOthers.toBody()).toEqual(missing.toBody());
      }
      expect(await everything()).toEqual(before);
    });
  }
});

describe('text', () => {
  const post = (text: string) =>
    call(world.url, member.accessToken, 'channel.browse', {}).then(({ channels }) =>
      call(world.url, member.accessToken, 'message.post', {
        channelId: channels[0]?.channel.id ?? '',
        nonce: randomUUID(),
        text,
      }),
    );

  it.each([
    ['nothing', ''],
    ['only spaces', ' \n\t '],
    ['NUL', 'a\0b'],
    ['a lone surrogate', 'a\ud800b'],
    ['16,001 characters', 'x'.repeat(16_001)],
    ['16,001 emoji', '🎈'.repeat(16_001)],
  ])('that is or has %s is refused', async (_name, text) => {
    await expect(post(text)).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it.each([
    ['16,000 characters', 'x'.repeat(16_000)],
    ['16,000 emoji', '🎈'.repeat(16_000)],
    ['script', '<script>alert(1)</script>'],
    ['a javascript: link', '[x](javascript:alert(1))'],
    ['10,000 quotes', `${'>'.repeat(10_000)}x`],
    ['direction overrides', '\u202eabc\u202c'],
    ['a family', '👩‍👩‍👧‍👦'],
    ['mixed scripts', 'Ünïcödé 東京 العربية हिन्दी'],
  ])('with %s is kept as it is, in NFC', async (_name, text) => {
    const { message } = await post(text);
    expect(message.text).toBe(text.normalize('NFC'));
  });
});

describe('guests', () => {
  it('do not know people with whom they share no conversation', async () => {
    const { users } = await call(world.url, guest.accessToken, 'user.list', {});
    expect(users.map(({ id }) => id)).toEqual([guest.user.id]);
    const stranger = call(world.url, guest.accessToken, 'user.get', { userId: foreign.userId });
    await expect(stranger).rejects.toMatchObject({ code: 'not_found' });
    const snapshot = await call(world.url, guest.accessToken, 'sync.bootstrap', {});
    expect(snapshot.users.map(({ id }) => id)).toEqual([guest.user.id]);
    expect(snapshot.channels).toEqual([]);
  });
});
