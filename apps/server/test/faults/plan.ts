import fc from 'fast-check';

/** What a client does next. Numbers called `pick` choose among what there is at that moment. */
export type Action =
  | { do: 'post'; pick: number; mention: boolean }
  | { do: 'burst'; pick: number; count: number }
  | { do: 'reply'; pick: number }
  | { do: 'edit'; pick: number }
  | { do: 'delete'; pick: number }
  | { do: 'react'; pick: number }
  | { do: 'membership'; pick: number }
  | { do: 'sleep'; ms: number }
  | { do: 'forget' }
  | { do: 'duplicate'; olderBy: number };

export type TransportName = 'socket-io' | 'web-socket' | 'http-sse';

export type ClientPlan = {
  /** Which of the workspace's people it belongs to. */
  person: number;
  transport: TransportName;
  actions: { afterMs: number; action: Action }[];
};

/** What happens to the server or to Postgres; one after the other. */
export type HostFault =
  | { kind: 'server.kill'; downMs: number }
  | { kind: 'server.stop'; ms: number }
  | { kind: 'postgres.fast'; downMs: number }
  | { kind: 'postgres.immediate'; downMs: number }
  | { kind: 'postgres.vanish'; ms: number }
  | { kind: 'pool.fill'; ms: number };

export type Direction = 'up' | 'down' | 'both';

/** What happens on the way; every n-th connection is hit. Beside the faults of the hosts. */
export type NetworkFault =
  | { kind: 'cut'; every: number }
  | { kind: 'delay'; every: number; byMs: number; ms: number }
  | { kind: 'half-open'; every: number; direction: Direction; ms: number };

/** What becomes of a hint on the bus. `late` hints come after younger ones, `bare` ones carry no events. */
export type HintFate = 'pass' | 'drop' | 'double' | 'late' | 'bare';

export type Plan = {
  seed: number;
  /** `process`: the server is a process of its own; `bus`: two nodes run here, on a bus that breaks hints. */
  where: 'process' | 'bus';
  clients: ClientPlan[];
  hosts: { afterMs: number; fault: HostFault }[];
  network: { afterMs: number; fault: NetworkFault }[];
  /** Taken one after the other, over and over. */
  hints: HintFate[];
};

export const peopleCount = 5;
export const transportNames: TransportName[] = ['socket-io', 'web-socket', 'http-sse'];
const clientCount = 9;
const actionsPerClient = 20;
/** Of this many seeds in a row, one is an episode of several nodes with a broken bus. */
export const seedsPerRound = 4;

const pick = fc.nat(9_999);

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('post'), pick, mention: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('burst'), pick, count: fc.integer({ min: 2, max: 8 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('reply'), pick }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('edit'), pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete'), pick }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('react'), pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('membership'), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('sleep'), ms: fc.integer({ min: 50, max: 1_500 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('duplicate'),
      olderBy: fc.integer({ min: 1, max: 200 }),
    }),
  },
);

const downMs = fc.integer({ min: 0, max: 800 });
const ms = fc.integer({ min: 300, max: 2_000 });
const postgresFaults = [
  fc.record({ kind: fc.constant('postgres.fast'), downMs }),
  fc.record({ kind: fc.constant('postgres.immediate'), downMs }),
  fc.record({ kind: fc.constant('postgres.vanish'), ms }),
  fc.record({ kind: fc.constant('pool.fill'), ms }),
] as const;
const serverFaults = [
  fc.record({ kind: fc.constant('server.kill'), downMs }),
  fc.record({ kind: fc.constant('server.stop'), ms }),
] as const;

const every = fc.integer({ min: 1, max: 3 });
const network: fc.Arbitrary<NetworkFault> = fc.oneof(
  fc.record({ kind: fc.constant('cut'), every }),
  fc.record({ kind: fc.constant('delay'), every, byMs: fc.integer({ min: 20, max: 600 }), ms }),
  fc.record({
    kind: fc.constant('half-open'),
    every,
    direction: fc.constantFrom('up', 'down', 'both'),
    ms,
  }),
);

function times<T>(count: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(arbitrary, { minLength: count, maxLength: count });
}

/** One fault of each given kind, in any order. */
function shuffled<T>(faults: readonly fc.Arbitrary<T>[]): fc.Arbitrary<T[]> {
  const all = fc.tuple(...faults);
  return all.chain((list) => fc.shuffledSubarray(list, { minLength: list.length }));
}

/** The plan of an episode: pure, so that the same seed gives the same plan. */
export function planEpisode(seed: number): Plan {
  const where = seed % seedsPerRound === seedsPerRound - 1 ? 'bus' : 'process';
  const hostFaults: readonly fc.Arbitrary<HostFault>[] =
    where === 'bus' ? postgresFaults : [...postgresFaults, ...serverFaults];
  const hosts = shuffled(hostFaults).chain((faults) =>
    fc.tuple(...faults.map((fault) => after(100, 900, fc.constant(fault), 'fault'))),
  );
  const plan = fc.record({
    actions: times(clientCount, times(actionsPerClient, after(0, 250, action, 'action'))),
    hosts,
    network: times(6, after(100, 1_200, network, 'fault')),
    hints: times(
      61,
      fc.constantFrom<HintFate[]>('pass', 'pass', 'pass', 'drop', 'double', 'late', 'bare'),
    ),
  });
  const [made] = fc.sample(fc.noBias(plan), { seed, numRuns: 1 });
  if (!made) throw new Error('no plan was made');
  const clients = made.actions.map((actions, index) => ({
    person: index % peopleCount,
    transport: transportNames[index % transportNames.length] ?? 'socket-io',
    actions,
  }));
  return { seed, where, clients, hosts: made.hosts, network: made.network, hints: made.hints };
}

/** The thing under its name, with a pause before it. */
function after<K extends string, T>(
  min: number,
  max: number,
  thing: fc.Arbitrary<T>,
  name: K,
): fc.Arbitrary<{ afterMs: number } & Record<K, T>> {
  return fc
    .tuple(fc.integer({ min, max }), thing)
    .map(([afterMs, value]) => ({ afterMs, [name]: value }) as { afterMs: number } & Record<K, T>);
}
