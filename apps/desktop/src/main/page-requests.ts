import type { ServerNetwork } from './server-network.ts';

/** Where servers have the files of messages. */
const filesPath = '/api/v1/files';
/** A certificate that was found good is looked at again after this. */
const goodForMs = 60_000;

/** The part of Electron's that is used. */
export type WebRequest = {
  onBeforeRequest(
    filter: { urls: string[] },
    listener: (details: { url: string }, callback: (answer: { cancel?: boolean }) => void) => void,
  ): void;
};

export type PageRequestsOptions = {
  network: Pick<ServerNetwork, 'mayConnect'>;
  /** The addresses of those whose files the page may ask for. */
  servers: () => readonly string[];
  now: () => number;
};

/** Null for what is no address: it belongs to nobody. */
function originOf(server: string): string | null {
  try {
    return new URL(server).origin;
  } catch {
    return null;
  }
}

/** Whether this is a file of one of these servers, or the place to upload one. */
function isFileOf(servers: readonly string[], url: string): boolean {
  const { origin, pathname, username, password } = new URL(url);
  if (username !== '' || password !== '') return false;
  const isFiles = pathname === filesPath || pathname.startsWith(`${filesPath}/`);
  return isFiles && servers.some((server) => originOf(server) === origin);
}

/**
 * The page of a session connects only to servers that were looked at, and asks nothing else of the network than their
 * files: its own policy lets it ask anybody, since a server may be anywhere.
 */
export function confineRequests(
  webRequest: WebRequest,
  { network, servers, now }: PageRequestsOptions,
): void {
  const lookedAt = new Map<string, number>();
  const mayAsk = async (url: string): Promise<boolean> => {
    const { origin, protocol } = new URL(url);
    if (protocol !== 'https:') return true;
    // Pictures are asked for by the dozen.
    if (now() - (lookedAt.get(origin) ?? -Infinity) < goodForMs) return true;
    const may = await network.mayConnect(url);
    if (may) lookedAt.set(origin, now());
    else lookedAt.delete(origin);
    return may;
  };
  webRequest.onBeforeRequest(
    { urls: ['wss://*/*', 'http://*/*', 'https://*/*'] },
    ({ url }, callback) => {
      const answer = (may: boolean) => {
        callback({ cancel: !may });
      };
      if (url.startsWith('wss:')) void network.mayConnect(url).then(answer);
      else if (isFileOf(servers(), url)) void mayAsk(url).then(answer);
      else answer(false);
    },
  );
}
