import { describe, expect, it, vi } from 'vitest';
import { notificationText } from './notification-text.ts';

const hostile = 'a < b & <a href="https://evil.example">click</a>';
const escaped = 'a &lt; b &amp; &lt;a href="https://evil.example"&gt;click&lt;/a&gt;';
const answering = (capabilities: string) => vi.fn(() => Promise.resolve(capabilities));

describe('the text of a notification', () => {
  it('is escaped where the desktop takes it for markup, which is asked once', async () => {
    const ask = answering('array [ "actions" "body" "body-markup" ]');
    const text = notificationText('linux', ask);
    expect(await text(hostile)).toBe(escaped);
    expect(await text('Tea?')).toBe('Tea?');
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('is left alone where it is only text', async () => {
    expect(await notificationText('linux', answering('array [ "body" ]'))(hostile)).toBe(hostile);
    for (const platform of ['darwin', 'win32'] as const) {
      const ask = answering('body-markup');
      expect(await notificationText(platform, ask)(hostile)).toBe(hostile);
      expect(ask).not.toHaveBeenCalled();
    }
  });

  it('is escaped where nobody can be asked', async () => {
    const text = notificationText('linux', () => Promise.reject(new Error('no bus')));
    expect(await text(hostile)).toBe(escaped);
  });
});
