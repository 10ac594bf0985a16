/** One end of the channel between the primary process and a worker. */
export type Port = {
  /** `taken` is called when the system has taken the message, or never will. */
  send(message: object, taken?: () => void): void;
  /** Returns what ends the listening. */
  listen(listener: (message: unknown) => void): () => void;
  isOpen(): boolean;
};

/** A child process, or this process as its parent's child. */
type ProcessEnd = {
  connected: boolean;
  send?(message: object, handle: undefined, options: object, done: () => void): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
};

/** The port to a child, or, from within a child, to its parent. */
export function portOf(end: ProcessEnd): Port {
  return {
    send(message, taken) {
      // With a callback a channel that breaks is no error event, which would end the process.
      const done = () => taken?.();
      if (end.connected && end.send) end.send(message, undefined, {}, done);
      else done();
    },
    listen(listener) {
      end.on('message', listener);
      return () => end.off('message', listener);
    },
    isOpen: () => end.connected,
  };
}
