import type { FrameName, Handshake, OpenWire, WireListener } from '../src/live/wire.ts';

type Request = {
  command: string;
  input: unknown;
  deadlineMs: number;
  answer: (reply: unknown) => void;
  fail: (error: Error) => void;
};

/** One attempt at a connection, of which the test plays the server. */
export class ScriptedWire {
  readonly server: string;
  readonly auth: Handshake;
  readonly requests: Request[] = [];
  readonly #listener: WireListener;
  isClosed = false;

  constructor(server: string, auth: Handshake, listener: WireListener) {
    this.server = server;
    this.auth = auth;
    this.#listener = listener;
  }

  say(name: FrameName, data: unknown): void {
    this.#listener.frame(name, data);
  }

  hello(change: object = {}): void {
    this.say('hello', {
      protocol: { min: 1, max: 1 },
      serverVersion: '0.1.0',
      epoch: 'epoch',
      position: 0,
      sessionId: '01920000-0000-7000-8000-000000000001',
      resumed: this.auth.after !== undefined,
      ...change,
    });
  }

  refuse(code: string, change: object = {}): void {
    this.#listener.refused({ code, message: code, ...change });
  }

  breakBeforeOpening(): void {
    this.#listener.refused(undefined);
  }

  /** A message comes that is too long to be read. */
  exceed(): void {
    this.#listener.excessive();
  }

  /** The server or the network ends it. */
  cut(goodbye?: object): void {
    if (goodbye) this.say('goodbye', goodbye);
    for (const request of this.requests.splice(0)) request.fail(new Error('disconnected'));
    this.#listener.closed();
  }

  /** The oldest request for this command, taken out. */
  take(command: string): Request {
    const index = this.requests.findIndex((request) => request.command === command);
    const [request] = this.requests.splice(index, index < 0 ? 0 : 1);
    if (!request) throw new Error(`nobody asked for ${command}`);
    return request;
  }
}

/** A network in which the test plays every server. */
export function scriptedNetwork(): {
  openWire: OpenWire;
  wires: ScriptedWire[];
  last: () => ScriptedWire;
} {
  const wires: ScriptedWire[] = [];
  const openWire: OpenWire = (server, auth, listener) => {
    const wire = new ScriptedWire(server, auth, listener);
    wires.push(wire);
    return {
      request: (command, input, deadlineMs) =>
        new Promise((resolve, reject) => {
          wire.requests.push({
            command,
            input,
            deadlineMs,
            answer: (output) => resolve(output),
            fail: reject,
          });
        }),
      close: () => {
        wire.isClosed = true;
        for (const request of wire.requests.splice(0)) request.fail(new Error('closed'));
      },
    };
  };
  const last = () => {
    const wire = wires.at(-1);
    if (!wire) throw new Error('nobody has connected');
    return wire;
  };
  return { openWire, wires, last };
}
