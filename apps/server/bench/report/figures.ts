/** Figures out of entries: medians over the rounds; ratios are taken within each round first. */
import type { Entry } from './records.ts';

/** What `cpuPer100k` is corrected to: the fixed piece of work on an undisturbed core of the reference machine. */
const referenceSpeedMs = 85;

export type Cell = { workload: string; kind: string; field: string };

export function median(values: readonly number[]): number | null {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

export class Figures {
  readonly entries: readonly Entry[];
  readonly systems: readonly string[];
  readonly rounds: readonly number[];

  constructor(entries: readonly Entry[], order: readonly string[]) {
    this.entries = entries.map(withCorrectedCpu);
    const present = new Set(entries.map(({ system }) => system));
    this.systems = order.filter((system) => present.has(system));
    this.rounds = [...new Set(entries.map(({ round }) => round))];
  }

  of(system: string, workload: string, kind: string): Entry[] {
    return this.entries.filter(
      (entry) => entry.system === system && entry.workload === workload && entry.kind === kind,
    );
  }

  numbers(system: string, { workload, kind, field }: Cell): number[] {
    return this.of(system, workload, kind)
      .map(({ values }) => values[field])
      .filter((value) => typeof value === 'number');
  }

  median(system: string, cell: Cell): number | null {
    return median(this.numbers(system, cell));
  }

  range(system: string, cell: Cell): [least: number, most: number] | null {
    const numbers = this.numbers(system, cell);
    return numbers.length === 0 ? null : [Math.min(...numbers), Math.max(...numbers)];
  }

  /** The median over the rounds of one system's figure divided by another's in the same round. */
  ratio(system: string, base: string, cell: Cell): number | null {
    const inRound = (name: string, round: number) =>
      this.of(name, cell.workload, cell.kind).find((entry) => entry.round === round)?.values[
        cell.field
      ];
    return median(
      this.rounds.flatMap((round) => {
        const [over, under] = [inRound(system, round), inRound(base, round)];
        if (typeof over !== 'number' || typeof under !== 'number' || under === 0) return [];
        return [over / under];
      }),
    );
  }

  /** The sum over all entries of a kind. */
  sum(system: string, kind: string, field: string): number | null {
    const numbers = this.entries
      .filter((entry) => entry.system === system && entry.kind === kind)
      .map(({ values }) => values[field])
      .filter((value) => typeof value === 'number');
    return numbers.length === 0 ? null : numbers.reduce((total, value) => total + value, 0);
  }

  /** The workloads of this name that were measured, in order: `W1` has one for each size of its room. */
  workloads(...names: readonly string[]): string[] {
    const present = new Set(this.entries.map(({ workload }) => workload));
    const size = (workload: string) => Number(/N=(\d+)/.exec(workload)?.[1] ?? 0);
    return names.flatMap((name) =>
      [...present]
        .filter((workload) => workload === name || workload.startsWith(`${name} N=`))
        .sort((a, b) => size(a) - size(b)),
    );
  }
}

function withCorrectedCpu(entry: Entry): Entry {
  const { cpuPer100k, speedMs } = entry.values;
  if (typeof cpuPer100k !== 'number' || typeof speedMs !== 'number') return entry;
  const correctedCpuPer100k = (cpuPer100k * referenceSpeedMs) / speedMs;
  return { ...entry, values: { ...entry.values, correctedCpuPer100k } };
}
