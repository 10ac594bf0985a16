import { X509Certificate } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { RefusedCertificate } from '../bridge/bridge.ts';
import { selfSigned } from '../../test/certificate.ts';
import { Certificates, type CertificatesOptions, type Pin } from './certificates.ts';

const accept = 0;
const refuse = -2;
const asChromiumSays = -3;
const unknownAuthority = -202;
const server = 'https://localhost:4100';

const first = selfSigned().cert;
const second = selfSigned().cert;
const fingerprintOf = (pem: string) => new X509Certificate(pem).fingerprint256;

let pins: Pin[];
let servers: string[];
let now: number;
const onChange = vi.fn((_host: string, _refused: RefusedCertificate | null) => undefined);

beforeEach(() => {
  pins = [];
  servers = [server];
  // A certificate that is made in a test is valid from then on.
  now = Date.now() + 60_000;
  onChange.mockClear();
});

function start(policy: Partial<CertificatesOptions['policy']> = {}) {
  const certificates = new Certificates({
    pins: { get: () => pins, set: (changed) => (pins = changed) },
    policy: { certificateExceptions: true, certificates: [], ...policy },
    servers: () => servers,
    now: () => now,
    onChange,
  });
  const judge = (data: string, errorCode = unknownAuthority, hostname = 'localhost') => {
    const callback = vi.fn((_result: number) => undefined);
    certificates.verify({ hostname, certificate: { data }, errorCode }, callback);
    return callback.mock.calls[0]?.[0];
  };
  return { certificates, judge };
}

describe('a certificate of an unknown authority', () => {
  it('is refused until the person trusts it, and then is the one of this server', () => {
    const { certificates, judge } = start();
    expect(judge(first)).toBe(refuse);
    const refused = certificates.refused(server);
    expect(refused).toMatchObject({
      host: 'localhost',
      why: 'unknown',
      before: null,
      fingerprint: fingerprintOf(first),
      issuer: 'O=Northwind',
    });
    certificates.trust(server, fingerprintOf(first));
    expect(judge(first)).toBe(accept);
    expect(pins).toEqual([{ server, fingerprint: fingerprintOf(first) }]);
    // At the next start, too.
    expect(start().judge(first)).toBe(accept);
  });

  it('is refused where another was trusted, and the person sees both', () => {
    pins = [{ server, fingerprint: fingerprintOf(first) }];
    const { certificates, judge } = start();
    expect(judge(first)).toBe(accept);
    expect(judge(second)).toBe(refuse);
    expect(onChange).toHaveBeenLastCalledWith(
      'localhost',
      expect.objectContaining({
        why: 'changed',
        before: fingerprintOf(first),
        fingerprint: fingerprintOf(second),
      }),
    );
    certificates.trust(server, fingerprintOf(second));
    expect(onChange).toHaveBeenLastCalledWith('localhost', null);
    expect(judge(second)).toBe(accept);
    expect(judge(first)).toBe(refuse);
  });

  it('is trusted only as it was shown', () => {
    const { certificates, judge } = start();
    expect(() => {
      certificates.trust(server, fingerprintOf(first));
    }).toThrow();
    judge(first);
    judge(second);
    expect(() => {
      certificates.trust(server, fingerprintOf(first));
    }).toThrow();
    expect(pins).toEqual([]);
  });

  it('is nobody’s question at a host that nobody added', () => {
    servers = [];
    const { certificates, judge } = start();
    expect(judge(first)).toBe(refuse);
    expect(certificates.refused(server)).toBeNull();
    expect(onChange).not.toHaveBeenCalled();
    certificates.want(server);
    expect(judge(first)).toBe(refuse);
    expect(certificates.refused(server)?.why).toBe('unknown');
  });

  it('trusted for one server says nothing of another', () => {
    pins = [{ server, fingerprint: fingerprintOf(first) }];
    servers = [server, 'https://127.0.0.1:4100'];
    const { certificates, judge } = start();
    expect(judge(first, unknownAuthority, '127.0.0.1')).toBe(refuse);
    expect(certificates.refused('https://127.0.0.1:4100')?.why).toBe('unknown');
  });

  it('is forgotten with the last account on its server', () => {
    const elsewhere = { server: 'https://127.0.0.1', fingerprint: fingerprintOf(second) };
    pins = [elsewhere];
    const { certificates, judge } = start();
    judge(first);
    certificates.trust(server, fingerprintOf(first));
    expect(pins).toEqual([{ server, fingerprint: fingerprintOf(first) }]);
  });
});

describe('a certificate with another fault', () => {
  /** Chromium says “unknown authority” for all of these, and nothing of what else is wrong. */
  type Case = [why: RefusedCertificate['why'], make: () => string, prepare: () => void];
  const wait = (days: number) => () => {
    now += days * 86_400_000;
  };
  it.each<Case>([
    ['expired', () => first, wait(40)],
    ['expired', () => first, wait(-1)],
    ['wrong_name', () => selfSigned({ names: 'DNS:elsewhere.example' }).cert, () => undefined],
    ['weak', () => selfSigned({ bits: 1_024 }).cert, () => undefined],
    ['invalid', () => 'no certificate at all', () => undefined],
  ])('%s is refused, and cannot be trusted', (why, make, prepare) => {
    prepare();
    const { certificates, judge } = start();
    const pem = make();
    expect(judge(pem)).toBe(refuse);
    const refused = certificates.refused(server);
    expect(refused?.why).toBe(why);
    expect(() => {
      certificates.trust(server, refused?.fingerprint ?? '');
    }).toThrow();
    expect(judge(pem)).toBe(refuse);
  });

  it('is refused though it was trusted before it expired', () => {
    pins = [{ server, fingerprint: fingerprintOf(first) }];
    now += 40 * 86_400_000;
    expect(start().judge(first)).toBe(refuse);
  });

  it.each([
    [-200, 'wrong_name'],
    [-201, 'expired'],
    [-206, 'invalid'],
  ] as const)('by Chromium’s word %s is left to Chromium, and named', (code, why) => {
    pins = [{ server, fingerprint: fingerprintOf(first) }];
    const { certificates, judge } = start();
    expect(judge(first, code)).toBe(asChromiumSays);
    expect(certificates.refused(server)?.why).toBe(why);
  });
});

it('a certificate that the system trusts needs nobody, and ends what was refused before it', () => {
  const { certificates, judge } = start();
  judge(second);
  expect(judge(first, 0)).toBe(asChromiumSays);
  expect(certificates.refused(server)).toBeNull();
});

describe('a policy', () => {
  it('can forbid exceptions, those of before too', () => {
    pins = [{ server, fingerprint: fingerprintOf(first) }];
    const { certificates, judge } = start({ certificateExceptions: false });
    expect(judge(first)).toBe(refuse);
    expect(certificates.refused(server)?.why).toBe('forbidden');
    expect(() => {
      certificates.trust(server, fingerprintOf(first));
    }).toThrow();
  });

  it('can name certificates, about which nobody is asked', () => {
    const { judge } = start({
      certificateExceptions: false,
      certificates: [fingerprintOf(first)],
    });
    expect(judge(first)).toBe(accept);
    expect(judge(second)).toBe(refuse);
  });
});
