import { contextBridge, ipcRenderer } from 'electron';
import { createRawBridge } from './raw-bridge.ts';

contextBridge.exposeInMainWorld('parleyBridge', createRawBridge(ipcRenderer));
