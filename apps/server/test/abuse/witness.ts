import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { connectSocketIo, until } from '../clients.ts';
import { readMetrics, type Metrics, type ProcessWorld } from '../process-world.ts';
import { call } from '../server.ts';

const askEveryMs = 20;
const lookEveryMs = 100;
const mebibyte = 1024 * 1024;

/** What was seen of a server from the outside while something happened to it. */
export type Testimony = {
  /** Messages that a well-behaved client posted and heard, one after the other. */
  messages: number;
  /** From posting a message to its event. */
  medianMs: number;
  worstMs: number;
  /** Resident memory of the server: before, and at most. */
  restMiB: number;
  peakMiB: number;
};

/** The heap in use and what buffers hold, in MiB: what memory comes down to once garbage is collected. */
export function usedMiB(metrics: Metrics): number {
  const heap = metrics.value('nodejs_heap_size_used_bytes');
  return (heap + metrics.value('nodejs_external_memory_bytes')) / mebibyte;
}

/** Connections that the server holds, whatever they are about. */
export function socketsOf(metrics: Metrics): number {
  return metrics.value('parley_connections');
}

const residentMiB = (metrics: Metrics) => metrics.value('process_resident_memory_bytes') / mebibyte;

/** The samples that tell of connections and memory. */
const summaryOf = ({ text }: Metrics) =>
  text
    .split('\n')
    .filter((line) =>
      /^(parley_(connections|sessions|strangers)|nodejs_(heap_size_used|external_memory))/.test(
        line,
      ),
    )
    .join('\n');

/** Resolves when the server's metrics meet the condition; rejects when they do not within the time. */
export async function untilMetrics(
  world: ProcessWorld,
  condition: (metrics: Metrics) => boolean,
  what: string,
  withinMs = 30_000,
): Promise<Metrics> {
  const latest = Date.now() + withinMs;
  for (;;) {
    const metrics = await world.metrics();
    if (condition(metrics)) return metrics;
    if (Date.now() > latest)
      throw new Error(`waited in vain until ${what}:\n${summaryOf(metrics)}`);
    await delay(lookEveryMs);
  }
}

/** Runs the action while a well-behaved client talks in a conversation of its own and memory is watched. */
export async function witness(
  world: ProcessWorld,
  action: () => Promise<unknown>,
): Promise<Testimony> {
  const { url, owner } = world;
  const { channel } = await call(url, owner.accessToken, 'channel.create', {
    kind: 'private',
    name: `witness-${randomUUID()}`,
  });
  const restMiB = residentMiB(await readMetrics(url));
  let peakMiB = restMiB;
  let isOver = false;
  const over = () => isOver;
  const times: number[] = [];
  const watching = async () => {
    while (!over()) {
      peakMiB = Math.max(peakMiB, residentMiB(await readMetrics(url)));
      await delay(lookEveryMs);
    }
  };
  const talking = async () => {
    const client = await connectSocketIo(url, owner.accessToken);
    while (!over()) {
      const start = performance.now();
      const reply = await client.command('message.post', {
        channelId: channel.id,
        nonce: randomUUID(),
        text: 'still here',
      });
      if (!reply.ok) throw new Error(reply.error.message);
      const { position } = reply.output as { position: number };
      await until(() => (client.batches.at(-1)?.position ?? 0) >= position, 'it heard itself');
      times.push(performance.now() - start);
      await delay(askEveryMs);
    }
    expect(client.goodbye).toBeNull();
    client.close();
  };
  const acting = action().finally(() => {
    isOver = true;
  });
  await Promise.all([acting, watching(), talking()]);
  times.sort((a, b) => a - b);
  const testimony = {
    messages: times.length,
    medianMs: Math.round(times[times.length >> 1] ?? 0),
    worstMs: Math.round(times.at(-1) ?? 0),
    restMiB: Math.round(restMiB),
    peakMiB: Math.round(peakMiB),
  };
  process.stdout.write(`${expect.getState().currentTestName}: ${JSON.stringify(testimony)}\n`);
  return testimony;
}
