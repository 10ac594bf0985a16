import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Keeping } from '../bridge/bridge.ts';
import { keyOf, type Account } from '../bridge/settings.ts';
import { KeyringUnavailable } from './keyring.ts';
import { SessionVault } from './session-vault.ts';
import { Accounts } from './accounts.ts';

const server = 'https://chat.example.com';
const sessionId = '01900000-0000-7000-8000-000000000001';
const userId = '01900000-0000-7000-8000-000000000002';
const user = {
  id: userId,
  username: 'ada',
  displayName: 'Ada Lovelace',
  role: 'member',
  kind: 'human',
  title: '',
  timezone: 'UTC',
  avatarFileId: null,
  status: null,
  deactivatedAt: null,
};
const login = {
  server,
  command: 'session.create' as const,
  input: { login: 'ada', password: 'x' },
};

type Asked = { command: string; input: unknown; authorization: string | undefined };
type Answer = () => Response | Promise<Response>;

let clock: number;
let issued: number;
let asked: Asked[];
let answers: Record<string, Answer>;
let vaults: Map<string, SessionVault>;
let vault: SessionVault;
const account = { server, userId };
const onKeeping = vi.fn((_account: Account, _keeping: Keeping) => undefined);
const onEnded = vi.fn((_account: Account, _reason: string) => undefined);

function vaultAt(of: Account): SessionVault {
  const made =
    vaults.get(keyOf(of)) ??
    new SessionVault({
      stores: [],
      whereabouts: { get: () => null, set: () => undefined },
      isQuiet: true,
      now: () => clock,
      onTrouble: vi.fn(),
      onWiped: vi.fn(),
    });
  vaults.set(keyOf(of), made);
  return made;
}

const json = (body: object, status = 200) => new Response(JSON.stringify(body), { status });
const refusal = (reason: string) =>
  json({ code: 'unauthenticated', detail: 'Signed out.', reason }, 401);
const signedIn = () => signedInAs(sessionId);
const signedInAs = (id: string) => {
  issued += 1;
  return json({
    sessionId: id,
    user,
    accessToken: `access-${issued}`,
    accessTokenExpiresAt: new Date(clock + 600_000).toISOString(),
    refreshToken: `refresh-${issued}`,
  });
};

/** A start of the app; what is in the vault stays. */
const start = (
  onFetch: (url: string) => void = () => undefined,
  onlyServer: string | null = null,
) =>
  new Accounts({
    onlyServer,
    vaultOf: (account) => vaultAt(account),
    device: { name: 'Desktop', platform: 'linux' },
    now: () => clock,
    onEnded,
    onKeeping,
    fetch: async (url, init) => {
      onFetch(url);
      const command = url.replace(/^.*\/api\/v1\//, '');
      const authorization = new Headers(init.headers).get('authorization') ?? undefined;
      asked.push({ command, input: JSON.parse(init.body as string) as unknown, authorization });
      const answer = answers[command];
      if (!answer) throw new TypeError('fetch failed');
      return answer();
    },
  });
const commandsAsked = () => asked.map(({ command }) => command);

beforeEach(() => {
  clock = Date.UTC(2026, 0, 1);
  issued = 0;
  asked = [];
  onEnded.mockClear();
  answers = {
    'session.create': signedIn,
    'session.refresh': signedIn,
    'session.end': () => json({}),
  };
  vaults = new Map();
  vault = vaultAt(account);
});

describe('signing in', () => {
  it('gives the page an access token and never the refresh token', async () => {
    const access = await start().open(login);
    expect(access).toMatchObject({
      server,
      userId,
      accessToken: 'access-1',
      protectedBy: 'memory',
    });
    expect(JSON.stringify(access)).not.toContain('refresh-1');
    expect(asked[0]?.input).toMatchObject({ login: 'ada', device: { name: 'Desktop' } });
    expect(await vault.load()).toMatchObject({ refreshToken: 'refresh-1', nonce: null });
  });

  it('is told apart from a server that is away, or is none of ours', async () => {
    answers = {};
    await expect(start().open(login)).rejects.toMatchObject({ code: 'unavailable' });
    for (const odd of [json({ hello: 'world' }), json({}, 404), new Response('<html>')]) {
      answers = { 'session.create': () => odd };
      await expect(start().open(login)).rejects.toMatchObject({ code: 'unavailable' });
    }
    answers = { 'session.create': () => refusal('wrong_password') };
    await expect(start().open(login)).rejects.toMatchObject({ reason: 'wrong_password' });
    expect(await vault.load()).toBeNull();
  });
});

describe('an access token', () => {
  it('is kept while it is good, and replaced before it ends', async () => {
    const signIn = start();
    await signIn.open(login);
    expect(await signIn.access(account, 60_000)).toMatchObject({ accessToken: 'access-1' });
    clock += 570_000;
    expect(await signIn.access(account, 60_000)).toMatchObject({ accessToken: 'access-2' });
    expect(commandsAsked()).toEqual(['session.create', 'session.refresh']);
  });

  it('is had after a restart without asking the person', async () => {
    await start().open(login);
    expect(await start().access(account, 0)).toMatchObject({ accessToken: 'access-2' });
    expect(await vault.load()).toMatchObject({ refreshToken: 'refresh-2', nonce: null });
  });

  it('is asked for once by all who want it', async () => {
    await start().open(login);
    const signIn = start();
    await Promise.all([
      signIn.access(account, 0),
      signIn.access(account, 0),
      signIn.access(account, 0),
    ]);
    expect(commandsAsked()).toEqual(['session.create', 'session.refresh']);
  });

  it('is asked for by the same name again when the answer was lost', async () => {
    await start().open(login);
    delete answers['session.refresh'];
    await expect(start().access(account, 0)).rejects.toMatchObject({ code: 'unavailable' });
    answers['session.refresh'] = signedIn;
    expect(await start().access(account, 0)).not.toBeNull();
    const [lost, repeated] = asked.filter(({ command }) => command === 'session.refresh');
    expect(lost?.input).toMatchObject({
      refreshToken: 'refresh-1',
      nonce: expect.stringMatching(/./) as string,
    });
    expect(repeated?.input).toEqual(lost?.input);
    expect(onEnded).not.toHaveBeenCalled();
  });

  it('is not to be had once the server has ended the session', async () => {
    await start().open(login);
    answers['session.refresh'] = () => refusal('revoked');
    const signIn = start();
    expect(await signIn.access(account, 0)).toBeNull();
    expect(onEnded).toHaveBeenCalledWith(account, 'revoked');
    expect(await vault.load()).toBeNull();
  });
});

describe('a keyring that does not give the session', () => {
  let text: string | null;
  let why: 'locked' | 'away' | null;
  let kept: 'keychain' | 'system' | 'memory' | null;
  const open = () =>
    new SessionVault({
      stores: [
        {
          protection: 'keychain',
          load: () => (why ? Promise.reject(new KeyringUnavailable(why, 'x')) : answer(text)),
          store: (secret) =>
            why ? Promise.reject(new KeyringUnavailable(why, 'x')) : answer(void (text = secret)),
          remove: () => answer(void (text = null)),
        },
      ],
      whereabouts: { get: () => kept, set: (protection) => void (kept = protection) },
      isQuiet: true,
      now: () => clock,
      onTrouble: vi.fn(),
      onWiped: vi.fn(),
    });
  const answer = <T>(value: T) => Promise.resolve(value);
  /** The app starts again: what was at hand is gone. */
  const restart = () => {
    vaults.set(keyOf(account), open());
    return start();
  };

  beforeEach(() => {
    text = null;
    why = null;
    kept = null;
    onKeeping.mockClear();
  });

  it.each(['locked', 'away'] as const)(
    'as it is %s ends nothing: it is told, and the session is there when that is over',
    async (state) => {
      await restart().open(login);
      expect(onKeeping).toHaveBeenLastCalledWith(account, 'safe');
      const accounts = restart();
      why = state;
      await expect(accounts.access(account, 0)).rejects.toMatchObject({ code: 'unavailable' });
      expect(onKeeping).toHaveBeenLastCalledWith(account, state);
      expect(onEnded).not.toHaveBeenCalled();
      why = null;
      expect(await accounts.access(account, 0)).toMatchObject({ protectedBy: 'keychain' });
      expect(onKeeping).toHaveBeenLastCalledWith(account, 'safe');
    },
  );

  it('as it was locked after the sign-in is told, and looked after', async () => {
    const accounts = restart();
    why = 'locked';
    await accounts.open(login);
    expect(onKeeping).toHaveBeenLastCalledWith(account, 'memoryWhileLocked');
    why = null;
    await accounts.settle();
    expect(onKeeping).toHaveBeenLastCalledWith(account, 'safe');
    expect(text).toContain('refresh-1');
  });

  it('as somebody emptied it ends the session, and that is the reason given', async () => {
    await restart().open(login);
    text = null;
    expect(await restart().access(account, 0)).toBeNull();
    expect(onEnded).toHaveBeenCalledWith(account, 'keyring_lost');
  });

  it('does not keep anybody from signing out', async () => {
    await restart().open(login);
    const accounts = restart();
    why = 'locked';
    await accounts.close(account);
    expect(commandsAsked()).toEqual(['session.create']);
    expect(kept).toBeNull();
  });
});

describe('signing out', () => {
  it('ends the session here and at the server', async () => {
    const signIn = start();
    await signIn.open(login);
    await signIn.close(account);
    expect(asked.at(-1)).toMatchObject({
      command: 'session.end',
      authorization: 'Bearer access-1',
    });
    expect(await vault.load()).toBeNull();
    expect(await signIn.access(account, 0)).toBeNull();
  });

  it('ends it here even when the server is away', async () => {
    const signIn = start();
    await signIn.open(login);
    answers = {};
    await signIn.close(account);
    expect(await vault.load()).toBeNull();
  });

  it('ends it at the server even when the access token has expired', async () => {
    const signIn = start();
    await signIn.open(login);
    clock += 3_600_000;
    await signIn.close(account);
    expect(asked.at(-1)).toMatchObject({
      command: 'session.end',
      authorization: 'Bearer access-2',
    });
    expect(await vault.load()).toBeNull();
    expect(await signIn.access(account, 0)).toBeNull();
  });

  it('is not undone by a refresh that was under way', async () => {
    const signIn = start();
    await signIn.open(login);
    clock += 570_000;
    let answer: (response: Response) => void = () => undefined;
    answers['session.refresh'] = () => new Promise((resolve) => (answer = resolve));
    const refreshing = signIn.access(account, 60_000);
    await expect.poll(commandsAsked).toContain('session.refresh');
    const closing = signIn.close(account);
    answer(signedIn());
    await Promise.all([refreshing, closing]);
    expect(await vault.load()).toBeNull();
    expect(asked.at(-1)).toMatchObject({
      command: 'session.end',
      authorization: 'Bearer access-2',
    });
  });

  it('does not end what is signed in after it', async () => {
    const signIn = start();
    await signIn.open(login);
    await Promise.all([signIn.close(account), signIn.open(login)]);
    expect(await vault.load()).toMatchObject({ refreshToken: 'refresh-2' });
    expect(await signIn.access(account, 0)).toMatchObject({ accessToken: 'access-2' });
  });
});

describe('several accounts', () => {
  const elsewhere = { server: 'https://other.example', userId };

  it('are signed in beside each other, though the servers gave them one id', async () => {
    const accounts = start();
    await accounts.open(login);
    await accounts.open({ ...login, server: elsewhere.server });
    expect(await accounts.access(account, 0)).toMatchObject({ server, accessToken: 'access-1' });
    expect(await accounts.access(elsewhere, 0)).toMatchObject({
      server: elsewhere.server,
      accessToken: 'access-2',
    });
    expect(accounts.servers).toEqual([server, elsewhere.server]);
    await accounts.close(account);
    expect(accounts.servers).toEqual([elsewhere.server]);
    expect(await vaultAt(account).load()).toBeNull();
    expect(await vaultAt(elsewhere).load()).toMatchObject({ refreshToken: 'refresh-2' });
  });

  it('never share a token: a refresh goes to the server of its own account', async () => {
    const hosts: string[] = [];
    await start().open(login);
    await start().open({ ...login, server: elsewhere.server });
    answers['session.refresh'] = signedIn;
    const accounts = start((url) => hosts.push(new URL(url).origin));
    asked = [];
    await accounts.access(account, 0);
    await accounts.access(elsewhere, 0);
    expect(hosts).toEqual([server, elsewhere.server]);
    expect(asked.map(({ input }) => (input as { refreshToken: string }).refreshToken)).toEqual([
      'refresh-1',
      'refresh-2',
    ]);
  });

  it('are replaced by a new sign-in of the same one, and the session before it is ended', async () => {
    const accounts = start();
    await accounts.open(login);
    answers['session.create'] = () => signedInAs('01900000-0000-7000-8000-000000000009');
    await accounts.open(login);
    expect(asked.at(-1)).toMatchObject({
      command: 'session.end',
      authorization: 'Bearer access-1',
    });
    expect(await accounts.access(account, 0)).toMatchObject({ accessToken: 'access-2' });
  });
});

describe('a server that means harm', () => {
  it('cannot fill the memory with an endless answer', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1;
        controller.enqueue(new Uint8Array(100_000));
      },
    });
    answers['session.create'] = () => new Response(endless);
    await expect(start().open(login)).rejects.toMatchObject({ code: 'unavailable' });
    expect(sent).toBeLessThan(30);
  });
});

describe('a policy that names the only server', () => {
  it('lets nothing be sent anywhere else, not for those who were signed in before either', async () => {
    await start().open({ ...login, server: 'https://other.example' });
    asked = [];
    const accounts = start(undefined, server);
    const elsewhere = { server: 'https://other.example', userId };
    await expect(accounts.checkServer(elsewhere.server)).rejects.toMatchObject({
      code: 'forbidden',
      reason: 'policy',
    });
    await expect(accounts.open({ ...login, ...elsewhere })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(await accounts.access(elsewhere, 0)).toBeNull();
    expect(asked).toEqual([]);
    expect(await accounts.open(login)).toMatchObject({ server });
  });
});
