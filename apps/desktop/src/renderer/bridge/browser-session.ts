import { Access, type CallInput } from '../../bridge/bridge.ts';
import type { Account } from '../../bridge/settings.ts';
import { postJson } from './post-json.ts';

const Answer = Access.omit({ protectedBy: true });
const deadlineMs = 15_000;

/**
 * The session of the web app. Its refresh token is in a cookie that no script can read; this page holds access
 * tokens alone. Tabs share the cookie, whose token is used once: so they take turns.
 */
export class BrowserSession {
  readonly #ended: (account: Account, reason: string) => void;
  #access: Access | null = null;
  #refreshing: Promise<Access | null> | null = null;
  /** Names one attempt to refresh: repeated when its answer was lost, so that it is not taken for a theft. */
  #attempt: string | null = null;

  constructor(ended: (account: Account, reason: string) => void) {
    this.#ended = ended;
  }

  async open({ command, input }: CallInput<'session.open'>): Promise<Access> {
    const body = { command, input: { ...input, device: describeDevice() } };
    this.#access = this.#read(await postJson('/web/session/open', body, { deadlineMs }));
    return this.#access;
  }

  /** An access token that is good for so long; null when nobody is signed in. */
  async access(minValidMs: number): Promise<Access | null> {
    const left = this.#access ? Date.parse(this.#access.accessTokenExpiresAt) - Date.now() : 0;
    if (this.#access && left > minValidMs) return this.#access;
    this.#refreshing ??= inTurn(() => this.#refresh()).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async close(): Promise<Record<string, never>> {
    const accessToken = this.#access?.accessToken ?? null;
    this.#access = null;
    await postJson('/web/session/close', {}, { deadlineMs, accessToken });
    return {};
  }

  async #refresh(): Promise<Access | null> {
    this.#attempt ??= crypto.randomUUID();
    const body = { nonce: this.#attempt };
    const answer = await postJson('/web/session/access', body, { deadlineMs });
    this.#attempt = null;
    const before = this.#access;
    this.#access = answer === null ? null : this.#read(answer);
    if (!this.#access && before) {
      const { server, userId } = before;
      this.#ended({ server, userId }, 'revoked');
    }
    return this.#access;
  }

  #read(answer: unknown): Access {
    return { ...Answer.parse(answer), protectedBy: 'browser' };
  }
}

/** One tab at a time. Where a page is not served securely, browsers have no locks, and there is no turn. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  return isSecureContext ? navigator.locks.request('parley.session', work) : work();
}

const browsers: [pattern: RegExp, name: string][] = [
  [/\bEdg\//, 'Edge'],
  [/\bFirefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const systems: [pattern: RegExp, name: string][] = [
  [/Windows/, 'Windows'],
  [/iPhone|iPad/, 'iOS'],
  [/Mac OS X/, 'macOS'],
  [/Android/, 'Android'],
  [/Linux/, 'Linux'],
];

function describeDevice(): { name: string; platform: string } {
  const named = (list: typeof browsers) =>
    list.find(([pattern]) => pattern.test(navigator.userAgent))?.[1];
  return {
    name: `${named(browsers) ?? 'Browser'} · ${named(systems) ?? 'Web'}`,
    platform: 'web',
  };
}
