import { expect, it } from 'vitest';
import { apply } from '@parley/shared/state/apply.ts';
import {
  aConversation,
  aMessage,
  anEvent,
  aState,
  aUser,
  idOf,
} from '../../../../../packages/shared/test/entities.ts';
import { canWait } from './can-wait.ts';

const me = aUser(idOf(1));
const ada = aUser(idOf(2));
const channel = idOf(100);
const direct = idOf(102);
const state = aState(
  me,
  [me, ada],
  [
    aConversation({ id: channel }, { userId: me.id }),
    aConversation(
      { id: direct, kind: 'direct', directUserIds: [me.id, ada.id] },
      { userId: me.id },
    ),
  ],
);
const mention = { userIds: [me.id], groupIds: [], channel: false, here: false };

function post(channelId: string, change: object = {}) {
  const message = aMessage({ channelId, number: 1, authorId: ada.id, ...change });
  const audience = `channel:${channelId}` as const;
  return { ...anEvent('message.posted', { message }), audience, actorId: message.authorId };
}

const waits = (event: ReturnType<typeof post>, shown: string | null = null) =>
  canWait(
    event,
    state,
    apply(state, { ...event, position: state.position + 1 }),
    (id) => id === shown,
  );

it('what others write elsewhere can wait a moment', () => {
  expect(waits(post(channel))).toBe(true);
});

it('what is on screen, from oneself or to oneself cannot', () => {
  expect(waits(post(channel), channel)).toBe(false);
  expect(waits(post(channel, { authorId: me.id }))).toBe(false);
  expect(waits(post(channel, { mentions: mention }))).toBe(false);
  expect(waits(post(direct))).toBe(false);
});

it('nor can what is no conversation of theirs', () => {
  expect(waits(post(idOf(999)))).toBe(false);
  expect(waits({ ...post(channel), audience: `user:${me.id}` } as never)).toBe(false);
});
