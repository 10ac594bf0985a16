import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fastestMs } from '../../test/fastest.ts';
import { aConversation, aMessage, anEvent, aState, aUser, idOf } from '../../test/entities.ts';
import { ModelWorkspace } from '../../test/model.ts';
import type { Event } from '../protocol/events.ts';
import { noMentions, type Mentions } from '../protocol/message.ts';
import { apply, mentionsUser } from './apply.ts';
import { badge } from './badge.ts';
import { digest, toComparable } from './digest.ts';
import { fromSnapshot, toSnapshot, type State } from './state.ts';

const me = idOf(1);
const other = idOf(2);
const channelId = idOf(100);
const start = aState(
  aUser(me),
  [aUser(me), aUser(other)],
  [aConversation({ id: channelId }, { userId: me })],
);

const countsOf = (state: State) => {
  const { channel, membership } = state.conversations.get(channelId) ?? {};
  return {
    messages: channel?.messageCount,
    readThrough: membership?.readThrough,
    unread: membership?.unreadCount,
    mentions: membership?.mentionCount,
  };
};
const after = (state: State, ...events: Event[]) =>
  events.reduce(
    (held, event, index) => apply(held, { ...event, position: held.position + index + 1 }),
    state,
  );
const post = (number: number | null, change: Parameters<typeof aMessage>[0] | object = {}) =>
  anEvent('message.posted', {
    message: aMessage({ channelId, number, authorId: other, ...change }),
  });

type World = { world: ModelWorkspace; room: string; person: string };
type Step = (given: World) => void;

const bool = fc.boolean();
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constant<Step>(({ world, room, person }) => world.join(room, person)),
  fc.constant<Step>(({ world, room }) => world.join(room, world.me)),
  fc.constant<Step>(({ world, room, person }) => world.leave(room, person)),
  fc.record({ system: bool, mention: bool, reply: bool }).map<Step>(
    (what) =>
      ({ world, room, person }) =>
        world.post(room, person, what),
  ),
  fc.record({ system: fc.constant(false), mention: bool, reply: fc.constant(false) }).map<Step>(
    (what) =>
      ({ world, room, person }) =>
        world.post(room, person, what),
  ),
  fc.tuple(fc.nat(20), bool).map<Step>(
    ([index, mention]) =>
      ({ world, room }) =>
        world.edit(room, index, mention),
  ),
  fc.nat(20).map<Step>(
    (index) =>
      ({ world, room }) =>
        world.remove(room, index),
  ),
  fc.nat(10).map<Step>(
    (number) =>
      ({ world, room }) =>
        world.read(room, number),
  ),
  bool.map<Step>(
    (muted) =>
      ({ world, room }) =>
        world.choose(room, { muted }),
  ),
  fc.string({ maxLength: 5 }).map<Step>(
    (title) =>
      ({ world, person }) =>
        world.changeUser(person, { title }),
  ),
  fc.constant<Step>(({ world, person }) =>
    world.changeUser(person, { deactivatedAt: '2026-03-02T10:00:00.000Z' }),
  ),
  fc.constant<Step>(({ world }) => world.addUser()),
  fc.string({ maxLength: 5 }).map<Step>(
    (topic) =>
      ({ world, room }) =>
        world.changeChannel(room, { topic }),
  ),
  fc.tuple(fc.string({ maxLength: 2 }), bool).map<Step>(
    ([text, inThread]) =>
      ({ world, room }) =>
        world.begin(room, text, inThread),
  ),
  fc.constantFrom(true, false, null).map<Step>(
    (following) =>
      ({ world, room }) =>
        world.chooseThread(room, following),
  ),
  fc.constantFrom('all' as const, 'nothing' as const).map<Step>(
    (notify) =>
      ({ world }) =>
        world.changeOwn(notify, notify),
  ),
);
const steps = fc.array(fc.record({ step, room: fc.nat(2), person: fc.nat(4) }), {
  minLength: 1,
  maxLength: 120,
});

describe('apply', () => {
  it.each(['member', 'guest'] as const)(
    'makes of a snapshot and the events after it what a fresh snapshot is, for a %s',
    (role) => {
      fc.assert(
        fc.property(steps, fc.nat(60), (taken, early) => {
          const world = new ModelWorkspace(role, 5, 3);
          let state = fromSnapshot(world.snapshot());
          let known = 0;
          for (const [index, { step, room, person }] of taken.entries()) {
            step({ world, room: idOf(0x100 + room), person: idOf(1 + person) });
            // A client that begins in the middle must get to the same place.
            if (index !== early) continue;
            state = fromSnapshot(world.snapshot());
            known = world.told.length;
          }
          for (const event of world.told.slice(known)) state = apply(state, event);
          const fresh = fromSnapshot(world.snapshot());
          expect(toComparable(state)).toEqual(toComparable(fresh));
          expect(state.position).toBe(fresh.position);
          expect(digest(state)).toBe(digest(fresh));
        }),
        { numRuns: 150 },
      );
    },
  );

  it('changes nothing twice, and never the state that it was given', () => {
    const frozen = structuredClone(toComparable(start));
    const once = apply(start, post(1));
    expect(apply(once, post(1))).toBe(once);
    expect(toComparable(start)).toEqual(frozen);
  });

  it('counts messages of others, those that speak to the person, and none of its own', () => {
    const mentioned: Partial<Mentions>[] = [{ userIds: [me] }, { channel: true }, { here: true }];
    const [a, b, c] = mentioned.map((each) => ({ mentions: { ...noMentions, ...each } }));
    const state = after(
      start,
      post(1),
      post(2, a),
      post(3, b),
      post(4, c),
      post(5, { kind: 'system' }),
    );
    expect(countsOf(state)).toEqual({ messages: 5, readThrough: 0, unread: 4, mentions: 3 });
    const answered = after(state, post(6, { authorId: me }));
    expect(countsOf(answered)).toEqual({ messages: 6, readThrough: 6, unread: 0, mentions: 0 });
  });

  it('leaves counts and times alone for a reply that stays in its thread', () => {
    const state = after(start, post(null, { mentions: { ...noMentions, userIds: [me] } }));
    expect(countsOf(state)).toEqual({ messages: 0, readThrough: 0, unread: 0, mentions: 0 });
    expect(state.conversations.get(channelId)?.channel.lastMessageAt).toBeNull();
  });

  it('keeps one’s own e-mail address, which events do not carry', () => {
    const mine = { ...start, me: { ...start.me, email: 'me@example.com' } };
    const state = after(mine, anEvent('user.updated', { user: aUser(me, { title: 'Captain' }) }));
    expect(state.me).toMatchObject({ email: 'me@example.com', title: 'Captain' });
    expect(state.users.get(me)).not.toHaveProperty('email');
  });

  it.each([
    ['member', 'guest', true],
    ['guest', 'member', true],
    ['member', 'admin', false],
  ] as const)('asks for a snapshot when a %s becomes %s: %s', (from, to, due) => {
    const state = aState(aUser(me, { role: from }), [], []);
    const event = anEvent('user.updated', { user: aUser(me, { role: to }) });
    expect(after(state, event).needsSnapshot).toBe(due);
  });

  it('lets a type that it does not know pass', () => {
    const type = JSON.parse('"moon.landed"') as 'message.posted';
    const event: Event = {
      ...anEvent('message.posted', { message: aMessage({ channelId }) }),
      type,
    };
    expect(toComparable(apply(start, event))).toEqual(toComparable(start));
  });

  it('takes 2,000 events with 2,000 people in less than 200 ms', () => {
    const people = Array.from({ length: 2_000 }, (_, n) => aUser(idOf(n + 1)));
    const before = aState(aUser(me), people, [...start.conversations.values()]);
    const events = Array.from({ length: 2_000 }, (_, index): Event => {
      const position = index + 1;
      const event =
        position % 2 === 0
          ? post(position / 2)
          : anEvent('user.updated', { user: aUser(idOf(position), { title: 'x' }) });
      return { ...event, position };
    });
    const applyAll = () => events.reduce<typeof before>(apply, before);
    expect(fastestMs(applyAll)).toBeLessThan(200);
    expect(applyAll().users.size).toBe(2_000);
  });
});

describe('mentionsUser', () => {
  it('knows people, the channel and those who are here', () => {
    expect(mentionsUser({ ...noMentions, userIds: [me] }, me)).toBe(true);
    expect(mentionsUser({ ...noMentions, channel: true }, me)).toBe(true);
    expect(mentionsUser({ ...noMentions, here: true }, me)).toBe(true);
    expect(mentionsUser({ ...noMentions, userIds: [other] }, me)).toBe(false);
  });
});

describe('digest', () => {
  it('is the same for the same things in another order, and another for anything else', () => {
    const snapshot = toSnapshot(after(start, post(1)));
    const turned = {
      ...snapshot,
      users: [...snapshot.users].reverse().map((user) => {
        const reversed = Object.entries(user).reverse();
        return Object.fromEntries(reversed) as typeof user;
      }),
    };
    expect(digest(fromSnapshot(turned))).toBe(digest(fromSnapshot(snapshot)));
    const moved = { ...snapshot, position: 99 };
    expect(digest(fromSnapshot(moved))).toBe(digest(fromSnapshot(snapshot)));
    const [first, ...others] = snapshot.users;
    const renamed = { ...snapshot, users: [{ ...first, displayName: 'x' }, ...others] };
    expect(digest(fromSnapshot(renamed as typeof snapshot))).not.toBe(
      digest(fromSnapshot(snapshot)),
    );
  });

  it('is sixteen hexadecimal digits', () => {
    expect(digest(start)).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('badge', () => {
  const conversation = (n: number, channel: object, membership: object) =>
    aConversation({ id: idOf(n), ...channel }, { userId: me, ...membership });

  it('counts unread conversations, and messages that speak to the person', () => {
    const state = aState(
      aUser(me),
      [],
      [
        conversation(1, {}, { unreadCount: 5, mentionCount: 2 }),
        conversation(2, { kind: 'direct' }, { unreadCount: 3 }),
        conversation(3, { kind: 'group' }, { unreadCount: 1 }),
        conversation(4, { kind: 'direct' }, { unreadCount: 9, muted: true }),
        conversation(5, {}, { unreadCount: 9, mentionCount: 9, muted: true }),
        conversation(6, {}, {}),
      ],
    );
    expect(badge(state)).toEqual({ unread: 3, mentions: 6 });
  });
});
