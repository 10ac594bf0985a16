import { describe, expect, it, vi } from 'vitest';
import type { Snapshot } from '@parley/shared/protocol/commands/sync.ts';
import { defaultPreferences } from '@parley/shared/protocol/preferences.ts';
import { aConversation, anEvent, aUser, idOf } from '../../../../packages/shared/test/entities.ts';
import { bounds } from './bounds.ts';
import { Mirror } from './mirror.ts';

const me = idOf(1);

/** As long as the protocol allows for what people write about themselves and their channels. */
function person(index: number) {
  return aUser(idOf(index), {
    displayName: 'n'.repeat(80),
    title: 't'.repeat(80),
    status: { emoji: '🌴', text: 's'.repeat(100), expiresAt: null },
  });
}

function workspaceOf(people: number, channels: number): Snapshot {
  return {
    epoch: 'epoch',
    position: 1,
    me: aUser(me),
    users: Array.from({ length: people }, (_, index) => person(index + 1)),
    channels: Array.from({ length: channels }, (_, index) =>
      aConversation(
        { id: idOf(0x1000000 + index), topic: 't'.repeat(250), purpose: 'p'.repeat(500) },
        { userId: me },
      ),
    ),
    preferences: defaultPreferences,
    drafts: [],
    threads: [],
    workspace: {
      id: idOf(0xffff),
      name: 'Northwind',
      createdAt: new Date().toISOString(),
      readReceipts: false,
    },
  };
}

function mirrorOf(...snapshots: Snapshot[]) {
  const onExcess = vi.fn();
  const onBroken = vi.fn();
  const mirror = new Mirror({
    bootstrap: () => {
      const next = snapshots.shift();
      return next ? Promise.resolve(next) : new Promise(() => undefined);
    },
    verify: () => Promise.resolve({ ok: true, compared: true }),
    onEvent: () => undefined,
    onSnapshot: () => undefined,
    onChange: () => undefined,
    onBroken,
    onExcess,
    onTrouble: () => undefined,
  });
  return { mirror, onExcess, onBroken };
}

describe('a large workspace', () => {
  it('of 50,000 people and 20,000 channels is held, and its snapshot is half as long as may be', async () => {
    const snapshot = workspaceOf(50_000, 20_000);
    expect(JSON.stringify(snapshot).length).toBeLessThan(bounds.messageLength / 2);
    const { mirror, onExcess, onBroken } = mirrorOf(snapshot);
    await mirror.refresh();
    expect(mirror.state?.users.size).toBe(50_000);
    expect(mirror.state?.conversations.size).toBe(20_000);
    expect([onExcess.mock.calls, onBroken.mock.calls]).toEqual([[], []]);
  });

  it.each([
    ['people', bounds.people + 1, 1],
    ['channels', 1, bounds.conversations + 1],
  ])('with more %s than there can be is not held', async (_what, people, channels) => {
    const one = workspaceOf(1, 1);
    const { mirror, onExcess } = mirrorOf({
      ...one,
      users: Array.from({ length: people }, () => one.me),
      channels: Array.from({ length: channels }, () => one.channels[0]).flatMap(
        (each) => each ?? [],
      ),
    });
    await mirror.refresh();
    expect(onExcess).toHaveBeenCalledWith('too_many');
    expect(mirror.state).toBeNull();
  });

  it('that grows beyond the bounds by events is left as it was before', async () => {
    const full = workspaceOf(1, 1);
    const many = Array.from({ length: bounds.people }, (_, index) => aUser(idOf(index + 1)));
    const { mirror, onExcess } = mirrorOf({ ...full, users: many });
    await mirror.refresh();
    expect(onExcess).not.toHaveBeenCalled();
    const one = anEvent('user.created', { user: aUser(idOf(0x2000000)) }, 2);
    mirror.take({ after: 1, position: 2, events: [one] });
    expect(onExcess).toHaveBeenCalledWith('too_many');
    expect(mirror.state?.users.size).toBe(bounds.people);
    expect(mirror.snapshotDue).toBe(true);
  });
});
