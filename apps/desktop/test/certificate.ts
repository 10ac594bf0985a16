import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type TestCertificate = { key: string; cert: string };

/** A certificate that its holder signed: a new one each time. With no day or fewer it has expired. */
export function selfSigned(
  options: { names?: string; days?: number; bits?: number } = {},
): TestCertificate {
  const { names = 'DNS:localhost,IP:127.0.0.1', days = 30, bits = 2_048 } = options;
  const folder = mkdtempSync(join(tmpdir(), 'parley-certificate-'));
  const at = (name: string) => join(folder, name);
  const openssl = (...given: string[]) => execFileSync('openssl', given, { stdio: 'ignore' });
  try {
    writeFileSync(at('extensions'), `subjectAltName=${names}`);
    const request = [
      '-nodes',
      '-keyout',
      at('key'),
      '-out',
      at('request'),
      '-subj',
      '/O=Northwind',
    ];
    openssl('req', '-new', '-newkey', `rsa:${bits}`, ...request);
    // Unlike `req`, this one makes certificates that have expired.
    const signed = ['-signkey', at('key'), '-extfile', at('extensions'), '-out', at('cert')];
    openssl('x509', '-req', '-in', at('request'), '-days', String(days), ...signed);
    return { key: readFileSync(at('key'), 'utf8'), cert: readFileSync(at('cert'), 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
