import { io } from 'socket.io-client';
import { bounds } from '../../live/bounds.ts';
import { frameNames, type OpenWire } from '../../live/wire.ts';

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
  // Before it is parsed, which takes many times its size.
  socket.io.engine.on('packet', (packet) => {
    const isReadable =
      typeof packet.data === 'string'
        ? packet.data.length <= bounds.messageLength
        : packet.type !== 'message';
    if (isReadable) return;
    packet.data = '';
    listener.excessive();
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
