import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Line } from './report.ts';
import { settleMs, type Starts } from './scenarios.ts';
import type { Subject } from './subject.ts';
import type { BenchWorkspace } from './workspace.ts';

const eventsAMinute = 200;
const eventBytes = 600;

/**
 * CPU of all processes while events come in for conversations that are not on screen; and beside it, what a blank window
 * of the same runtime takes to be told as often and to show how often that was.
 */
export async function measureElsewhere(
  starts: Starts,
  app: Subject,
  workspace: BenchWorkspace,
): Promise<Line[]> {
  const { elsewhere } = workspace;
  const parley = await percentWhile(app, async (n) => {
    const channelId = elsewhere[n % elsewhere.length];
    if (channelId !== undefined) await workspace.post(channelId, `elsewhere ${n}`);
  });
  const what = `CPU with ${eventsAMinute} events a minute elsewhere`;
  const unit = '% of a core';
  return [
    { what, unit, parley, blank: null, goal: 0.5 },
    {
      what: 'the same, and a blank window that counts them',
      unit,
      parley,
      blank: await blankPercent(starts),
      goal: null,
    },
  ];
}

/** CPU of the app in a minute in which `tell` is called so often. */
async function percentWhile(app: Subject, tell: (n: number) => Promise<void>): Promise<number> {
  await delay(settleMs);
  const before = app.cpuSeconds();
  const startedAt = performance.now();
  for (let n = 0; n < eventsAMinute; n += 1) {
    await tell(n);
    await delay(Math.max(0, startedAt + ((n + 1) * 60_000) / eventsAMinute - performance.now()));
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  return ((app.cpuSeconds() - before) / seconds) * 100;
}

async function blankPercent({ blank }: Starts): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const asked = once(server, 'request') as Promise<[unknown, ServerResponse]>;
  const app = await blank();
  try {
    await app.page.evaluate((url) => {
      const text = document.body.appendChild(document.createTextNode('0'));
      const events = new EventSource(url);
      let count = 0;
      events.addEventListener('message', ({ data }) => {
        JSON.parse(String(data));
        count += 1;
        text.data = String(count);
      });
    }, `http://127.0.0.1:${port}/`);
    const [, response] = await asked;
    const headers = { 'content-type': 'text/event-stream', 'access-control-allow-origin': '*' };
    response.writeHead(200, headers).flushHeaders();
    const event = `data: ${JSON.stringify({ text: 'x'.repeat(eventBytes) })}\n\n`;
    return await percentWhile(app, () => {
      response.write(event);
      return Promise.resolve();
    });
  } finally {
    await app.quit();
    server.closeAllConnections();
    server.close();
  }
}
