/** One line of the table: Parley's figure, the blank window's where it has one, and the goal. */
export type Line = {
  what: string;
  unit: string;
  parley: number;
  blank: number | null;
  /** At most so much; of the blank window's figure where there is one, else in the unit. */
  goal: number | null;
};

export function median(list: readonly number[]): number {
  return quantile(list, 0.5);
}

/** The value below which this share of the list lies. */
export function quantile(list: readonly number[], share: number): number {
  const sorted = list.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/**
 * How much a figure grows an hour, over samples of (hours, value): the median of the slopes between any two of them
 * (the estimator of Theil and Sen, https://doi.org/10.1080/01621459.1968.10480934), so that a sample taken while a helper
 * ran for some seconds is no growth.
 */
export function slopePerHour(
  samples: readonly (readonly [hours: number, value: number])[],
): number {
  const slopes = samples.flatMap(([x, y], index) =>
    samples.slice(index + 1).map(([laterX, laterY]) => (laterY - y) / (laterX - x)),
  );
  return slopes.length === 0 ? 0 : median(slopes);
}

/** Whether the line's goal is met; null where it has none. */
export function isMet({ parley, blank, goal }: Line): boolean | null {
  if (goal === null) return null;
  return (blank === null ? parley : parley / blank) <= goal;
}

export function tableOf(lines: readonly Line[]): string {
  const rows = lines.map((line) => {
    const { what, unit, parley, blank, goal } = line;
    const ratio = blank === null ? '–' : `${(parley / blank).toFixed(2)} ×`;
    const bound = goal === null ? '–' : `≤ ${goal} ${blank === null ? unit : '×'}`;
    const met = isMet(line);
    const verdict = met === null ? '–' : met ? 'met' : 'not met';
    const number = (value: number | null) => (value === null ? '–' : `${round(value)} ${unit}`);
    return `| ${[what, number(parley), number(blank), ratio, bound, verdict].join(' | ')} |`;
  });
  return [
    '| what | Parley | blank window | ratio | goal | verdict |',
    '| --- | ---: | ---: | ---: | ---: | --- |',
    ...rows,
  ].join('\n');
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
