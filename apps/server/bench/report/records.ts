/** Measurements as they are kept in raw.jsonl. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const Value = z.union([z.number(), z.string(), z.boolean(), z.null()]);

const Entry = z.object({
  round: z.int(),
  system: z.string(),
  /** Such as `W1 N=200`. */
  workload: z.string(),
  /** What was measured of it, such as `saturated`; `failed` with the field `error`. */
  kind: z.string(),
  values: z.record(z.string(), Value),
});

export type Entry = z.infer<typeof Entry>;
export type Measurement = Pick<Entry, 'workload' | 'kind' | 'values'>;
export type Values = Entry['values'];

const fileName = 'raw.jsonl';

export function appendEntry(folder: string, entry: Entry): void {
  appendFileSync(join(folder, fileName), `${JSON.stringify(entry)}\n`);
}

export function readEntries(folder: string): Entry[] {
  const file = join(folder, fileName);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => Entry.parse(JSON.parse(line)));
}

/** Two digits after the point are more than any of the figures are worth. */
export function rounded<T extends Record<string, unknown>>(values: T): T {
  const entries = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === 'number' ? Math.round(value * 100) / 100 : value,
  ]);
  // The same names with values of the same types.
  return Object.fromEntries(entries) as T;
}
