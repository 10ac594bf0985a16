import { io, type Socket } from 'socket.io-client';
import { WebSocket } from 'ws';
import {
  Reply,
  type Ephemeral,
  type EventBatch,
  type Goodbye,
  type Hello,
} from '@parley/shared/protocol/frames.ts';
import type { UnknownEvent } from '@parley/shared/protocol/events.ts';

export type Where = { after?: number; epoch?: string };

/** A client of one transport, as small as can be, that keeps all that it is told. */
export type TestClient = {
  hello: Hello | null;
  batches: EventBatch[];
  /** When each batch came, by `performance.now()`. */
  arrivals: number[];
  ephemeral: Ephemeral[];
  ephemeralArrivals: number[];
  goodbye: Goodbye | null;
  /** All events so far, in the order of their coming. */
  events(): UnknownEvent[];
  /** Only on transports that take commands. */
  command(name: string, input: unknown): Promise<Reply>;
  closed: Promise<void>;
  close(): void;
  /** Stops to read from the network, until `resume`. */
  pause(): void;
  resume(): void;
};

const deadlineMs = 15_000;
const connectDeadlineMs = 5_000;

/** Resolves when the condition holds; rejects with what it waited for when it does not within 15 s. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const latest = Date.now() + deadlineMs;
  while (!condition()) {
    if (Date.now() > latest) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

type Notes = Omit<TestClient, 'command' | 'closed' | 'close' | 'pause' | 'resume'>;

function emptyClient(): Notes {
  const batches: EventBatch[] = [];
  return {
    hello: null,
    batches,
    arrivals: [],
    ephemeral: [],
    ephemeralArrivals: [],
    goodbye: null,
    events: () => batches.flatMap(({ events }) => events),
  };
}

function noteBatch(client: Notes, batch: EventBatch): void {
  client.batches.push(batch);
  client.arrivals.push(performance.now());
}

function noteEphemeral(client: Notes, list: Ephemeral[]): void {
  client.ephemeral.push(...list);
  client.ephemeralArrivals.push(...list.map(() => performance.now()));
}

type Pausable = { pause(): void; resume(): void };

/** What a Socket.IO client sits on in Node. */
export function webSocketOf(socket: Socket): Pausable {
  const { transport } = socket.io.engine;
  const isPausable = (value: unknown): value is Pausable =>
    typeof value === 'object' && value !== null && 'pause' in value && 'resume' in value;
  if (!('ws' in transport) || !isPausable(transport.ws)) throw new Error('it is not connected');
  return transport.ws;
}

/** Over Socket.IO. Rejects with the error of the handshake, whose `data` is the protocol's error. */
export function connectSocketIo(
  url: string,
  token: string,
  where: Where = {},
  extraHeaders: Record<string, string> = {},
): Promise<TestClient> {
  const socket = io(url, {
    transports: ['websocket'],
    extraHeaders,
    reconnection: false,
    forceNew: true,
    // One that was handed to a process that dies is answered by nobody.
    timeout: connectDeadlineMs,
    auth: { token, ...where },
  });
  const client: TestClient = {
    ...emptyClient(),
    command: (name, input) =>
      // The acknowledgement of `command` is a Reply.
      socket.timeout(deadlineMs).emitWithAck('command', name, input) as Promise<Reply>,
    closed: new Promise((resolve) => {
      socket.on('disconnect', () => {
        resolve();
      });
    }),
    close: () => socket.disconnect(),
    pause: () => {
      webSocketOf(socket).pause();
    },
    resume: () => {
      webSocketOf(socket).resume();
    },
  };
  socket.on('events', (batch: EventBatch) => {
    noteBatch(client, batch);
  });
  socket.on('ephemeral', (list: Ephemeral[]) => {
    noteEphemeral(client, list);
  });
  socket.on('goodbye', (goodbye: Goodbye) => {
    client.goodbye = goodbye;
  });
  return new Promise((resolve, reject) => {
    socket.on('connect_error', reject);
    socket.on('hello', (hello: Hello) => {
      client.hello = hello;
      resolve(client);
    });
  });
}

type PlainFrame = {
  id?: number;
  hello?: Hello;
  events?: EventBatch;
  ephemeral?: Ephemeral[];
  goodbye?: Goodbye;
};

/** Over a plain WebSocket; signs in by header, or by its first frame. */
export function connectWebSocket(
  url: string,
  token: string,
  where: Where = {},
  signIn: 'header' | 'frame' = 'frame',
  extraHeaders: Record<string, string> = {},
): Promise<TestClient> {
  const headers = {
    ...extraHeaders,
    ...(signIn === 'header' && { authorization: `Bearer ${token}` }),
  };
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/ws`, { headers });
  const answers = new Map<number, (reply: Reply) => void>();
  let nextId = 1;
  const client: TestClient = {
    ...emptyClient(),
    command: (name, input) =>
      new Promise((resolve) => {
        const id = nextId++;
        answers.set(id, resolve);
        socket.send(JSON.stringify({ id, command: name, input }));
      }),
    closed: new Promise((resolve) => {
      socket.on('close', () => {
        resolve();
      });
    }),
    close: () => {
      socket.close();
    },
    pause: () => {
      socket.pause();
    },
    resume: () => {
      socket.resume();
    },
  };
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => {
      if (signIn === 'frame') socket.send(JSON.stringify({ auth: { token, ...where } }));
    });
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString('utf8')) as PlainFrame;
      if (frame.hello) {
        client.hello = frame.hello;
        resolve(client);
      } else if (frame.events) noteBatch(client, frame.events);
      else if (frame.ephemeral) noteEphemeral(client, frame.ephemeral);
      else if (frame.goodbye) client.goodbye = frame.goodbye;
      else if (typeof frame.id === 'number') answers.get(frame.id)?.(Reply.parse(frame));
      else reject(Object.assign(new Error('refused'), { frame }));
    });
    socket.on('close', (code) => {
      reject(new Error(`closed with ${code}`));
    });
  });
}

/** Over server-sent events, which carry events and nothing else. */
export async function connectSse(
  url: string,
  token: string,
  where: Where = {},
): Promise<TestClient> {
  const abort = new AbortController();
  const query = where.epoch === undefined ? '' : `?epoch=${where.epoch}`;
  const response = await fetch(`${url}/api/v1/events${query}`, {
    headers: {
      authorization: `Bearer ${token}`,
      ...(where.after !== undefined && { 'last-event-id': String(where.after) }),
    },
    signal: abort.signal,
  });
  if (!response.ok || !response.body) {
    throw Object.assign(new Error(`refused with ${response.status}`), {
      body: await response.json(),
    });
  }
  const { body } = response;
  let reading = Promise.resolve();
  let goOn: () => void = () => undefined;
  const client: TestClient = {
    ...emptyClient(),
    command: () => Promise.reject(new Error('server-sent events take no commands')),
    closed: Promise.resolve(),
    close: () => {
      abort.abort();
      goOn();
    },
    pause: () => {
      reading = new Promise((resolve) => {
        goOn = resolve;
      });
    },
    resume: () => {
      goOn();
    },
  };
  let greeted: () => void = () => undefined;
  const connected = new Promise<void>((resolve) => {
    greeted = resolve;
  });
  client.closed = (async () => {
    let text = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of body) {
        // A fetch body yields bytes.
        text += decoder.decode(chunk as Uint8Array, { stream: true });
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          if (block.startsWith(':')) greeted();
          const data = /^data: (.*)$/m.exec(block)?.[1];
          if (data === undefined) continue;
          const event = JSON.parse(data) as UnknownEvent;
          const after = client.batches.at(-1)?.position ?? where.after ?? 0;
          noteBatch(client, { after, position: event.position, events: [event] });
        }
        await reading;
      }
    } catch (error) {
      // What fetch says of a connection that the server has cut.
      const isCut = error instanceof TypeError && error.message === 'terminated';
      if (!abort.signal.aborted && !isCut) throw error;
    }
  })();
  await connected;
  return client;
}
