import type { Session } from 'electron';
import type { RefusedCertificate } from '../bridge/bridge.ts';
import type { Policy } from '../bridge/settings.ts';
import { Certificates } from './certificates.ts';
import { loadNoDictionary } from './no-dictionary.ts';
import { confineRequests } from './page-requests.ts';
import { ServerNetwork } from './server-network.ts';
import type { SettingsFile } from './settings.ts';
import { denyPermissions } from './window.ts';

export type ConnectionsOptions = {
  session: {
    readonly defaultSession: Session;
    fromPartition(name: string, options: { cache: boolean }): Session;
  };
  settings: Pick<SettingsFile, 'get' | 'pins' | 'setPins'>;
  policy: Policy;
  onCertificate: (host: string, refused: RefusedCertificate | null) => void;
};

/** Which certificates are trusted, by all that connects to servers: main's network, and the page's. */
export function openConnections({ session, settings, policy, onCertificate }: ConnectionsOptions): {
  certificates: Certificates;
  network: ServerNetwork;
} {
  const certificates = new Certificates({
    pins: {
      get: () => settings.pins(),
      set: (pins) => {
        settings.setPins(pins);
      },
    },
    policy,
    servers: () => settings.get().accounts.map(({ server }) => server),
    now: Date.now,
    onChange: onCertificate,
  });
  const network = new ServerNetwork((name) => {
    const opened = session.fromPartition(name, { cache: false });
    loadNoDictionary(opened, process.platform);
    denyPermissions(opened);
    opened.setCertificateVerifyProc(certificates.verify);
    return opened;
  }, certificates);
  session.defaultSession.setCertificateVerifyProc(certificates.verify);
  confineRequests(session.defaultSession.webRequest, {
    network,
    servers: () => {
      const servers = settings.get().accounts.map(({ server }) => server);
      return policy.onlyServer ? servers.filter((each) => each === policy.server) : servers;
    },
    now: Date.now,
  });
  return { certificates, network };
}
