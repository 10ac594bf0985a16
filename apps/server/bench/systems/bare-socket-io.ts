import type { Sink } from '../marker.ts';
import { SocketIoConnection } from '../wire/socket-io.ts';
import { MemoryChat, noArchive } from './memory-chat.ts';
import { startNodeServer } from './node-server.ts';
import type { Client, Place, Traits, Visitor } from './system.ts';

/** Speaks with the bench's little Socket.IO servers. */
export class ChatClient extends SocketIoConnection implements Client {
  readonly #user: number;

  constructor(port: number, { user, recipient }: Visitor, sink: Sink) {
    super(port, recipient, sink);
    this.#user = user;
  }

  async join(channel: string): Promise<void> {
    await this.ask('join', channel, ({ bytes, start, end }) => {
      if (bytes.toString('utf8', start, end) !== '[{"ok":true}]')
        throw new Error('joining was refused');
    });
  }

  send(channel: string, text: string): void {
    this.emit('message', `{"channelId":${channel},"userId":${this.#user},"text":"${text}"}`);
  }

  history(_channel: string, _limit: number): Promise<number> {
    return Promise.reject(noArchive());
  }

  catchUp(_channel: string, _sinceMs: number): Promise<void> {
    return Promise.reject(noArchive());
  }
}

export class BareSocketIo extends MemoryChat {
  readonly traits: Traits = {
    title: 'a bare Socket.IO room broadcast, nothing stored',
    workloads: ['W1', 'W2', 'W3', 'W5'],
    echo: true,
    catchUp: false,
  };
  #port = 0;

  async start({ scratch }: Place): Promise<void> {
    const { started, port } = await startNodeServer('bare-socket-io', 'bare-socket-io.ts', scratch);
    this.server = started;
    this.#port = port;
  }

  async connect(visitor: Visitor, sink: Sink): Promise<Client> {
    const client = new ChatClient(this.#port, visitor, sink);
    await client.signIn({});
    return client;
  }
}
