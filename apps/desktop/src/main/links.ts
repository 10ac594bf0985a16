import { z } from 'zod';
import { Id } from '@parley/shared/protocol/ids.ts';
import type { SignalData } from '../bridge/bridge.ts';
import { ServerAddress } from '../bridge/settings.ts';

export type DeepLink = SignalData<'link.received'>;

/** Longer ones are not looked at. */
const maxLength = 2_000;
const Code = z.string().regex(/^[\w-]{8,256}$/);

/**
 * Parses `parley://<host>/invite/<code>`, `…/setup/<token>` and `…/channel/<id>`. Null for anything else. A link
 * only ever proposes something to the person: it signs nobody in and never acts by itself.
 */
export function parseDeepLink(text: string): DeepLink | null {
  if (text.length > maxLength || !/^parley:\/\//i.test(text)) return null;
  let url: URL;
  try {
    // Of a scheme of its own URL would not parse host and port as it does for https.
    url = new URL(text.replace(/^parley:/i, 'https:'));
  } catch {
    return null;
  }
  if (url.username || url.password || url.search || url.hash) return null;
  const isLocal = url.hostname === 'localhost' || url.hostname === '127.0.0.1';
  const server = ServerAddress.safeParse(`${isLocal ? 'http' : 'https'}://${url.host}`).data;
  const [kind, value, ...rest] = url.pathname.split('/').slice(1);
  if (server === undefined || value === undefined || rest.length > 0) return null;
  switch (kind) {
    case 'invite':
      return Code.safeParse(value).success ? { kind, server, code: value, isOwn: false } : null;
    case 'setup':
      return Code.safeParse(value).success ? { kind, server, token: value, isOwn: false } : null;
    case 'channel': {
      const channelId = Id.safeParse(value).data;
      return channelId === undefined ? null : { kind, server, channelId };
    }
    default:
      return null;
  }
}

/** Finds the deep link among the arguments that the system started the app with. */
export function deepLinkIn(argv: readonly string[]): DeepLink | null {
  for (const argument of argv) {
    const link = parseDeepLink(argument);
    if (link) return link;
  }
  return null;
}

const mailFields = new Set(['to', 'cc', 'bcc', 'subject', 'body']);

export type ExternalLink = { open: true; url: string; ask: string | null } | { open: false };

/**
 * Whether a link from a message may leave the app, and which host to ask about first. Only https and mailto do,
 * and http to an own server, where the company serves itself so. Nothing else ever reaches the system: `file:`,
 * `smb:` and their like have handed over credentials and started programs.
 */
export function judgeExternalLink(text: string, ownServers: readonly string[]): ExternalLink {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return { open: false };
  }
  if (url.protocol === 'mailto:') {
    // `attach` has made mail programs take files along.
    const isPlain = [...url.searchParams.keys()].every((key) => mailFields.has(key.toLowerCase()));
    return isPlain ? { open: true, url: url.href, ask: null } : { open: false };
  }
  if (url.username || url.password) return { open: false };
  const isOwn = ownServers.includes(url.origin);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isOwn)) return { open: false };
  return { open: true, url: url.href, ask: isOwn ? null : url.host };
}

/** The first start on a fresh server leads to its set-up. */
export function setupLink(launch: {
  defaultServer: string | null;
  setupToken: string | null;
}): DeepLink | null {
  const { defaultServer, setupToken } = launch;
  if (defaultServer === null || setupToken === null) return null;
  return { kind: 'setup', server: defaultServer, token: setupToken, isOwn: true };
}
