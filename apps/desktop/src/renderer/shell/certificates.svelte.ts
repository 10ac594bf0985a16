import { SvelteMap } from 'svelte/reactivity';
import type { Bridge, RefusedCertificate } from '../../bridge/bridge.ts';
import { hostnameOf } from '../features/sign-in/address.ts';
import { explain } from '../messages.ts';
import { toasts } from '../ui/toasts.svelte.ts';

/** The certificates because of which servers of this device are not connected to. */
export class CertificateWatch {
  readonly #bridge: Bridge;
  readonly #refused = new SvelteMap<string, RefusedCertificate>();

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    bridge.on('certificate.changed', ({ host, refused }) => {
      if (refused) this.#refused.set(host, refused);
      else this.#refused.delete(host);
    });
  }

  refused(server: string): RefusedCertificate | null {
    return this.#refused.get(hostnameOf(server)) ?? null;
  }

  /** Whether it is trusted now; where it could not be, the person is told. */
  async trust(server: string, { fingerprint }: RefusedCertificate): Promise<boolean> {
    try {
      await this.#bridge.call('certificate.trust', { server, fingerprint });
      return true;
    } catch (error) {
      toasts.fail(explain(error));
      return false;
    }
  }
}
