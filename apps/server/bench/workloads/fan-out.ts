/** W1, one room, and W2, many small rooms: a fixed light load, saturation, and the most within the latency goal. */
import { setTimeout as sleep } from 'node:timers/promises';
import { closedLoop, openLoop, Run, type Room } from '../load.ts';
import { Sink } from '../marker.ts';
import { calmly, Meter, proportionalMiB, residentMiB, waitForQuiet, type Cost } from '../meter.ts';
import { rounded, type Measurement, type Values } from '../report/records.ts';
import { closeAll, connectAll, inParallel, type Context, type OpenRoom } from './room.ts';

const senders = 10;
const manyRooms = { rooms: 500, people: 500, members: 10, apart: 50 };

type Subject = { workload: string; sink: Sink; rooms: Room[]; recipients: number };
type Totals = { sent: number; lost: number; doubled: number; outOfOrder: number; stray: number };

/** W1: everybody hears everybody. */
export async function oneRoom(context: Context, room: OpenRoom): Promise<Measurement[]> {
  const { sink, channel, clients } = room;
  const members = clients.map((_, index) => index);
  return measureAll(context, {
    workload: `W1 N=${clients.length}`,
    sink,
    rooms: [{ channel, members, senders: clients.slice(0, senders) }],
    recipients: clients.length - (context.system.traits.echo ? 0 : 1),
  });
}

/** W2: 500 rooms of 10, each person in 10 of them. */
export async function manySmallRooms(context: Context): Promise<Measurement[]> {
  const { system } = context;
  const { rooms, people, members, apart } = manyRooms;
  const plans = Array.from({ length: rooms }, (_, room) => ({
    name: `w2r${room}`,
    members: Array.from({ length: members }, (_, place) => (room + place * apart) % people),
  }));
  const sink = new Sink();
  const channels = await system.createChannels(plans);
  const clients = await connectAll(system, sink, people);
  for (let place = 0; place < members; place += 1) {
    await inParallel(rooms, place === 0 ? 20 : 40, async (room) => {
      const channel = channels[room];
      const client = clients[plans[room]?.members[place] ?? -1];
      if (channel !== undefined) await client?.join(channel);
    });
  }
  const measurements = await measureAll(context, {
    workload: 'W2',
    sink,
    rooms: plans.map((plan, room) => ({
      channel: channels[room] ?? '',
      members: plan.members,
      senders: plan.members.flatMap((member) => clients.slice(member, member + 1)),
    })),
    recipients: members - (system.traits.echo ? 0 : 1),
  });
  closeAll(clients);
  return measurements;
}

async function measureAll(context: Context, subject: Subject): Promise<Measurement[]> {
  const { system, settings } = context;
  const totals: Totals = { sent: 0, lost: 0, doubled: 0, outOfOrder: 0, stray: 0 };
  const storedBefore = await system.storedMessages();
  const runs = new Runs(context, subject, totals);
  await runs.open(settings.fixedDeliveriesPerS, 1);
  const fixed = await calmly(system, settings, () =>
    runs.open(settings.fixedDeliveriesPerS, settings.fixedS),
  );
  const fixedMemory = memory(context);
  const saturated = await runs.saturate();
  const saturatedMemory = memory(context);
  const within = await runs.withinGoal(saturated.deliveredPerS);
  // What was acknowledged last may be told before it can be counted.
  await sleep(300);
  const storedAfter = await system.storedMessages();
  const storedGrowth =
    storedBefore === null || storedAfter === null ? null : storedAfter - storedBefore;
  const { workload, sink } = subject;
  const { refused } = sink;
  // What was refused is not lost: its sender knows.
  totals.lost = Math.max(0, totals.lost - refused * subject.recipients);
  const kinds: Record<string, Values> = {
    fixed: { offered: settings.fixedDeliveriesPerS, ...fixed, ...fixedMemory },
    saturated: { ...saturated, ...saturatedMemory },
    'within-goal': within,
    totals: { ...totals, refused, storedGrowth, faults: sink.takeFaults().join('; ') },
  };
  return Object.entries(kinds).map(([kind, values]) => ({
    workload,
    kind,
    values: rounded(values),
  }));
}

/** Runs load on the subject, adding up what was sent and what went wrong. */
class Runs {
  readonly #context: Context;
  readonly #subject: Subject;
  readonly #totals: Totals;

  constructor(context: Context, subject: Subject, totals: Totals) {
    this.#context = context;
    this.#subject = subject;
    this.#totals = totals;
  }

  #new(): Run {
    const { sink, rooms } = this.#subject;
    return new Run(sink, rooms, { echo: this.#context.system.traits.echo });
  }

  #finish(run: Run) {
    const outcome = run.outcome();
    for (const name of ['sent', 'lost', 'doubled', 'outOfOrder', 'stray'] as const) {
      this.#totals[name] += outcome[name];
    }
    return outcome;
  }

  async open(deliveriesPerS: number, seconds: number) {
    const run = this.#new();
    const meter = new Meter(this.#context.system);
    await openLoop(run, Math.max(0.5, deliveriesPerS / this.#subject.recipients), seconds);
    const cost = meter.stop();
    return { ...this.#finish(run), ...shares(cost, run.delivered) };
  }

  /** First a short loop tells the system's pace; the real one keeps half a second of it under way. */
  async saturate() {
    const { system, settings } = this.#context;
    const { recipients } = this.#subject;
    const messages = (deliveries: number) => Math.max(4, Math.round(deliveries / recipients));
    const probe = this.#new();
    const pace = await closedLoop(
      probe,
      { underWay: messages(settings.leastUnderWay), warmUpS: 0.3, seconds: 1.2 },
      () => () => undefined,
    );
    this.#finish(probe);
    const bounded = Math.max(settings.leastUnderWay, pace.deliveredPerS / 2);
    const underWay = messages(Math.min(settings.mostUnderWay, bounded));
    return calmly(system, settings, async () => {
      const run = this.#new();
      const { warmUpS, saturatedS: seconds } = settings;
      const { measured, deliveries, ...rates } = await closedLoop(
        run,
        { underWay, warmUpS, seconds },
        () => {
          const meter = new Meter(system);
          return () => meter.stop();
        },
      );
      return { underWay, ...rates, ...this.#finish(run), ...shares(measured, deliveries) };
    });
  }

  /** Tries lower and lower rates until latency is within the goal. */
  async withinGoal(saturatedPerS: number): Promise<Values> {
    const { system, settings } = this.#context;
    let tried: Values = { ok: false };
    for (const fraction of settings.fractions) {
      await waitForQuiet(system, settings);
      const deliveredPerS = fraction * saturatedPerS;
      const result = await this.open(deliveredPerS, settings.stepS);
      const ok = result.p99 !== null && result.p99 <= settings.goalP99Ms && result.lost === 0;
      tried = { ok, fraction, deliveredPerS, ...result };
      if (ok) break;
    }
    return tried;
  }
}

/** CPU seconds for 100,000 deliveries, and how busy each core was. */
export function shares(cost: Cost, deliveries: number) {
  const per100k = (seconds: number) => (1e5 * seconds) / Math.max(1, deliveries);
  return {
    cpuPer100k: per100k(cost.serverCpuS + cost.databaseCpuS),
    serverCpuPer100k: per100k(cost.serverCpuS),
    databaseCpuPer100k: per100k(cost.databaseCpuS),
    serverPct: cost.serverPct,
    databasePct: cost.databasePct,
    generatorPct: cost.generatorPct,
    foreignPct: cost.foreignPct,
    stealPct: cost.stealPct,
  };
}

function memory({ system }: Context) {
  return {
    residentMiB: residentMiB(system.serverPids()),
    databaseMiB: proportionalMiB(system.databasePids()),
  };
}
