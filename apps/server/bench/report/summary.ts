/** Makes summary.json and summary.md from raw.jsonl. `node report/summary.ts folder` makes them again. */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { systemNames } from '../systems/catalogue.ts';
import { Figures } from './figures.ts';
import { checkGoals } from './goals.ts';
import { readEntries } from './records.ts';
import { goalsTable, tables } from './tables.ts';

const postgres = 'postgres';

/** Gives the table of goals. */
export function summarise(folder: string): string {
  const entries = readEntries(folder);
  const figures = new Figures(entries, systemNames);
  const goals = checkGoals(figures);
  const machine = `Node ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}`;
  const summary = {
    made: new Date().toISOString(),
    machine,
    rounds: figures.rounds.length,
    goals,
    systems: Object.fromEntries(
      [...figures.systems, postgres].map((system) => [system, allFigures(figures, system)]),
    ),
    failures: entries.filter(({ kind }) => kind === 'failed'),
  };
  writeFileSync(join(folder, 'summary.json'), `${JSON.stringify(summary, null, 1)}\n`);
  const table = goalsTable(goals);
  const head = `Rounds: ${figures.rounds.length}; medians, [least–most] where given. ${machine}.`;
  writeFileSync(
    join(folder, 'summary.md'),
    `${head}\n\n### Goals\n\n${table}\n${tables(figures, postgres)}`,
  );
  return table;
}

/** Each figure that was measured of a system: median, least, most. */
function allFigures(figures: Figures, system: string) {
  const measured: Record<string, Record<string, object>> = {};
  for (const { workload, kind, values, ...entry } of figures.entries) {
    if (entry.system !== system || kind === 'failed') continue;
    const fields = (measured[`${workload} / ${kind}`] ??= {});
    for (const [field, value] of Object.entries(values)) {
      if (typeof value !== 'number' || fields[field]) continue;
      const cell = { workload, kind, field };
      const [least, most] = figures.range(system, cell) ?? [value, value];
      const rounds = figures.numbers(system, cell).length;
      fields[field] = { median: figures.median(system, cell), least, most, rounds };
    }
  }
  return measured;
}

const given = process.argv[2];
if (import.meta.main && given !== undefined) console.log(summarise(given));
