import { contextBridge, ipcRenderer } from 'electron';
import { callChannel, callNames, signalChannel, signalNames } from '../bridge/names.ts';

const calls = new Set<string>(callNames);
const signals = new Set<string>(signalNames);

contextBridge.exposeInMainWorld('parleyBridge', {
  call(name: string, input: unknown): Promise<unknown> {
    if (!calls.has(name)) return Promise.reject(new Error('There is no such call.'));
    return ipcRenderer.invoke(callChannel, name, input);
  },
  on(name: string, listener: (data: unknown) => void): () => void {
    if (!signals.has(name)) throw new Error('There is no such signal.');
    const relay = (_event: unknown, told: string, data: unknown) => {
      if (told === name) listener(data);
    };
    ipcRenderer.on(signalChannel, relay);
    return () => ipcRenderer.removeListener(signalChannel, relay);
  },
});
