import { WebSocket } from 'ws';
import { z } from 'zod';
import { EventBatch, Goodbye, Hello, Reply } from '@parley/shared/protocol/frames.ts';
import { ErrorBody } from '@parley/shared/protocol/errors.ts';
import { connectsWithinMs, Refused, type Connect, type Link } from './transport.ts';
import { within } from './waiting.ts';

const Frame = z.union([
  z.object({ hello: Hello }),
  z.object({ events: EventBatch }),
  z.object({ goodbye: Goodbye }),
  z.object({ ephemeral: z.unknown() }),
  z.object({ id: z.null(), ok: z.literal(false), error: ErrorBody }),
  z.intersection(z.object({ id: z.int() }), Reply),
]);

/** What bots and other languages use; signs in by the first frame. */
export const connectWebSocket: Connect = async ({ url, token, after, epoch, take, goodbye }) => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/ws`);
  const answers = new Map<number, (reply: Reply) => void>();
  let nextId = 1;
  let head = 0;
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
  });
  const link: Link = {
    command: (name, input) =>
      new Promise((resolve) => {
        const id = nextId++;
        answers.set(id, resolve);
        socket.send(JSON.stringify({ id, command: name, input }));
      }),
    close: () => socket.terminate(),
    closed,
  };
  const greeted = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    void closed.then(() => reject(new Error('closed before hello')));
    socket.on('open', () => {
      socket.send(JSON.stringify({ auth: { token, after, epoch } }));
    });
    socket.on('message', (data: Buffer) => {
      const frame = Frame.parse(JSON.parse(data.toString('utf8')));
      if ('hello' in frame) {
        head = frame.hello.position;
        resolve();
      } else if ('events' in frame) take({ ...frame.events, head });
      else if ('goodbye' in frame) goodbye(frame.goodbye);
      else if ('id' in frame) {
        if (frame.id === null) reject(new Refused(frame.error));
        else answers.get(frame.id)?.(frame);
      }
    });
  });
  try {
    await within(connectsWithinMs, greeted, 'a greeting over a plain WebSocket');
    return link;
  } catch (error) {
    socket.terminate();
    throw error;
  }
};
