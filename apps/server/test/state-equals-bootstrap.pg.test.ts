import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  commandNames,
  commands,
  type CommandInput,
  type CommandName,
} from '@parley/shared/protocol/commands.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { parseEvent } from '@parley/shared/protocol/events.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { apply } from '@parley/shared/state/apply.ts';
import { digest, toComparable } from '@parley/shared/state/digest.ts';
import { fromSnapshot, type State } from '@parley/shared/state/state.ts';
import { call, startTestServer, type TestServer } from './server.ts';
import { upload } from './uploads.ts';

/**
 * For every command: what a client held before, with the events of the command, is what a fresh snapshot says.
 * The idea of holding a reducer against the server's own fetch is Zulip's
 * (https://zulip.readthedocs.io/en/latest/testing/testing-with-django.html).
 */

type Person = { name: string; session: SignedIn; password: string; state: State | null };
type World = {
  server: TestServer;
  people: Person[];
  channels: string[];
  messages: Posted[];
  invites: string[];
  files: string[];
};
type Posted = { id: string; channelId: string; number: number | null; isReply: boolean };

const passwordOfTests = 'a password for tests';
const roles = { ada: 'admin', mia: 'member', max: 'member', gil: 'guest', gus: 'guest' } as const;

let world: World;

beforeAll(async () => {
  const server = await startTestServer();
  const people: Person[] = [
    { name: 'owner', session: server.owner, password: passwordOfTests, state: null },
  ];
  for (const [name, role] of Object.entries(roles)) {
    const session = await server.register(name, role);
    people.push({ name, session, password: passwordOfTests, state: null });
  }
  world = { server, people, channels: [], messages: [], invites: [], files: [] };
  for (const { id } of await sharedChannels()) world.channels.push(id);
  await Promise.all(people.map(refresh));
}, 60_000);
afterAll(() => world.server.close());

async function sharedChannels() {
  const { channels } = await call(
    world.server.url,
    world.server.owner.accessToken,
    'channel.browse',
    {},
  );
  return channels.map(({ channel }) => channel);
}

const token = (person: Person) => person.session.accessToken;

async function refresh(person: Person): Promise<void> {
  const snapshot = await call(world.server.url, token(person), 'sync.bootstrap', {});
  person.state = fromSnapshot(snapshot);
}

/** Follows the person's stream to its end and holds the result against a fresh snapshot. */
async function verify(person: Person): Promise<void> {
  const { url } = world.server;
  const before = person.state;
  if (!before) return;
  let state = before;
  for (;;) {
    const page = await call(url, token(person), 'sync.events', {
      epoch: state.epoch,
      after: state.position,
    });
    for (const raw of page.events) {
      const event = parseEvent(raw);
      if (event) state = apply(state, event);
    }
    state = { ...state, position: page.position };
    if (!page.more) break;
  }
  const fresh = fromSnapshot(await call(url, token(person), 'sync.bootstrap', {}));
  if (!state.needsSnapshot) {
    expect(toComparable(state), `what ${person.name} holds`).toEqual(toComparable(fresh));
    expect(digest(state)).toBe(digest(fresh));
  }
  person.state = fresh;
}

/** Picks from a list by a number that fast-check chose; undefined from an empty one. */
function pick<T>(list: readonly T[], n: number): T | undefined {
  return list[n % Math.max(1, list.length)];
}

type Dice = { a: number; b: number; c: number; text: string; flag: boolean };
type Made<N extends CommandName> = CommandInput<N> | null;
type Make<N extends CommandName> = (dice: Dice, actor: Person) => Made<N> | Promise<Made<N>>;

const emoji = ['👍', '🎉', '👩‍💻', ':party_parrot:'];
const userId = (n: number) => pick(world.people, n)?.session.user.id ?? '';
const channelId = (n: number) => pick(world.channels, n) ?? '';
const device = { name: 'Test device', platform: 'test' };
const later = () => new Date(Date.now() + 3_600_000).toISOString();

/** The owner stays signed in, to let the others in again. */
const isKeeper = (person: Person) => person === world.people[0];

function withMessage<T>(n: number, make: (message: Posted) => T | null): T | null {
  const message = pick(world.messages, n);
  return message ? make(message) : null;
}

/** Where somebody writes: often in a thread, where there is one. */
function draftPlace({ a, b, flag }: Dice): { channelId: string; threadRootId?: string } {
  const root = pick(world.messages, b);
  if (!flag || !root || root.isReply) return { channelId: channelId(a) };
  return { channelId: root.channelId, threadRootId: root.id };
}

/** Sometimes files of one's own, new ones or such as may have been sent already. */
async function takeAlong({ a, b }: Dice, { session }: Person): Promise<{ fileIds?: string[] }> {
  if (b % 3 > 0) return {};
  const { id } = await upload(world.server, session);
  world.files.push(id);
  const earlier = pick(world.files, a);
  return { fileIds: a % 2 && earlier !== undefined && earlier !== id ? [earlier, id] : [id] };
}

/** Sometimes what a device would name that knows of no draft. */
const basedOn = ({ c }: Dice) => (c % 3 === 0 ? { basedOn: 0 } : {});

/** How to make an input for each command that changes something. */
const makers: { [N in CommandName]?: Make<N> } = {
  'account.update': ({ text }) => ({ displayName: `Somebody ${text}`, title: text.slice(0, 20) }),
  'status.set': ({ text, a }) => ({ text: text.slice(0, 30), emoji: pick(emoji, a) ?? null }),
  'status.clear': () => ({}),
  'preferences.set': ({ flag, text }) => ({
    notify: flag ? 'all' : 'mentions',
    keywords: [`k${text}`],
  }),
  'user.setRole': ({ a, b }) => ({
    userId: userId(a),
    role: pick(['guest', 'member', 'guest', 'member', 'admin'] as const, b) ?? 'member',
  }),
  'user.deactivate': ({ a }) => ({ userId: userId(a) }),
  'user.reactivate': ({ a }) => ({ userId: userId(a) }),
  'invite.create': ({ a }) => ({
    role: 'guest',
    maxUses: 1,
    expiresAt: later(),
    channelIds: [channelId(a)],
  }),
  'invite.revoke': ({ a }) => {
    const inviteId = pick(world.invites, a);
    return inviteId === undefined ? null : { inviteId };
  },
  'channel.create': ({ a, flag, b, c }) => ({
    kind: flag ? 'public' : 'private',
    name: `c${a}-${b}-${c}`,
    userIds: [userId(b), userId(c)],
  }),
  'channel.openDirect': ({ a, b, flag }) => ({
    userIds: flag ? [userId(a)] : [userId(a), userId(b)],
  }),
  'channel.update': ({ a, b, c, text, flag }) => ({
    channelId: channelId(a),
    topic: text.slice(0, 40),
    ...(flag && { postingPolicy: c % 4 ? ('everyone' as const) : ('admins' as const) }),
    ...(b % 3 === 0 && { name: `n${b}-${c}`, purpose: `For ${text}` }),
  }),
  'channel.archive': ({ a }) => ({ channelId: channelId(a) }),
  'channel.unarchive': ({ a }) => ({ channelId: channelId(a) }),
  'channel.join': ({ a }) => ({ channelId: channelId(a) }),
  'channel.leave': ({ a }) => ({ channelId: channelId(a) }),
  'channel.addMembers': ({ a, b, c }) => ({
    channelId: channelId(a),
    userIds: [userId(b), userId(c)],
  }),
  'channel.removeMember': ({ a, b }) => ({ channelId: channelId(a), userId: userId(b) }),
  'channel.setMemberRole': ({ a, b, flag }) => ({
    channelId: channelId(a),
    userId: userId(b),
    role: flag ? 'admin' : 'member',
  }),
  'membership.update': ({ a, flag }) => ({
    channelId: channelId(a),
    starred: flag,
    muted: !flag,
    notify: flag ? 'all' : 'default',
    section: flag ? 'Mine' : null,
  }),
  'message.post': async (dice, actor) => {
    const { a, b, text, flag, c } = dice;
    const mention = flag ? `@${pick(world.people, b)?.name ?? ''} @here ` : '';
    const root = pick(world.messages, c);
    const isReply = root !== undefined && !root.isReply && c % 3 === 0;
    const files = await takeAlong(dice, actor);
    const words = files.fileIds && flag ? '' : `${mention}m${text}`;
    const content = { nonce: randomUUID(), text: words, ...files };
    if (!isReply) return { ...content, channelId: channelId(a) };
    return { ...content, channelId: root.channelId, threadRootId: root.id, alsoToChannel: flag };
  },
  'message.edit': ({ a, flag, b, text }) =>
    withMessage(a, ({ id }) => ({
      messageId: id,
      text: `${flag ? `@${pick(world.people, b)?.name ?? ''} ` : ''}e${text}`,
    })),
  'message.delete': ({ a }) => withMessage(a, ({ id }) => ({ messageId: id })),
  'reaction.add': ({ a, b }) =>
    withMessage(a, ({ id }) => ({ messageId: id, emoji: pick(emoji, b) ?? '👍' })),
  'reaction.remove': ({ a, b }) =>
    withMessage(a, ({ id }) => ({ messageId: id, emoji: pick(emoji, b) ?? '👍' })),
  'draft.set': async (dice, actor) => {
    const files = await takeAlong(dice, actor);
    const text = files.fileIds && dice.flag ? '' : `d${dice.text}`;
    return { ...draftPlace(dice), text, ...files, ...basedOn(dice) };
  },
  'draft.clear': (dice) => ({ ...draftPlace(dice), ...basedOn(dice) }),
  'file.delete': ({ a }) => {
    const fileId = pick(world.files, a);
    return fileId === undefined ? null : { fileId };
  },
  'read.mark': ({ a, b }) => ({ channelId: channelId(a), number: (b % 30) + 1 }),
  'read.markUnread': ({ a, b }) => ({ channelId: channelId(a), number: (b % 10) + 1 }),
  'read.markAll': () => ({}),
  'thread.markRead': ({ a, b }) =>
    withMessage(a, ({ id }) => ({ messageId: id, number: (b % 5) + 1 })),
  'thread.follow': ({ a }) => withMessage(a, ({ id }) => ({ messageId: id })),
  'thread.unfollow': ({ a }) => withMessage(a, ({ id }) => ({ messageId: id })),
  'settings.set': ({ flag }) => ({ readReceipts: flag }),
  'session.create': (_dice, { name, password }) => ({ login: name, password, device }),
  'session.refresh': (_dice, { session }) => ({ refreshToken: session.refreshToken }),
  'session.revoke': (_dice, actor) =>
    isKeeper(actor) ? null : { sessionId: actor.session.sessionId },
  'session.revokeOthers': () => ({}),
  'session.end': (_dice, actor) => (isKeeper(actor) ? null : {}),
  'account.changePassword': (_dice, { password }) => ({
    currentPassword: password,
    newPassword: password,
  }),
};

/**
 * Those that make accounts: the first comes before everything, the other has a test of its own below. And those about
 * releases of the desktop app, of which neither snapshots nor events tell.
 */
const elsewhere: CommandName[] = [
  ...(['server.setup', 'account.register'] as const),
  ...(['update.publish', 'update.rollout', 'update.withdraw'] as const),
];

const succeeded = new Map<string, number>();

async function run(name: CommandName, actor: Person, dice: Dice): Promise<void> {
  const input = await makers[name]?.(dice, actor);
  if (!input) return;
  try {
    const output = await call(world.server.url, token(actor), name, input);
    succeeded.set(name, (succeeded.get(name) ?? 0) + 1);
    remember(output);
    if (name === 'session.refresh') actor.session = output as SignedIn;
  } catch (error) {
    // Most random commands are refused by some rule; a bug is not.
    if (
      !(error instanceof ParleyError) ||
      error.code === 'internal' ||
      error.code === 'unavailable'
    ) {
      throw error;
    }
  }
}

function remember(output: object): void {
  if ('channel' in output && 'membership' in output) {
    const { id } = output.channel as { id: string };
    if (!world.channels.includes(id)) world.channels.push(id);
  }
  if ('invite' in output) world.invites.push((output.invite as { id: string }).id);
  if ('message' in output) {
    const {
      id,
      channelId: where,
      number,
      threadRootId,
    } = output.message as {
      id: string;
      channelId: string;
      number: number | null;
      threadRootId: string | null;
    };
    if (world.messages.some((message) => message.id === id)) return;
    world.messages.push({ id, channelId: where, number, isReply: threadRootId !== null });
  }
}

/** Somebody who was deactivated is let in again, so that every person can be asked what they hold. */
async function bringBack(): Promise<void> {
  const [owner] = world.people;
  if (!owner) return;
  const { url } = world.server;
  const { users } = await call(url, token(owner), 'user.list', {});
  for (const person of world.people) {
    const user = users.find(({ id }) => id === person.session.user.id);
    const probe = await call(url, token(person), 'session.list', {}).catch(() => null);
    if (probe && user?.deactivatedAt === null) continue;
    if (user?.deactivatedAt) await call(url, token(owner), 'user.reactivate', { userId: user.id });
    person.session = await call(url, null, 'session.create', {
      login: person.name,
      password: person.password,
      device,
    });
  }
}

const step = fc.record({
  name: fc.constantFrom(...(Object.keys(makers) as CommandName[])),
  who: fc.nat(1_000),
  dice: fc.record({
    a: fc.nat(1_000),
    b: fc.nat(1_000),
    c: fc.nat(1_000),
    text: fc.stringMatching(/^[a-zé☕ ]{0,12}$/u),
    flag: fc.boolean(),
  }),
});

describe('snapshot plus events equals fresh snapshot', () => {
  it('covers every command that changes something', () => {
    const writes = commandNames.filter((name) => commands[name].effect === 'write');
    expect([...Object.keys(makers), ...elsewhere].sort()).toEqual([...writes].sort());
  });

  it('after random commands by an owner, an admin, members and guests', async () => {
    const seed = Number(process.env.PARLEY_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
    process.stdout.write(`seed ${seed}\n`);
    const steps = fc.sample(step, { seed, numRuns: 500 });
    for (const [index, { name, who, dice }] of steps.entries()) {
      const actor = pick(world.people, who);
      if (!actor) continue;
      await run(name, actor, dice);
      await bringBack();
      // The person who acted after every step, everybody every few steps.
      const watchers = index % 5 === 4 ? world.people : [actor];
      for (const person of watchers) await verify(person);
    }
    for (const person of world.people) await verify(person);
    const isUntouched = (name: string) => !succeeded.has(name);
    const [owner] = world.people;
    // What chance did not let succeed is tried on until it does, by the one who may do most.
    for (const name of (Object.keys(makers) as CommandName[]).filter(isUntouched)) {
      const more = fc.sample(step, { seed, numRuns: 600 });
      for (const { dice } of more) {
        if (!isUntouched(name) || !owner) break;
        // Chance may have archived every channel and deleted every message.
        await run('channel.unarchive', owner, dice);
        await run('message.post', owner, dice);
        await run('invite.create', owner, dice);
        await run(name, owner, dice);
      }
      await bringBack();
      for (const person of world.people) await verify(person);
    }
    expect(Object.keys(makers).filter(isUntouched), 'commands that never succeeded').toEqual([]);
  }, 240_000);

  it('after people register', async () => {
    const { server, people } = world;
    for (const role of ['guest', 'member', 'admin'] as const) {
      await server.register(`new-${role}`, role);
    }
    for (const person of people) await verify(person);
  });
});
