import { beforeEach, describe, expect, it, vi, type Mock } from 'vitest';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { CallReply } from '../bridge/bridge.ts';
import { defaultSettings } from '../bridge/settings.ts';
import { callNames, signalChannel, type CallName } from '../bridge/names.ts';
import { hostBridge, sendSignal, type Answers, type CallListener } from './bridge-host.ts';

type From = Parameters<CallListener>[0];

const page = { url: 'app://parley/index.html', parent: null };
const own = { name: 'the window' };

type Stubs = Record<CallName, Mock<(input: unknown) => unknown>>;

const account = {
  server: 'https://chat.example.com',
  userId: '01900000-0000-7000-8000-000000000002',
};
let answers: Stubs;
let bugs: unknown[];
let contents: object | null;
let invoke: (name: unknown, input: unknown, from?: Partial<From>) => Promise<CallReply>;

beforeEach(() => {
  answers = Object.fromEntries(callNames.map((name) => [name, vi.fn()])) as Stubs;
  answers['settings.get'].mockReturnValue(defaultSettings);
  bugs = [];
  contents = own;
  const listener = hostBridge({
    contents: () => contents,
    answers: answers as Answers,
    onBug: (error) => bugs.push(error),
  });
  invoke = (name, input, from = {}) =>
    listener({ sender: own, senderFrame: page, ...from }, name, input);
});

const codeOf = (reply: CallReply) => (reply.ok ? 'ok' : reply.error.code);

describe('calls', () => {
  it('of the own page are answered', async () => {
    expect(await invoke('settings.get', {})).toEqual({ ok: true, output: defaultSettings });
  });

  it.each([
    ['another window', { sender: { name: 'the window' } }],
    ['a frame within the page', { senderFrame: { url: page.url, parent: page } }],
    ['a page of a server', { senderFrame: { url: 'https://chat.example.com/', parent: null } }],
    ['a page with a similar name', { senderFrame: { url: 'app://parley.example/', parent: null } }],
    ['a file', { senderFrame: { url: 'file:///app/index.html', parent: null } }],
    ['a frame that is gone', { senderFrame: null }],
  ])('of %s are refused before anything runs', async (_who, from) => {
    const reply = await invoke('settings.set', { theme: 'dark' }, from);
    expect(codeOf(reply)).toBe('forbidden');
    expect(answers['settings.set']).not.toHaveBeenCalled();
  });

  it('are refused when there is no window', async () => {
    contents = null;
    expect(codeOf(await invoke('settings.get', {}))).toBe('forbidden');
  });

  it.each(['app.quit', 'constructor', '__proto__', 'toString', 7, null, undefined])(
    'that do not exist are refused: %s',
    async (name) => {
      expect(codeOf(await invoke(name, {}))).toBe('forbidden');
      expect(bugs).toEqual([]);
    },
  );

  it.each([
    ['a wrong value', { theme: 'purple' }],
    ['an unknown key', { theme: 'dark', token: 'x' }],
    ['no object', 'dark'],
    ['nothing', undefined],
  ])('with %s are refused before anything runs', async (_what, input) => {
    expect(codeOf(await invoke('settings.set', input))).toBe('invalid_input');
    expect(answers['settings.set']).not.toHaveBeenCalled();
  });

  it('give what is parsed, not what came', async () => {
    const check = vi.fn((_input: unknown) =>
      Promise.reject(new ParleyError('unavailable', 'Away.')),
    );
    answers['server.check'] = check;
    await invoke('server.check', { server: 'https://chat.example.com/some/path' });
    expect(answers['server.check']).toHaveBeenCalledWith({ server: 'https://chat.example.com' });
  });

  it('that fail as expected say why', async () => {
    const cause = new Error('connect ECONNREFUSED');
    const failure = new ParleyError('unavailable', 'The server cannot be reached.', { cause });
    answers['settings.get'].mockRejectedValue(failure);
    expect(await invoke('settings.get', {})).toEqual({
      ok: false,
      error: { code: 'unavailable', message: 'The server cannot be reached.' },
    });
    expect(bugs).toEqual([]);
  });

  it('that fail by a bug tell the page nothing of it', async () => {
    const bug = new Error('ENOENT: /home/ada/secret');
    answers['settings.get'].mockRejectedValue(bug);
    const reply = await invoke('settings.get', {});
    expect(codeOf(reply)).toBe('internal');
    expect(JSON.stringify(reply)).not.toMatch(/ENOENT|secret|stack|\.ts/);
    expect(bugs).toEqual([bug]);
  });

  it('never give out what the schema of the output does not have', async () => {
    answers['session.close'].mockReturnValue({ refreshToken: 'secret' });
    expect(await invoke('session.close', { account })).toEqual({ ok: true, output: {} });
    answers['settings.get'].mockReturnValue({ ...defaultSettings, theme: 'purple' });
    expect(codeOf(await invoke('settings.get', {}))).toBe('internal');
  });
});

describe('signals', () => {
  it('go to a page that is there', () => {
    const send = vi.fn();
    sendSignal({ isDestroyed: () => false, send }, 'session.ended', { account, reason: 'revoked' });
    expect(send).toHaveBeenCalledWith(signalChannel, 'session.ended', {
      account,
      reason: 'revoked',
    });
    sendSignal({ isDestroyed: () => true, send }, 'session.ended', { account, reason: 'revoked' });
    sendSignal(null, 'session.ended', { account, reason: 'revoked' });
    expect(send).toHaveBeenCalledTimes(1);
  });
});
