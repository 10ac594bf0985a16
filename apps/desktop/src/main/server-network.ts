import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { abortAfter } from './abort-after.ts';
import type { Certificates } from './certificates.ts';
import type { Fetch } from './server-call.ts';

/** The part of an Electron session that is used. */
export type NetworkSession = {
  fetch(url: string, init: RequestInit): Promise<Response>;
  closeAllConnections(): Promise<void>;
};

const lookWithinMs = 5_000;

/**
 * What main asks servers, over connections of its own, nothing of which is kept. Chromium's network: it knows the
 * system's proxy and its certificates, as the page's connection does.
 */
export class ServerNetwork {
  readonly #open: (name: string) => NetworkSession;
  readonly #certificates: Pick<Certificates, 'refused' | 'answered'>;
  #generation = 0;
  #accounts: NetworkSession;
  #looks: NetworkSession;

  constructor(
    open: (name: string) => NetworkSession,
    certificates: Pick<Certificates, 'refused' | 'answered'>,
  ) {
    this.#open = open;
    this.#certificates = certificates;
    this.#accounts = open('accounts');
    this.#looks = open('looks');
  }

  /** Rejects with a ParleyError whose reason begins with `certificate_` where the certificate was refused. */
  readonly fetch: Fetch = async (url, init) => {
    const { origin } = new URL(url);
    try {
      const response = await this.#accounts.fetch(url, { ...init, credentials: 'omit' });
      this.#certificates.answered(origin);
      return response;
    } catch (error) {
      const refused = this.#certificates.refused(origin);
      if (!refused || init.signal?.aborted) throw error;
      const reason = `certificate_${refused.why}`;
      throw new ParleyError('unavailable', 'The certificate of the server is not trusted.', {
        reason,
        cause: error,
      });
    }
  };

  /**
   * Whether the page may connect to a server: looks at its certificate first. What the page's own session once refused
   * it would go on refusing for half an hour, also after the person has decided otherwise.
   */
  async mayConnect(url: string): Promise<boolean> {
    const { host } = new URL(url);
    const origin = `https://${host}`;
    try {
      // One that is open tells nothing of the certificate that the next one meets.
      await this.#looks.closeAllConnections();
      await this.#looks.fetch(`${origin}/healthz`, {
        method: 'HEAD',
        credentials: 'omit',
        redirect: 'manual',
        signal: abortAfter(lookWithinMs),
      });
      this.#certificates.answered(origin);
      return true;
    } catch {
      // Whatever else is wrong, the page finds out.
      return this.#certificates.refused(origin) === null;
    }
  }

  /** After a decision: sessions that know nothing of what was refused before. */
  renew(): void {
    this.#generation += 1;
    this.#accounts = this.#open(`accounts-${this.#generation}`);
    this.#looks = this.#open(`looks-${this.#generation}`);
  }

  async closeAllConnections(): Promise<void> {
    await this.#accounts.closeAllConnections();
  }
}
