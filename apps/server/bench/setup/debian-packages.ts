/** The peers and Postgres from Debian. */
import { spawnSync } from 'node:child_process';
import { findPrograms } from '../private-postgres.ts';
import type { SystemName } from '../systems/catalogue.ts';

const packagesOf: Partial<Record<SystemName, readonly string[]>> = {
  ejabberd: ['ejabberd', 'erlang-p1-pgsql'],
  prosody: ['prosody', 'lua-dbi-postgresql'],
  ngircd: ['ngircd'],
};

/**
 * Nothing that is installed may start: the bench starts what it needs, on the loopback interface. Debian asks
 * policy-rc.d before it starts a service, and 101 is no. An update may fail for one mirror of several; what is known
 * may still be enough.
 */
function script(install: string): string {
  return `set -e
policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.conf
if [ ! -e $policy ]; then
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > $policy
  chmod 755 $policy
fi
mkdir -p /etc/postgresql-common
[ -e $cluster ] || echo 'create_main_cluster = false' > $cluster
apt-get update || true
DEBIAN_FRONTEND=noninteractive ${install}
`;
}

/**
 * Sees to what the systems need, and installs it when it may: as root, or with a sudo that asks for no password.
 *
 * @returns null when all is there, otherwise what to tell the person
 */
export function ensureDebianPackages(systems: readonly SystemName[]): string | null {
  const missing = systems
    .flatMap((system) => packagesOf[system] ?? [])
    .filter((name) => !isInstalled(name));
  if (findPrograms() === null) missing.push('postgresql');
  if (missing.length === 0) return null;
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const prefix = privilege();
  if (prefix !== null) {
    console.log(`Installing ${missing.join(' ')}`);
    const [command, ...args] = [...prefix, 'sh', '-c', script(install)] as const;
    const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    if (result.status === 0) return null;
    process.stderr.write(`${result.stdout}${result.stderr}`);
  }
  return `These packages are missing: ${missing.join(' ')}\nInstall them with: sudo ${install}`;
}

function isInstalled(name: string): boolean {
  const query = spawnSync('dpkg-query', ['-W', '-f', '${Status}', name], { encoding: 'utf8' });
  // Where there is no dpkg there is no output either.
  return query.error === undefined && query.stdout.includes('ok installed');
}

/** What to put before a command that needs root; null when there is no way. */
function privilege(): string[] | null {
  if (process.getuid?.() === 0) return [];
  const sudo = ['sudo', '-n'];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? sudo : null;
}
