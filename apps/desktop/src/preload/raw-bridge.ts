import type { RawBridge } from '../bridge/bridge.ts';
import {
  callChannel,
  callNames,
  signalChannel,
  signalNames,
  waitingSignalNames,
} from '../bridge/names.ts';

const calls = new Set<string>(callNames);
const signals = new Set<string>(signalNames);
const waiting = new Set<string>(waitingSignalNames);
/** Of each signal. A page that starts and never listens is not worth more. */
const maxKept = 100;

/** The part of Electron's `ipcRenderer` that is used. */
export type Ipc = {
  invoke(channel: string, name: string, input: unknown): Promise<unknown>;
  on(channel: string, listener: (event: unknown, name: string, data: unknown) => void): unknown;
};

type Listener = (data: unknown) => void;

/** Forwards names that are known, and keeps what must not be lost until the page listens for the first time. */
export function createRawBridge(ipc: Ipc): RawBridge {
  /** Of each signal that was ever listened to. */
  const listeners = new Map<string, Set<Listener>>();
  const kept = new Map<string, unknown[]>();
  ipc.on(signalChannel, (_event, name: string, data: unknown) => {
    const heardBy = listeners.get(name);
    if (heardBy) for (const listener of [...heardBy]) listener(data);
    else if (waiting.has(name)) {
      kept.set(name, [...(kept.get(name) ?? []), data].slice(-maxKept));
    }
  });
  return {
    call(name, input) {
      if (!calls.has(name)) return Promise.reject(new Error('There is no such call.'));
      return ipc.invoke(callChannel, name, input);
    },
    on(name, listener) {
      if (!signals.has(name)) throw new Error('There is no such signal.');
      const heardBy = listeners.get(name) ?? new Set();
      listeners.set(name, heardBy);
      // The same function may listen twice, and ends once each time.
      const own: Listener = (data) => {
        listener(data);
      };
      heardBy.add(own);
      const before = kept.get(name) ?? [];
      kept.delete(name);
      for (const data of before) listener(data);
      return () => heardBy.delete(own);
    },
  };
}
