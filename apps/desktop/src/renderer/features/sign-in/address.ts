export type Destination = {
  /** Origin of the server, without a slash at the end. */
  server: string;
  /** What the link was for, if it was one. */
  purpose: { kind: 'invite'; code: string } | { kind: 'setup'; token: string } | null;
};

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
}

function purposeOf(url: URL): Destination['purpose'] {
  const code = url.searchParams.get('invite') ?? /^\/invite\/([^/]+)$/.exec(url.pathname)?.[1];
  if (code) return { kind: 'invite', code };
  const token = url.searchParams.get('setup') ?? /^\/setup\/([^/]+)$/.exec(url.pathname)?.[1];
  return token ? { kind: 'setup', token } : null;
}

/**
 * Reads what a person entered to reach a server: an address with or without scheme, an invite or set-up link
 * of the web (`https://host/?invite=…`) or of the desktop (`parley://host/invite/…`). Without a scheme it is
 * https, but http on this very computer. Null: it is none of these.
 */
export function parseDestination(entered: string): Destination | null {
  const text = entered.trim();
  if (text === '' || /\s/.test(text)) return null;
  const schemeless = text.replace(/^parley:\/\//i, '');
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(schemeless)
    ? schemeless
    : `https://${schemeless}`;
  let url: URL;
  try {
    url = new URL(withScheme);
  } catch {
    return null;
  }
  if (!/^https?:$/.test(url.protocol) || url.username || url.password) return null;
  if (!isLoopback(url.hostname) && !/[.:]/.test(url.hostname)) return null;
  const guessed = !/^https?:/i.test(schemeless);
  const protocol = guessed && isLoopback(url.hostname) ? 'http:' : url.protocol;
  return { server: `${protocol}//${url.host}`, purpose: purposeOf(url) };
}

/** The host and port of a server's address. */
export function hostOf(server: string): string {
  return server.replace(/^https?:\/\//, '');
}

/** The invite code in what was pasted: the code itself, or a link that carries it. */
export function inviteCodeIn(entered: string): string {
  const purpose = parseDestination(entered)?.purpose;
  return purpose?.kind === 'invite' ? purpose.code : entered.trim();
}

/** The set-up token in what was pasted: the token itself, or the link that the server printed. */
export function setupTokenIn(entered: string): string {
  const purpose = parseDestination(entered)?.purpose;
  return purpose?.kind === 'setup' ? purpose.token : entered.trim();
}

/** The host alone, without port, as certificates name it. */
export function hostnameOf(server: string): string {
  return new URL(server).hostname.replace(/^\[|\]$/g, '');
}
