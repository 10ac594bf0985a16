/** XMPP over TCP: SASL PLAIN, rooms (XEP-0045), their archive (XEP-0313). */
import { Connection, contains } from './connection.ts';

const isError = /type=['"]error/;
/** The status code of one's own presence in a room. */
const isOwnPresence = /code=['"]110['"]/;

export type Person = { domain: string; user: string; password: string; resource: string };

export class XmppConnection extends Connection {
  #nickname = '';
  #queries = 0;

  async signIn({ domain, user, password, resource }: Person): Promise<void> {
    await this.open();
    const header = `<stream:stream to='${domain}' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`;
    const offered = this.waitFor('features', contains('</stream:features>'));
    this.write(`<?xml version='1.0'?>${header}`);
    await offered;
    const proof = Buffer.from(`\0${user}\0${password}`).toString('base64');
    const outcome = this.waitFor('sign-in', contains('<success', '<failure'));
    this.write(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${proof}</auth>`);
    const answer = await outcome;
    if (answer.includes('<failure')) throw new Error(`sign-in failed: ${answer.slice(0, 200)}`);
    const signedIn = this.waitFor('features', contains('</stream:features>'));
    this.write(header);
    await signedIn;
    const bound = this.waitFor('resource', contains('</iq>'));
    this.write(
      `<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind></iq>`,
    );
    const binding = await bound;
    if (!/type=['"]result/.test(binding)) throw new Error(`no resource: ${binding.slice(0, 300)}`);
    this.#nickname = resource;
  }

  async join(room: string): Promise<void> {
    const joined = this.waitFor(
      'presence in the room',
      (text) => isOwnPresence.test(text) || /<presence[^>]*type=['"]error/.test(text),
    );
    this.write(
      `<presence to='${room}/${this.#nickname}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>`,
    );
    const answer = await joined;
    if (!isOwnPresence.test(answer)) throw new Error(`not joined: ${answer.slice(0, 400)}`);
  }

  send(room: string, text: string): void {
    this.write(`<message to='${room}' type='groupchat' id='m'><body>${text}</body></message>`);
  }

  /** The room's last messages. */
  history(room: string, limit: number): Promise<number> {
    return this.#readArchive(room, '', limit, '<before/>');
  }

  /** What was said in the room since then; 50 messages at most. */
  async catchUp(room: string, sinceMs: number): Promise<void> {
    const start = new Date(sinceMs - 1000).toISOString().replace(/\.\d+Z$/, 'Z');
    const form = `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field><field var='start'><value>${start}</value></field></x>`;
    await this.#readArchive(room, form, 50, '');
  }

  async #readArchive(room: string, form: string, limit: number, before: string): Promise<number> {
    this.#queries += 1;
    const id = `h${this.#queries}`;
    const answered = this.waitFor('archive', endsArchive, { overlap: 2000 });
    this.write(
      `<iq to='${room}' type='set' id='${id}'><query xmlns='urn:xmpp:mam:2' queryid='${id}'>${form}<set xmlns='http://jabber.org/protocol/rsm'><max>${limit}</max>${before}</set></query></iq>`,
    );
    const answer = await answered;
    const messages = answer.split('<result ').length - 1;
    if (messages === 0 && isError.test(answer)) {
      throw new Error(`the archive was refused: ${answer.slice(0, 400)}`);
    }
    return messages;
  }
}

function endsArchive(text: string, from: number): boolean {
  const fin = text.indexOf('<fin ', from);
  if (fin >= 0 && text.includes('</iq>', fin)) return true;
  return /<iq[^>]*type=['"]error/.test(text.slice(Math.max(0, from - 300)));
}
