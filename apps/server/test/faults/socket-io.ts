import { io } from 'socket.io-client';
import { ErrorBody } from '@parley/shared/protocol/errors.ts';
import { EventBatch, Goodbye, Hello, Reply } from '@parley/shared/protocol/frames.ts';
import { connectsWithinMs, Refused, type Connect, type Link } from './transport.ts';
import { within } from './waiting.ts';

/** What the apps use. */
export const connectSocketIo: Connect = async ({ url, token, after, epoch, take, goodbye }) => {
  const socket = io(url, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    auth: { token, after, epoch },
  });
  let head = 0;
  const closed = new Promise<void>((resolve) => {
    socket.on('disconnect', () => resolve());
  });
  const link: Link = {
    command: (name, input) =>
      new Promise((resolve, reject) => {
        socket.emit('command', name, input, (answer: unknown) => {
          const reply = Reply.safeParse(answer);
          if (reply.success) resolve(reply.data);
          else reject(reply.error);
        });
      }),
    close: () => socket.disconnect(),
    closed,
  };
  socket.on('events', (frame: unknown) => {
    take({ ...EventBatch.parse(frame), head });
  });
  socket.on('goodbye', (frame: unknown) => {
    goodbye(Goodbye.parse(frame));
  });
  const greeted = new Promise<void>((resolve, reject) => {
    socket.on('connect_error', (error: Error & { data?: unknown }) => {
      const refusal = ErrorBody.safeParse(error.data);
      reject(refusal.success ? new Refused(refusal.data) : error);
    });
    socket.on('hello', (frame: unknown) => {
      head = Hello.parse(frame).position;
      resolve();
    });
    void closed.then(() => reject(new Error('closed before hello')));
  });
  try {
    await within(connectsWithinMs, greeted, 'a greeting over Socket.IO');
    return link;
  } catch (error) {
    socket.disconnect();
    throw error;
  }
};
