import type { Sink } from '../marker.ts';
import { replyWithinMs } from '../wire/connection.ts';
import { WebSocketConnection } from '../wire/web-socket.ts';
import { MemoryChat, noArchive } from './memory-chat.ts';
import { startNodeServer } from './node-server.ts';
import type { Client, Place, Traits, Visitor } from './system.ts';

/** The letter that tells `{"joined":true}` from a message. */
const letterJ = 0x6a;

class BareWsClient extends WebSocketConnection implements Client {
  #user = 0;
  #onJoined: () => void = () => undefined;

  async signIn(user: number): Promise<void> {
    this.#user = user;
    await this.upgrade('/');
  }

  async join(channel: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const overdue = setTimeout(() => reject(new Error('not joined in time')), replyWithinMs);
      this.#onJoined = () => {
        clearTimeout(overdue);
        resolve();
      };
      this.sendText(`{"join":${channel}}`);
    });
  }

  send(channel: string, text: string): void {
    this.sendText(`{"channelId":${channel},"userId":${this.#user},"text":"${text}"}`);
  }

  history(): Promise<number> {
    return Promise.reject(noArchive());
  }

  catchUp(): Promise<void> {
    return Promise.reject(noArchive());
  }

  protected override onMessage(bytes: Buffer, start: number, end: number): void {
    if (bytes[start + 2] === letterJ) this.#onJoined();
    else super.onMessage(bytes, start, end);
  }
}

export class BareWs extends MemoryChat {
  readonly traits: Traits = {
    title: 'a bare ws broadcast, nothing stored',
    workloads: ['W1', 'W2', 'W3', 'W5'],
    echo: true,
    catchUp: false,
  };
  protected readonly flushMs: number = 0;
  #port = 0;

  async start({ scratch }: Place): Promise<void> {
    const environment = { FLUSH_MS: String(this.flushMs) };
    const { started, port } = await startNodeServer('bare-ws', 'bare-ws.ts', scratch, environment);
    this.server = started;
    this.#port = port;
  }

  async connect({ user, recipient }: Visitor, sink: Sink): Promise<Client> {
    const client = new BareWsClient(this.#port, recipient, sink);
    await client.signIn(user);
    return client;
  }
}

/** The same, with a room's frames gathered for 10 ms: fewer system calls, later messages. */
export class BareWs10ms extends BareWs {
  override readonly traits: Traits = {
    title: 'a bare ws broadcast that gathers for 10 ms, nothing stored',
    workloads: ['W1', 'W2'],
    echo: true,
    catchUp: false,
  };
  protected override readonly flushMs = 10;
}
