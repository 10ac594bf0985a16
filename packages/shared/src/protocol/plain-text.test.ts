import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fastestMs } from '../../test/fastest.ts';
import { ChannelName } from './channel.ts';
import { PreferencesChange } from './preferences.ts';
import { codePointLength, Emoji, multiLine, singleLine } from './plain-text.ts';
import { DisplayName, Timezone, Username } from './user.ts';

const takes = (schema: { safeParse: (value: unknown) => { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success;

describe('text', () => {
  const text = multiLine({ min: 1, max: 10 });

  it.each(['a', 'a\nb', '👩‍👩‍👧‍👦', '\u202eevil', '𝕏'.repeat(10), 'é'])('takes %j', (good) => {
    expect(takes(text, good)).toBe(true);
  });

  it.each([
    '',
    '   ',
    '\n',
    '\u200b',
    '\u3164\u2060',
    'a\0b',
    '\ud800',
    'x\udc00y',
    '𝕏'.repeat(11),
    'x'.repeat(11),
    7,
    null,
  ])('refuses %j', (bad) => {
    expect(takes(text, bad)).toBe(false);
  });

  it('comes out in NFC, counted in code points after that', () => {
    expect(text.parse('e\u0301')).toBe('é');
    expect(text.parse('e\u0301'.repeat(10))).toBe('é'.repeat(10));
    expect(codePointLength('𝕏é👍')).toBe(3);
  });

  it('looks at no more than a bounded part of megabytes', () => {
    const huge = 'x'.repeat(20_000_000);
    expect(takes(text, huge)).toBe(false);
    expect(fastestMs(() => takes(text, huge))).toBeLessThan(100);
  });

  it('is always well-formed and normal once taken', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (any) => {
        const parsed = text.safeParse(any);
        if (!parsed.success) return;
        expect(parsed.data).not.toMatch(/\p{Surrogate}/u);
        expect(parsed.data).toBe(parsed.data.normalize('NFC'));
      }),
    );
  });
});

describe('names', () => {
  it('are trimmed and hold nothing that turns or hides text', () => {
    const name = singleLine({ min: 1, max: 10 });
    expect(name.parse('  Ada  ')).toBe('Ada');
    for (const bad of ['a\nb', 'a\u202eb', 'a\u2066b', 'a\u200fb', 'a\u2028b', 'a\ufeffb']) {
      expect(takes(name, bad), JSON.stringify(bad)).toBe(false);
    }
  });

  it.each(['ops', 'данные', '设计', 'a-b_c', 'über', '9'])('may call a channel %s', (good) => {
    expect(takes(ChannelName, good)).toBe(true);
  });

  it.each(['', 'Ops', 'two words', 'a.b', '#ops', 'Ǆ', 'x'.repeat(81)])(
    'may not call a channel %j',
    (bad) => {
      expect(takes(ChannelName, bad)).toBe(false);
    },
  );

  it('know people by user names and display names', () => {
    expect(Username.parse('Ada.L')).toBe('ada.l');
    for (const bad of ['a', '-ada', 'ada.', 'a b', 'ада', 'x'.repeat(33), 'All', 'here']) {
      expect(takes(Username, bad), bad).toBe(false);
    }
    expect(takes(DisplayName, 'Ada Lovelace 👩‍💻')).toBe(true);
  });
});

it.each(['👍', '👍🏽', '👩‍💻', '🏴󠁧󠁢󠁷󠁬󠁳󠁿', '1️⃣', ':party_parrot:'])('takes %s as an emoji', (good) => {
  expect(takes(Emoji, good)).toBe(true);
});

it.each(['', 'a', '👍👍', '1', ':Party:', ': :', '<script>'])('takes %j for no emoji', (bad) => {
  expect(takes(Emoji, bad)).toBe(false);
});

it('knows time zones by their IANA names alone', () => {
  expect(takes(Timezone, 'Europe/Lisbon')).toBe(true);
  expect(takes(Timezone, '+01:00')).toBe(false);
  expect(takes(Timezone, 'Mars/Base')).toBe(false);
});

it('refuses keys that preferences do not have, however deep', () => {
  expect(takes(PreferencesChange, { notify: 'all' })).toBe(true);
  expect(takes(PreferencesChange, { notify: 'all', mood: 1 })).toBe(false);
  const appearance = { theme: 'dark', density: 'compact', enterSends: true, font: 'serif' };
  expect(takes(PreferencesChange, { appearance })).toBe(false);
});
