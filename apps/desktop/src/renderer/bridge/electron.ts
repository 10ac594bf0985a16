import { openReply, signals, type Bridge, type RawBridge } from '../../bridge/bridge.ts';

declare global {
  interface Window {
    /** Put there by the preload of the desktop app; a browser has none. */
    readonly parleyBridge?: RawBridge;
  }
}

/** The bridge of the desktop app: names and plain data through the preload, parsed again on this side. */
export function createElectronBridge(raw: RawBridge): Bridge {
  return {
    kind: 'electron',
    call: async (name, input) => openReply(name, await raw.call(name, input)),
    on: (name, listener) =>
      raw.on(name, (data) => {
        // The schema found by this name is the one of this signal.
        listener(signals[name].parse(data) as Parameters<typeof listener>[0]);
      }),
  };
}
