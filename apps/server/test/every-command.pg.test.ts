import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandNames, commands, type CommandName } from '@parley/shared/protocol/commands.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { permissions } from '@parley/shared/protocol/permissions.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { Conversations } from './conversations.ts';
import {
  changed,
  fieldsOf,
  sampleOf,
  schemaOf,
  wrongValues,
  type Path,
  type Things,
} from './samples.ts';
import { call, startTestServer, type TestServer } from './server.ts';
import { upload } from './uploads.ts';

/** Bad inputs for every command, made from its schema: the right code each time, and nothing changed. */

type BadInput = { what: string; input: object; key?: string | number | undefined };

let world: TestServer;
let member: SignedIn;
let guest: SignedIn;
let stranger: SignedIn;
/** What the member may use: with these, inputs are good but for what a test makes bad. */
const own: Things = {};
/** Things of a stranger: what neither the member nor the guest may learn of. */
const foreign: Things = {};

beforeAll(async () => {
  world = await startTestServer();
  member = await world.register('member');
  guest = await world.register('guest', 'guest');
  stranger = await world.register('stranger');
  const friend = await world.register('friend');
  const device = { name: 'Other device', platform: 'test' };
  const login = { login: 'member', password: 'a password for tests', device };
  const other = await call(world.url, null, 'session.create', login);
  const talk = new Conversations(world);
  const mine = await talk.channel(member, 'private', [friend, guest]);
  const message = await talk.post(member, mine.id, 'mine');
  Object.assign(own, {
    channelId: mine.id,
    messageId: message.id,
    threadRootId: message.id,
    userId: friend.user.id,
    sessionId: other.sessionId,
    fileId: (await upload(world, member)).id,
  });
  const theirs = await talk.channel(stranger, 'private');
  const file = await upload(world, stranger);
  const content = { text: 'secret', nonce: randomUUID(), fileIds: [file.id] };
  const posting = talk.ask(stranger, 'message.post', { channelId: theirs.id, ...content });
  const { message: secret } = await posting;
  Object.assign(foreign, {
    channelId: theirs.id,
    messageId: secret.id,
    threadRootId: secret.id,
    sessionId: stranger.sessionId,
    fileId: file.id,
  });
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

async function refusal(
  name: CommandName,
  input: object,
  token: string | null,
): Promise<ParleyError> {
  const error: unknown = await call(world.url, token, name, input as never).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ParleyError) return error;
  throw new Error(`${name} took ${JSON.stringify(input).slice(0, 300)}`, { cause: error });
}

/** Inputs of the wrong shape; `key` is the field that the refusal must name. */
function* badInputsOf(name: CommandName): Generator<BadInput> {
  const input = sampleOf(name, own);
  yield { what: 'an unknown key', input: { ...input, unknownKey: 1 } };
  yield { what: 'a key like a prototype', input: { ...input, __proto__x: {} } };
  yield { what: 'no object', input: [] };
  for (const { path, schema, required } of fieldsOf(schemaOf(name), input)) {
    const where = path.join('.');
    const key = path[0];
    for (const value of wrongValues(schema)) {
      const what = `${JSON.stringify(value)} as ${where}`;
      yield { what, input: changed(input, path, { value }), key };
    }
    if (required) yield { what: `no ${where}`, input: changed(input, path, 'removed'), key };
    if (schema.properties) {
      const withMore = changed(input, [...path, 'unknownKey'], { value: 1 });
      yield { what: `an unknown key in ${where}`, input: withMore };
    }
  }
}

/** Fields whose ids name nothing that is there, and commands that pass over what they do not know. */
const namesNothing = /^(?:nonce|after)$/;
const passesOver = new Set<CommandName>(['presence.watch']);

/** The fields of a command that name a thing by its id. */
function idFieldsOf(name: CommandName): { path: Path; key: string }[] {
  if (passesOver.has(name)) return [];
  const fields = [...fieldsOf(schemaOf(name), sampleOf(name, {}))];
  return fields.flatMap(({ path, schema }) => {
    const isId = [schema, ...(schema.anyOf ?? [])].some(({ format }) => format === 'uuid');
    // An entry of a list is named by the list.
    const key = path.findLast((part) => typeof part === 'string') ?? '';
    if (!isId || namesNothing.test(key)) return [];
    return [{ path, key: path.at(-1) === 0 ? key.replace(/s$/, '') : key }];
  });
}

describe('the bad inputs', () => {
  it('cover every kind of field', () => {
    const paths = commandNames.flatMap((name) =>
      [...fieldsOf(schemaOf(name), sampleOf(name, {}))].map(({ path }) => path.join('.')),
    );
    expect(paths).toEqual(
      expect.arrayContaining(['userIds.0', 'device.platform', 'quietHours.week.mon.from']),
    );
    const ids = commandNames.flatMap((name) => idFieldsOf(name).map(({ key }) => key));
    expect([...new Set(ids)].sort()).toEqual([
      'avatarFileId',
      'channelId',
      'fileId',
      'inviteId',
      'messageId',
      'sessionId',
      'threadRootId',
      'userId',
    ]);
  });
});

describe.each(commandNames.map((name) => ({ name })))('$name', ({ name }) => {
  const allowed = permissions[commands[name].permission];
  const highest = () => (allowed === null ? null : world.owner.accessToken);

  it('takes the sample that the bad inputs are made from', () => {
    const input = sampleOf(name, own);
    expect(commands[name].input.safeParse(input).error?.issues).toBeUndefined();
  });

  it('refuses unknown keys, wrong types and missing fields with invalid_input, changing nothing', async () => {
    const before = await everything();
    for (const { what, input, key } of badInputsOf(name)) {
      const error = await refusal(name, input, highest());
      expect(error.code, what).toBe('invalid_input');
      if (key !== undefined) expect(error.issues?.[0]?.path.split('.')[0], what).toBe(key);
    }
    expect(await everything()).toEqual(before);
  });

  it('breaks on NUL in none of its texts, changing nothing', async () => {
    const before = await everything();
    const input = sampleOf(name, own);
    for (const { path, schema } of fieldsOf(schemaOf(name), input)) {
      if (schema.type !== 'string') continue;
      const value = `a\0${'b'.repeat(schema.minLength ?? 0)}`;
      const bad = changed(input, path, { value });
      const outcome: unknown = await call(world.url, highest(), name, bad as never).catch(
        (error: unknown) => error,
      );
      expect(outcome, path.join('.')).not.toMatchObject({ code: 'internal' });
    }
    expect(await everything()).toEqual(before);
  });

  if (allowed !== null) {
    it('wants a sign-in, changing nothing', async () => {
      const before = await everything();
      for (const token of [null, 'nonsense', `${member.accessToken}x`]) {
        const error = await refusal(name, sampleOf(name, own), token);
        expect(error.code, token ?? 'no token').toBe('unauthenticated');
      }
      expect(await everything()).toEqual(before);
    });
  }

  const shut = (['member', 'guest'] as const).filter((role) => allowed && !allowed.includes(role));
  if (shut.length > 0) {
    it(`refuses ${shut.join(' and ')} with forbidden, changing nothing`, async () => {
      const before = await everything();
      for (const role of shut) {
        const { accessToken } = role === 'member' ? member : guest;
        const error = await refusal(name, sampleOf(name, own), accessToken);
        expect(error.code, role).toBe('forbidden');
      }
      expect(await everything()).toEqual(before);
    });
  }

  const idFields = idFieldsOf(name);
  if (allowed !== null && idFields.length > 0) {
    it.each(idFields)(
      "with another person's or nobody's $key is not_found, changing nothing",
      async ({ path, key }) => {
        const before = await everything();
        const forMembers = allowed.includes('member');
        const things = forMembers ? own : { ...own, channelId: await publicChannel() };
        const input = sampleOf(name, things);
        const token = forMembers ? member.accessToken : highest();
        const missing = await refusal(name, changed(input, path, { value: randomUUID() }), token);
        expect(missing.code).toBe('not_found');
        const theirs = foreign[key];
        if (theirs !== undefined) {
          const error = await refusal(name, changed(input, path, { value: theirs }), token);
          // Nothing tells a thing of others from a thing that does not exist.
          expect(error.toBody()).toEqual(missing.toBody());
        }
        expect(await everything()).toEqual(before);
      },
    );

    it("tells a guest nothing of other people's things", async () => {
      const before = await everything();
      const hidden = { ...foreign, userId: stranger.user.id };
      for (const { path, key } of idFields) {
        const input = sampleOf(name, own);
        const ask = (value: string | undefined) =>
          refusal(name, changed(input, path, { value }), guest.accessToken);
        const missing = await ask(randomUUID());
        expect(['not_found', 'forbidden'], key).toContain(missing.code);
        if (!(key in hidden)) continue;
        const error = await ask(hidden[key as keyof typeof hidden]);
        expect(error.toBody(), key).toEqual(missing.toBody());
      }
      expect(await everything()).toEqual(before);
    });
  }
});

async function publicChannel(): Promise<string> {
  const { channels } = await call(world.url, world.owner.accessToken, 'channel.browse', {});
  return channels[0]?.channel.id ?? '';
}

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
  it('know the people and the channels of their own conversations alone', async () => {
    const known = [member.user.id, guest.user.id, own.userId].sort();
    const { users } = await call(world.url, guest.accessToken, 'user.list', {});
    expect(users.map(({ id }) => id).sort()).toEqual(known);
    const snapshot = await call(world.url, guest.accessToken, 'sync.bootstrap', {});
    expect(snapshot.users.map(({ id }) => id).sort()).toEqual(known);
    expect(snapshot.channels.map(({ channel }) => channel.id)).toEqual([own.channelId]);
    expect([...(snapshot.channels[0]?.memberIds ?? [])].sort()).toEqual(known);
  });
});
