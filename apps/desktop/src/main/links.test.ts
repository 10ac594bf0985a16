import { describe, expect, it } from 'vitest';
import { deepLinkIn, judgeExternalLink, parseDeepLink } from './links.ts';

const id = '01900000-0000-7000-8000-000000000001';

describe('deep links', () => {
  it('are read for invites, set-up and channels', () => {
    expect(parseDeepLink('parley://chat.example.com/invite/abcdefgh')).toEqual({
      kind: 'invite',
      server: 'https://chat.example.com',
      code: 'abcdefgh',
      isOwn: false,
    });
    expect(parseDeepLink(`parley://chat.example.com:8443/channel/${id}`)).toEqual({
      kind: 'channel',
      server: 'https://chat.example.com:8443',
      channelId: id,
    });
    expect(parseDeepLink('parley://127.0.0.1:4100/setup/abcdefgh')).toMatchObject({
      server: 'http://127.0.0.1:4100',
    });
  });

  it.each([
    'https://chat.example.com/invite/abcdefgh',
    'parley://chat.example.com/invite/abcdefgh?token=secret',
    'parley://user:pass@chat.example.com/invite/abcdefgh',
    'parley://chat.example.com/invite/abc%2f..%2fdef',
    'parley://chat.example.com/invite/abcdefgh/more',
    'parley://chat.example.com/channel/1',
    'parley://chat.example.com/run/calc.exe',
    'parley:///invite/abcdefgh',
    `parley://chat.example.com/invite/${'a'.repeat(1_000_000)}`,
  ])('are refused: %.60s', (text) => {
    expect(parseDeepLink(text)).toBeNull();
  });

  it('are found among arguments', () => {
    expect(deepLinkIn(['parley', '--flag', 'parley://a.example/invite/abcdefgh'])).not.toBeNull();
    expect(deepLinkIn(['parley', '--profile=x'])).toBeNull();
  });
});

describe('external links', () => {
  const own = 'https://chat.example.com';
  const owns = ['https://other.example', own];

  it('leave for https and mailto, and ask about hosts that are not the own server', () => {
    for (const mail of ['mailto:a@example.com', 'mailto:a@example.com?subject=Tea']) {
      expect(judgeExternalLink(mail, owns)).toEqual({ open: true, url: mail, ask: null });
    }
    expect(judgeExternalLink(`${own}/x`, owns)).toMatchObject({ open: true, ask: null });
    expect(judgeExternalLink('https://example.org/x', owns)).toMatchObject({ ask: 'example.org' });
    // A company that serves itself without TLS reaches its own pages.
    const plain = 'http://chat.local:3000';
    expect(judgeExternalLink(`${plain}/x`, [plain])).toMatchObject({ open: true, ask: null });
  });

  it.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    'smb://host/share',
    '\\\\host\\share',
    'ms-msdt:/id',
    'parley://chat.example.com/invite/abcdefgh',
    'mailto:a@example.com?subject=x&attach=/etc/passwd',
    'https://chat.example.com@evil.example/',
    'http://example.org/',
    'http://chat.example.com/',
    'not a url',
  ])('never leave: %s', (text) => {
    expect(judgeExternalLink(text, owns)).toEqual({ open: false });
  });
});
