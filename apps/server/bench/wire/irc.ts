/** IRC over TCP: a nickname, channels, lines. */
import { Connection } from './connection.ts';

/** A nickname stays taken until the server has noticed that its old connection is gone. */
export class NicknameTaken extends Error {
  override readonly name = 'NicknameTaken';
}

export class IrcConnection extends Connection {
  async signIn(nickname: string): Promise<void> {
    await this.open();
    const answered = this.waitFor(
      'welcome',
      (text) => /^:\S+ (376|422|433) /m.test(text) || /^ERROR /m.test(text),
      { withinMs: 10_000 },
    );
    this.write(`NICK ${nickname}\r\nUSER ${nickname} 0 * :${nickname}\r\n`);
    const answer = await answered;
    if (/^:\S+ 433 /m.test(answer)) throw new NicknameTaken(`${nickname} is taken`);
    if (/^ERROR /m.test(answer)) throw new Error(`sign-in failed: ${answer.slice(0, 300)}`);
  }

  async join(channel: string): Promise<void> {
    const answered = this.waitFor('end of names', (text) =>
      /^:\S+ (366|403|405|471|473|475) /m.test(text),
    );
    this.write(`JOIN ${channel}\r\n`);
    const answer = await answered;
    if (!/^:\S+ 366 /m.test(answer)) throw new Error(`not joined: ${answer.slice(-200)}`);
  }

  send(channel: string, text: string): void {
    this.write(`PRIVMSG ${channel} :${text}\r\n`);
  }
}
