/** What a server says of its own accord. */
export const frameNames = ['hello', 'events', 'ephemeral', 'goodbye'] as const;
export type FrameName = (typeof frameNames)[number];

export type WireListener = {
  /** A frame as it came: not parsed. */
  frame: (name: FrameName, data: unknown) => void;
  /** It was not let in. `data` is what the server said of it, if it was the server that spoke. */
  refused: (data: unknown) => void;
  /** A message came that is too long to be read. */
  excessive: () => void;
  /** It was open and is not any more. */
  closed: () => void;
};

/** One attempt at a connection: opened at once, and used once. After `close` its listener hears nothing. */
export type Wire = {
  /** Rejects when no answer comes within the deadline, and at once when the wire is closed. */
  request: (command: string, input: unknown, deadlineMs: number) => Promise<unknown>;
  close: () => void;
};

export type Handshake = {
  token: string;
  after?: number;
  epoch?: string;
  client: { name: string; version: string };
};

export type OpenWire = (server: string, auth: Handshake, listener: WireListener) => Wire;
