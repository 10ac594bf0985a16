/** What Parley is to reach beside its peers in one run, and whether it did. */
import type { Figures } from './figures.ts';

export type Verdict = 'met' | 'not met' | 'not measured';

export type Goal = {
  name: string;
  /** What the figure must be, such as `≥ 3 ×`. */
  bound: string;
  reached: number | null;
  verdict: Verdict;
};

type Bound = { least: number } | { most: number };

const us = 'parley';

/** Every goal, measured or not. */
export function checkGoals(figures: Figures): Goal[] {
  return [
    ...throughput(figures),
    ...costAndLatency(figures),
    ...rest(figures),
    ...integrity(figures),
  ];
}

function goal(name: string, bound: Bound, reached: number | null, unit: string): Goal {
  const text = 'least' in bound ? `≥ ${bound.least}` : `≤ ${bound.most}`;
  const isMet =
    reached !== null && ('least' in bound ? reached >= bound.least : reached <= bound.most);
  const verdict = reached === null ? 'not measured' : isMet ? 'met' : 'not met';
  return { name, bound: `${text}${unit}`, reached, verdict };
}

function throughput(figures: Figures): Goal[] {
  const perS = (workload: string) => ({ workload, kind: 'saturated', field: 'deliveredPerS' });
  const against = (workload: string, base: string, least: number) =>
    goal(
      `${workload}: deliveries a second against ${base}`,
      { least },
      figures.ratio(us, base, perS(workload)),
      ' ×',
    );
  return [
    ...figures
      .workloads('W1')
      .flatMap((each) => [against(each, 'bare-socket-io', 3), against(each, 'ejabberd', 15)]),
    against('W2', 'bare-socket-io', 1),
    against('W2', 'ejabberd', 10),
  ];
}

function costAndLatency(figures: Figures): Goal[] {
  return figures.workloads('W1', 'W2').flatMap((workload) => {
    const cpu = (field: string) =>
      figures.ratio(us, 'bare-ws', { workload, kind: 'saturated', field });
    const p50 = { workload, kind: 'fixed', field: 'p50' };
    return [
      goal(
        `${workload}: CPU a delivery against bare-ws`,
        { most: 1 },
        cpu('correctedCpuPer100k') ?? cpu('cpuPer100k'),
        ' ×',
      ),
      goal(
        `${workload}: p50 at the fixed load against tutorial-socket-io`,
        { most: 1 },
        figures.ratio(us, 'tutorial-socket-io', p50),
        ' ×',
      ),
    ];
  });
}

function rest(figures: Figures): Goal[] {
  const history = (kind: string) => ({ workload: 'W4', kind, field: 'perS' });
  const against = (kind: string) => figures.ratio(us, 'tutorial-socket-io', history(kind));
  const storm = { workload: 'W5', kind: 'reconnect + catch up', field: 'allS' };
  const idle = { workload: 'W3', kind: 'idle', field: 'miBPer1000' };
  const snapshot = { workload: 'bootstrap', kind: 'snapshot', field: 'p50' };
  return [
    goal('W3: memory of 1,000 idle connections', { most: 25 }, figures.median(us, idle), ' MiB'),
    goal('W5: 1,000 reconnect and catch up', { most: 1.5 }, figures.median(us, storm), ' s'),
    ...['history x1', 'history x16'].map((kind) =>
      goal(`W4: ${kind} a second against tutorial-socket-io`, { least: 2 }, against(kind), ' ×'),
    ),
    goal(
      'bootstrap: 200 of 1,000 channels, 2,000 people, until the last byte is there',
      { most: 40 },
      figures.median(us, snapshot),
      ' ms',
    ),
  ];
}

function integrity(figures: Figures): Goal[] {
  const total = (field: string) => figures.sum(us, 'totals', field);
  const [sent, stored] = [total('sent'), total('storedGrowth')];
  const failed = figures.entries.filter(
    ({ system, kind }) => system === us && kind === 'failed',
  ).length;
  const none = { most: 0 };
  return [
    goal('lost deliveries', none, total('lost'), ''),
    goal('doubled deliveries', none, total('doubled'), ''),
    goal('deliveries out of order', none, total('outOfOrder'), ''),
    goal('rooms whose members saw different orders', none, sumOfRooms(figures), ''),
    goal(
      'messages accepted and not in the archive, or the other way round',
      none,
      sent === null || stored === null ? null : Math.abs(sent - (total('refused') ?? 0) - stored),
      '',
    ),
    goal('failed steps, refused posts', none, figures.systems.includes(us) ? failed : null, ''),
  ];
}

function sumOfRooms(figures: Figures): number | null {
  const sums = ['fixed', 'saturated', 'within-goal'].flatMap(
    (kind) => figures.sum(us, kind, 'roomsDisagree') ?? [],
  );
  return sums.length === 0 ? null : sums.reduce((total, sum) => total + sum, 0);
}
