import { io } from 'socket.io-client';
import { frameNames, type OpenWire } from './wire.ts';

const connectDeadlineMs = 10_000;

/** A wire over Socket.IO, WebSocket only. When to try again is the connection's business, by one policy. */
export const openSocketIoWire: OpenWire = (server, auth, listener) => {
  const socket = io(server, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    timeout: connectDeadlineMs,
    auth,
  });
  for (const name of frameNames) {
    socket.on(name, (data: unknown) => listener.frame(name, data));
  }
  socket.on('connect_error', (error) => listener.refused('data' in error ? error.data : undefined));
  socket.on('disconnect', () => listener.closed());
  return {
    request: (command, input, deadlineMs) =>
      socket.timeout(deadlineMs).emitWithAck('command', command, input),
    close: () => {
      // Listeners first: disconnecting says `disconnect` once more.
      socket.off();
      socket.disconnect();
    },
  };
};
