import type { Sink } from '../marker.ts';
import { XmppConnection } from '../wire/xmpp.ts';
import type { Client, Visitor } from './system.ts';

export const domain = 'localhost';
export const rooms = `conference.${domain}`;

/** Users are `u<number>` with the password `pw<number>`. */
export async function connectXmpp(
  port: number,
  { user, session, recipient }: Visitor,
  sink: Sink,
): Promise<Client> {
  const client = new XmppConnection(port, recipient, sink);
  const resource = `u${user}s${session}`;
  await client.signIn({ domain, user: `u${user}`, password: `pw${user}`, resource });
  return client;
}

/** The XML of a message that is put into an archive without having been sent, as an SQL expression over `i`. */
export function seededStanza(room: string, attributes = ''): string {
  return `'<message from=''${room}/u' || i % 16 || 's0'' type=''groupchat'' id=''m''${attributes}><body>' || ${seededText} || '</body></message>'`;
}

export const seededText = `rpad('seeded message ' || i, 120, '.')`;
