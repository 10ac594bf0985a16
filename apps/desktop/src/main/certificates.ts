import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { z } from 'zod';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { RefusedCertificate } from '../bridge/bridge.ts';
import { Fingerprint, ServerAddress } from '../bridge/settings.ts';

/** A certificate that the person trusts for a server, though no authority that their system knows vouches for it. */
export const Pin = z.strictObject({ server: ServerAddress, fingerprint: Fingerprint });
export type Pin = z.infer<typeof Pin>;

/** What Electron asks of a session's `setCertificateVerifyProc`. */
export type VerifyRequest = {
  hostname: string;
  certificate: { data: string };
  /** Chromium's verdict, as a code of its net errors; 0: it trusts the certificate. */
  errorCode: number;
};
type Verify = (request: VerifyRequest, callback: (result: number) => void) => void;

/** Results for Electron: good; not good; whatever Chromium said. */
const results = { accept: 0, refuse: -2, asChromiumSays: -3 } as const;
/** Codes of https://source.chromium.org/chromium/chromium/src/+/main:net/base/net_error_list.h. */
const authorityInvalid = -202;
const reasons: Record<number, RefusedCertificate['why'] | undefined> = {
  [-200]: 'wrong_name',
  [-201]: 'expired',
  [-208]: 'weak',
  [-211]: 'weak',
};
const minKeyBits = 2_048;
const maxText = 200;
/** The person adds few servers; a page that asked for many would fill the memory. */
const maxHosts = 100;

export type CertificatesOptions = {
  pins: { get(): Pin[]; set(pins: Pin[]): void };
  /** What the administrator says: whether anybody may trust one by themselves, and which are trusted anyway. */
  policy: { certificateExceptions: boolean; certificates: readonly string[] };
  /** The servers of those who are signed in on this device. */
  servers: () => readonly string[];
  now: () => number;
  /** Null: the server has one now that is trusted. */
  onChange: (host: string, refused: RefusedCertificate | null) => void;
};

/**
 * Which certificates are trusted beyond what the system trusts: those of a company that is its own authority. The
 * person decides for each server, once; another one at the same server is refused until they have decided again. What
 * is wrong in any other way is refused, and nobody is asked.
 */
export class Certificates {
  readonly #options: CertificatesOptions;
  readonly #refused = new Map<string, RefusedCertificate>();
  /** Hosts that the person wants to connect to. */
  readonly #wanted = new Set<string>();

  constructor(options: CertificatesOptions) {
    this.#options = options;
  }

  /** For `setCertificateVerifyProc`. Chromium keeps each result for a while, by host and certificate. */
  readonly verify: Verify = (request, callback) => {
    callback(this.#judge(request));
  };

  /** The person gave this address: its certificate may be asked about. */
  want(server: string): void {
    if (this.#wanted.size >= maxHosts) this.#wanted.clear();
    this.#wanted.add(hostOf(server));
  }

  /** The certificate for which a server's connection was refused. */
  refused(server: string): RefusedCertificate | null {
    return this.#refused.get(hostOf(server)) ?? null;
  }

  /** The server answered: there is nothing to refuse any more. */
  answered(server: string): void {
    this.#clear(hostOf(server));
  }

  /** The person trusts it for this server from now on. Rejects any but the one that they were asked about. */
  trust(server: string, fingerprint: string): void {
    const host = hostOf(server);
    const refused = this.#refused.get(host);
    const isOffered = refused?.why === 'unknown' || refused?.why === 'changed';
    if (!isOffered || refused.fingerprint !== fingerprint) {
      throw new ParleyError('conflict', 'The server has another certificate by now. Try again.');
    }
    const { pins, servers } = this.#options;
    const kept = new Set(servers());
    const others = pins.get().filter((pin) => pin.server !== server && kept.has(pin.server));
    pins.set([...others, { server, fingerprint }]);
    this.#clear(host);
  }

  #judge({ hostname, certificate, errorCode }: VerifyRequest): number {
    const host = bare(hostname);
    if (errorCode === 0) {
      this.#clear(host);
      return results.asChromiumSays;
    }
    const facts = factsOf(certificate.data);
    const pins = this.#options.pins.get().filter(({ server }) => hostOf(server) === host);
    const refuse = (why: RefusedCertificate['why']) => {
      const before = pins.at(-1)?.fingerprint ?? null;
      const { x509: _, ...shown } = facts ?? noFacts;
      const refused = { host, why, before, ...shown };
      // Connections to hosts that nobody asked for are not worth a word.
      if (this.#isWanted(host)) {
        this.#refused.set(host, refused);
        this.#options.onChange(host, refused);
      }
      return errorCode === authorityInvalid ? results.refuse : results.asChromiumSays;
    };
    if (!facts) return refuse('invalid');
    if (errorCode !== authorityInvalid) return refuse(reasons[errorCode] ?? 'invalid');
    // Chromium names an unknown authority first, whatever else may be wrong with a certificate.
    const now = this.#options.now();
    if (now < Date.parse(facts.validFrom) || now > Date.parse(facts.validTo)) {
      return refuse('expired');
    }
    if (!isFor(facts.x509, host)) return refuse('wrong_name');
    const { modulusLength } = facts.x509.publicKey.asymmetricKeyDetails ?? {};
    if (modulusLength !== undefined && modulusLength < minKeyBits) return refuse('weak');

    const { certificateExceptions, certificates } = this.#options.policy;
    const { fingerprint } = facts;
    const isPinned = certificateExceptions && pins.some((pin) => pin.fingerprint === fingerprint);
    if ((isPinned || certificates.includes(fingerprint)) && this.#isWanted(host)) {
      this.#clear(host);
      return results.accept;
    }
    if (!certificateExceptions) return refuse('forbidden');
    return refuse(pins.length > 0 ? 'changed' : 'unknown');
  }

  #isWanted(host: string): boolean {
    return (
      this.#wanted.has(host) || this.#options.servers().some((server) => hostOf(server) === host)
    );
  }

  #clear(host: string): void {
    if (this.#refused.delete(host)) this.#options.onChange(host, null);
  }
}

type Facts = Pick<RefusedCertificate, 'fingerprint' | 'validFrom' | 'validTo' | 'issuer'>;
const noFacts = { fingerprint: '', validFrom: '', validTo: '', issuer: '', x509: null };

function factsOf(pem: string): (Facts & { x509: X509Certificate }) | null {
  try {
    const x509 = new X509Certificate(pem);
    return {
      x509,
      fingerprint: x509.fingerprint256,
      validFrom: new Date(x509.validFrom).toISOString(),
      validTo: new Date(x509.validTo).toISOString(),
      issuer: x509.issuer.replaceAll('\n', ', ').slice(0, maxText),
    };
  } catch {
    return null;
  }
}

function isFor(x509: X509Certificate, host: string): boolean {
  try {
    const names = isIP(host) ? x509.checkIP(host) : x509.checkHost(host, { subject: 'never' });
    return names !== undefined;
  } catch {
    // It throws at what is no name.
    return false;
  }
}

function hostOf(server: string): string {
  return bare(new URL(server).hostname);
}

/** Electron writes addresses of IPv6 without the brackets that they have in a URL. */
function bare(hostname: string): string {
  return hostname.toLowerCase().replace(/^\[|\]$/g, '');
}
