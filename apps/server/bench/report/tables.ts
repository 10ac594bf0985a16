/** The tables of summary.md. */
import { median, type Cell, type Figures } from './figures.ts';
import type { Goal } from './goals.ts';

const none = '–';
const noisyPct = 20;

function number(value: number | null, digits = 0): string {
  return value === null
    ? none
    : value.toLocaleString('en-US', {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      });
}

/** Three digits that matter. */
export function figure(value: number | null): string {
  if (value === null || value >= 100) return number(value);
  return number(value, value >= 10 ? 1 : 2);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return `${line(head)}${line(rule)}${rows.map(line).join('')}`;
}

function section(title: string, content: string): string {
  return `\n### ${title}\n\n${content}`;
}

export function goalsTable(goals: readonly Goal[]): string {
  return table(
    ['goal', 'bound', 'reached', 'verdict'],
    goals.map(({ name, bound, reached, verdict }) => [name, bound, figure(reached), verdict]),
  );
}

/** All tables but the goals. */
export function tables(figures: Figures, postgres: string): string {
  return [
    fanOut(figures),
    ratios(figures),
    integrity(figures),
    memory(figures),
    connections(figures),
    history(figures),
    bootstrap(figures),
    postgresLimit(figures, postgres),
    noise(figures),
    failures(figures),
  ].join('');
}

/** One row a system, one column a workload. */
function bySystem(figures: Figures, cell: (system: string, workload: string) => string): string {
  const workloads = figures.workloads('W1', 'W2');
  return table(
    ['system', ...workloads],
    figures.systems.map((system) => [system, ...workloads.map((each) => cell(system, each))]),
  );
}

function withRange(figures: Figures, system: string, cell: Cell): string {
  const range = figures.range(system, cell);
  if (range === null) return none;
  return `${figure(figures.median(system, cell))} [${range.map(figure).join('–')}]`;
}

function fanOut(figures: Figures): string {
  const saturated = (workload: string, field: string) => ({ workload, kind: 'saturated', field });
  const fixed = (workload: string, field: string) => ({ workload, kind: 'fixed', field });
  const ranged = (field: string) =>
    bySystem(figures, (system, each) => withRange(figures, system, saturated(each, field)));
  return [
    section('Saturated: deliveries (messages × recipients) a second', ranged('deliveredPerS')),
    section(
      'Saturated: CPU seconds for 100,000 deliveries, database included',
      ranged('cpuPer100k'),
    ),
    section(
      'The same, corrected for the speed of the core at that time',
      ranged('correctedCpuPer100k'),
    ),
    section(
      'At a fixed 5,000 deliveries a second: p50 / p95 / p99 in ms, and CPU seconds for 100,000',
      bySystem(figures, (system, each) => {
        const value = (field: string) => figures.median(system, fixed(each, field));
        if (value('p50') === null) return none;
        const times = ['p50', 'p95', 'p99'].map((field) => figure(value(field))).join(' / ');
        return `${times} (${figure(value('cpuPer100k'))})`;
      }),
    ),
    section(
      'The highest rate tried with p99 within the goal: deliveries a second (p99 in ms)',
      bySystem(figures, (system, each) => {
        const good = figures.of(system, each, 'within-goal').filter(({ values }) => values.ok);
        const middle = (field: string) => median(good.map(({ values }) => Number(values[field])));
        return good.length === 0
          ? none
          : `${figure(middle('deliveredPerS'))} (${figure(middle('p99'))})`;
      }),
    ),
    section(
      'What was full at saturation',
      bySystem(figures, (system, each) => limit(figures, system, each)),
    ),
  ].join('');
}

function limit(figures: Figures, system: string, workload: string): string {
  const busy = (field: string) => figures.median(system, { workload, kind: 'saturated', field });
  const [server, database, generator] = [
    busy('serverPct'),
    busy('databasePct'),
    busy('generatorPct'),
  ];
  if (server === null || database === null || generator === null) return none;
  if (server + database >= 93) {
    return generator >= 95 ? 'server core (generator too)' : 'server core';
  }
  if (generator >= 93) return 'generator';
  return `waiting (server ${figure(server)} %, database ${figure(database)} %, generator ${figure(generator)} %)`;
}

function ratios(figures: Figures): string {
  const bases = ['bare-socket-io', 'tutorial-socket-io'].filter((base) =>
    figures.systems.includes(base),
  );
  return bases
    .map((base) =>
      section(
        `Against ${base} in the same round: deliveries a second / CPU a delivery`,
        bySystem(figures, (system, workload) => {
          const ratio = (field: string) =>
            figures.ratio(system, base, { workload, kind: 'saturated', field });
          const rate = ratio('deliveredPerS');
          const cpu = ratio('correctedCpuPer100k') ?? ratio('cpuPer100k');
          return rate === null ? none : `${figure(rate)} × / ${figure(cpu)} ×`;
        }),
      ),
    )
    .join('');
}

function integrity(figures: Figures): string {
  const fields = ['sent', 'refused', 'storedGrowth', 'lost', 'doubled', 'outOfOrder'];
  return section(
    'Over all runs: messages sent, refused, in the archive; deliveries late or lost, doubled, out of order',
    table(
      ['system', 'sent', 'refused', 'stored', 'late or lost', 'doubled', 'out of order'],
      figures.systems.map((system) => [
        system,
        ...fields.map((field) => number(figures.sum(system, 'totals', field))),
      ]),
    ),
  );
}

function memory(figures: Figures): string {
  const after = (system: string, workload: string, field: string) =>
    number(figures.median(system, { workload, kind: 'saturated', field }));
  return section(
    'Memory after saturation in MiB: resident of the server / proportional of its database',
    bySystem(
      figures,
      (system, each) =>
        `${after(system, each, 'residentMiB')} / ${after(system, each, 'databaseMiB')}`,
    ),
  );
}

function connections(figures: Figures): string {
  const head = ['MiB for 1,000', 'MiB at the end', 'sign-ins a second'];
  const storm = ['all back s', 'half back s', 'CPU s', 'retries'];
  return section(
    'W3 idle connections, and W5: 1,000 clients come back at once',
    table(
      ['system', ...head, 'W5', ...storm],
      figures.systems.map((system) => {
        const kind =
          figures.entries.find(
            (entry) =>
              entry.system === system && entry.workload === 'W5' && entry.kind !== 'failed',
          )?.kind ?? none;
        const idle = ['miBPer1000', 'residentMiB', 'connectsPerS'].map((field) =>
          figure(figures.median(system, { workload: 'W3', kind: 'idle', field })),
        );
        const back = ['allS', 'halfS', 'cpuS', 'retries'].map((field) =>
          figure(figures.median(system, { workload: 'W5', kind, field })),
        );
        return [system, ...idle, kind, ...back];
      }),
    ),
  );
}

function history(figures: Figures): string {
  const columns = (system: string, kind: string, fields: string[]) =>
    fields.map((field) => figure(figures.median(system, { workload: 'W4', kind, field })));
  return section(
    'W4: the last 50 messages of a long channel, one reader and sixteen',
    table(
      [
        'system',
        'x1 p50 ms',
        'x1 p99 ms',
        'x1 a second',
        'x16 a second',
        'x16 p99 ms',
        'x16 CPU ms',
      ],
      figures.systems
        .filter((system) => figures.of(system, 'W4', 'history x1').length > 0)
        .map((system) => [
          system,
          ...columns(system, 'history x1', ['p50', 'p99', 'perS']),
          ...columns(system, 'history x16', ['perS', 'p99', 'cpuMsPerRequest']),
        ]),
    ),
  );
}

function bootstrap(figures: Figures): string {
  const fields = ['p50', 'p99', 'serverCpuMs', 'databaseCpuMs'];
  const cell = (field: string) => ({ workload: 'bootstrap', kind: 'snapshot', field });
  return section(
    'bootstrap: 200 of 1,000 channels, 2,000 people',
    table(
      ['system', 'p50 ms', 'p99 ms', 'server CPU ms', 'database CPU ms'],
      figures.systems
        .filter((system) => figures.numbers(system, cell('p50')).length > 0)
        .map((system) => [
          system,
          ...fields.map((field) => figure(figures.median(system, cell(field)))),
        ]),
    ),
  );
}

function postgresLimit(figures: Figures, postgres: string): string {
  const entries = figures.entries.filter(
    ({ system, kind }) => system === postgres && kind !== 'failed',
  );
  const fields = ['rowsPerS', 'commitsPerS', 'p50', 'p99', 'databaseCpuPer100k'];
  return section(
    'PG: Postgres by itself, one small table with one more index',
    table(
      ['inserts', 'rows a second', 'commits a second', 'p50 ms', 'p99 ms', 'CPU s for 100,000'],
      [...new Set(entries.map(({ kind }) => kind))].map((kind) => [
        kind,
        ...fields.map((field) => figure(figures.median(postgres, { workload: 'PG', kind, field }))),
      ]),
    ),
  );
}

function noise(figures: Figures): string {
  const all = (field: string) =>
    figures.entries.map(({ values }) => values[field]).filter((value) => typeof value === 'number');
  const foreign = all('foreignPct');
  const speeds = all('speedMs');
  const noisy = foreign.filter((percent) => percent > noisyPct).length;
  const lines = [
    `Other programs used more than ${noisyPct} % of a core in ${noisy} of ${foreign.length} measurements (median ${figure(median(foreign))} %, most ${figure(Math.max(0, ...foreign))} %).`,
  ];
  if (speeds.length > 0) {
    lines.push(
      `Speed of the server's core (ms for a fixed piece of work): median ${figure(median(speeds))}, ${figure(Math.min(...speeds))} to ${figure(Math.max(...speeds))}.`,
    );
  }
  return section('Noise', `${lines.join('\n')}\n`);
}

function failures(figures: Figures): string {
  const failed = figures.entries.filter(({ kind }) => kind === 'failed');
  if (failed.length === 0) return '';
  const lines = failed.map(
    ({ round, system, workload, values }) =>
      `- round ${round}, ${system}, ${workload}: ${String(values.error)}\n`,
  );
  return section('What failed', lines.join(''));
}
