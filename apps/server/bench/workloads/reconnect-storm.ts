/** W5: all clients of a room vanish at once, messages are sent, all come back at once and read what they missed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { markedText, nextTag } from '../marker.ts';
import { Meter, waitForQuiet } from '../meter.ts';
import { rounded, type Measurement } from '../report/records.ts';
import type { Client } from '../systems/system.ts';
import { closeAll, upTo, type Context, type OpenRoom } from './room.ts';

const tries = 3;

/** The sender is the user after those in the room, a member who was away. */
export async function reconnectStorm(context: Context, room: OpenRoom): Promise<Measurement[]> {
  const { system, settings } = context;
  const { sink, channel, clients } = room;
  const count = clients.length;
  const [missedTag, liveTag] = [nextTag(), nextTag()];
  const seen = upTo(count + 1).map(() => new Set<number>());
  let live = 0;
  sink.receive = (recipient, tag, index) => {
    if (tag === missedTag) seen[recipient]?.add(index);
    else if (tag === liveTag && recipient < count) live += 1;
  };
  await system.prepareSignIns([count], 0);
  const sender = await system.connect({ user: count, session: 0, recipient: count }, sink);
  await sender.join(channel);
  closeAll(clients);
  await sleep(1_500);
  const sinceMs = Date.now();
  for (let index = 0; index < settings.missedMessages; index += 1) {
    sender.send(channel, markedText(missedTag, index));
    await sleep(50);
  }
  // The storm begins when the server has done with the vanishing: the sender has its messages back.
  const isDone = () => !system.traits.echo || seen[count]?.size === settings.missedMessages;
  const digestS = await untilTrue(isDone, 120_000);
  await sleep(700);
  await system.prepareSignIns(upTo(count), 0);
  await waitForQuiet(system, settings);

  const storm = new Storm(context, room, seen, sinceMs);
  const meter = new Meter(system);
  const returned = await storm.run();
  const cost = meter.stop();
  sender.send(channel, markedText(liveTag, 0));
  await untilTrue(() => live >= count - storm.failures.length, 5_000);
  sink.receive = null;
  closeAll(returned);
  sender.close();
  const kind = system.traits.catchUp ? 'reconnect + catch up' : 'reconnect only';
  const values = {
    clients: count,
    digestS,
    allS: (storm.tookMs.at(-1) ?? NaN) / 1000,
    halfS: (storm.tookMs[storm.tookMs.length >> 1] ?? NaN) / 1000,
    retries: storm.retries,
    failed: storm.failures.length,
    liveAfter: live,
    cpuS: cost.serverCpuS + cost.databaseCpuS,
    serverPct: cost.serverPct,
    databasePct: cost.databasePct,
    generatorPct: cost.generatorPct,
    foreignPct: cost.foreignPct,
    faults: [...new Set([...storm.failures, ...sink.takeFaults()])].join('; '),
  };
  return [{ workload: 'W5', kind, values: rounded(values) }];
}

/** Seconds until it is true, or until it is too late. */
async function untilTrue(condition: () => boolean, withinMs: number): Promise<number> {
  const from = performance.now();
  while (!condition() && performance.now() - from < withinMs) await sleep(10);
  return (performance.now() - from) / 1000;
}

class Storm {
  readonly tookMs: number[] = [];
  readonly failures: string[] = [];
  retries = 0;
  readonly #context: Context;
  readonly #room: OpenRoom;
  readonly #seen: readonly Set<number>[];
  readonly #sinceMs: number;

  constructor(context: Context, room: OpenRoom, seen: readonly Set<number>[], sinceMs: number) {
    this.#context = context;
    this.#room = room;
    this.#seen = seen;
    this.#sinceMs = sinceMs;
  }

  async run(): Promise<Client[]> {
    const from = performance.now();
    const returned = await Promise.all(
      this.#room.clients.map((former, user) => this.#return(former, user, from)),
    );
    this.tookMs.sort((a, b) => a - b);
    return returned.filter((client) => client !== null);
  }

  async #return(former: Client, user: number, from: number): Promise<Client | null> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const client = await this.#try(former, user);
        this.tookMs.push(performance.now() - from);
        return client;
      } catch (error) {
        if (attempt === tries) {
          this.failures.push(error instanceof Error ? error.message.slice(0, 200) : String(error));
          return null;
        }
        this.retries += 1;
        await sleep(200 + 200 * Math.random());
      }
    }
  }

  async #try(former: Client, user: number): Promise<Client> {
    const { system, settings } = this.#context;
    const { sink, channel } = this.#room;
    const client = await system.connect({ user, session: 0, recipient: user, former }, sink);
    try {
      await client.join(channel);
      if (!system.traits.catchUp) return client;
      await client.catchUp(channel, this.#sinceMs);
      const caught = this.#seen[user]?.size ?? 0;
      if (caught === settings.missedMessages) return client;
      throw new Error(`${caught} of ${settings.missedMessages} missed messages came`);
    } catch (error) {
      client.close();
      throw error;
    }
  }
}
