import { describe, expect, it } from 'vitest';
import { aMessage, anEvent, idOf } from '../../test/entities.ts';
import { parseEvent } from './events.ts';
import { defaultPreferences } from './preferences.ts';

const posted = anEvent('message.posted', { message: aMessage({ channelId: idOf(1) }) });

describe('parseEvent', () => {
  it('gives back what it is given', () => {
    expect(parseEvent(structuredClone(posted))).toEqual(posted);
  });

  it.each(['moon.landed', 'toString', '__proto__', 'constructor'])(
    'ignores the type %s',
    (type) => {
      expect(parseEvent({ ...posted, type })).toBeNull();
    },
  );

  it('leaves out fields that a newer server added, wherever they are', () => {
    const message = { ...posted.data.message, mood: 'sunny' };
    expect(parseEvent({ ...posted, data: { message, more: 1 }, extra: true })).toEqual(posted);
    const preferences = {
      ...defaultPreferences,
      sounds: 'loud',
      appearance: { ...defaultPreferences.appearance, font: 'serif' },
      quietHours: { ...defaultPreferences.quietHours, timezone: 'Mars/Base', until: null },
    };
    const event = parseEvent({ ...posted, type: 'preferences.updated', data: { preferences } });
    expect(event?.data).toMatchObject({ preferences: { notify: 'mentions' } });
  });

  it('reads preferences from before there was a pause', () => {
    const { doNotDisturbUntil: _, ...preferences } = defaultPreferences;
    const event = parseEvent({ ...posted, type: 'preferences.updated', data: { preferences } });
    expect(event?.data).toEqual({ preferences: defaultPreferences });
  });

  it('reads a workspace from before it had settings', () => {
    const workspace = { id: idOf(1), name: 'Northwind', createdAt: posted.at };
    const event = parseEvent({ ...posted, type: 'workspace.updated', data: { workspace } });
    expect(event?.data).toEqual({ workspace: { ...workspace, readReceipts: false } });
  });

  it('takes an emoji that is newer than its own tables', () => {
    const reactions = [{ emoji: '\u{1faea}\u{1f3fd}', count: 1, userIds: [idOf(2)] }];
    const message = { ...posted.data.message, reactions };
    expect(parseEvent({ ...posted, data: { message } })?.data).toMatchObject({
      message: { reactions },
    });
  });

  it.each([
    ['no event', null],
    ['an audience of its own making', { ...posted, audience: 'channel:everything' }],
    ['a position before the log', { ...posted, position: -1 }],
    ['data of another type', { ...posted, type: 'member.left' }],
  ])('throws on %s', (_what, malformed) => {
    expect(() => parseEvent(malformed)).toThrow();
  });
});
