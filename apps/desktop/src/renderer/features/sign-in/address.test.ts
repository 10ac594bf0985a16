import { describe, expect, it } from 'vitest';
import { inviteCodeIn, parseDestination, setupTokenIn } from './address.ts';

describe('the address of a server', () => {
  it.each([
    ['chat.example.com', 'https://chat.example.com'],
    ['  chat.example.com/  ', 'https://chat.example.com'],
    ['https://Chat.Example.com:8443/app?x=1#y', 'https://chat.example.com:8443'],
    ['http://chat.example.com', 'http://chat.example.com'],
    ['localhost:4100', 'http://localhost:4100'],
    ['127.0.0.1:4100', 'http://127.0.0.1:4100'],
    ['https://localhost:4100', 'https://localhost:4100'],
    ['[::1]:4100', 'http://[::1]:4100'],
    ['192.168.1.20:4100', 'https://192.168.1.20:4100'],
    ['parley://chat.example.com', 'https://chat.example.com'],
    ['müller.example', 'https://xn--mller-kva.example'],
  ])('%s is %s', (entered, server) => {
    expect(parseDestination(entered)).toEqual({ server, purpose: null });
  });

  it.each([
    '',
    'hello',
    'two words',
    'ftp://example.com',
    'javascript:alert(1)',
    'https://',
    '://',
  ])('%j is none', (entered) => {
    expect(parseDestination(entered)).toBeNull();
  });

  it('takes no credentials in an address', () => {
    expect(parseDestination('https://me:secret@example.com')).toBeNull();
  });
});

describe('links', () => {
  it.each([
    'https://chat.example.com/?invite=abc-123',
    'chat.example.com/?invite=abc-123',
    'https://chat.example.com/invite/abc-123',
    'parley://chat.example.com/invite/abc-123',
  ])('%s is an invite', (entered) => {
    expect(parseDestination(entered)).toEqual({
      server: 'https://chat.example.com',
      purpose: { kind: 'invite', code: 'abc-123' },
    });
  });

  it('knows the link that the server prints at its first start', () => {
    expect(parseDestination('http://127.0.0.1:4100?setup=t0ken')).toEqual({
      server: 'http://127.0.0.1:4100',
      purpose: { kind: 'setup', token: 't0ken' },
    });
  });

  it('finds the code in a pasted link, and takes a bare code as it is', () => {
    expect(inviteCodeIn(' https://chat.example.com/?invite=abc ')).toBe('abc');
    expect(inviteCodeIn(' abc ')).toBe('abc');
    expect(setupTokenIn('http://localhost:4100/?setup=xyz')).toBe('xyz');
    expect(setupTokenIn('xyz')).toBe('xyz');
  });
});
