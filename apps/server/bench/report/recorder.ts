/** Keeps measurements as they come, tells of them, and counts what failed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { appendEntry, type Measurement, type Values } from './records.ts';

/** Worth a glance while it runs. */
const told = [
  ...['deliveredPerS', 'p50', 'p99', 'cpuPer100k', 'lost', 'doubled', 'outOfOrder', 'sent'],
  ...['storedGrowth', 'fraction', 'ok', 'perS', 'allS', 'retries', 'failed', 'liveAfter'],
  ...['miBPer1000', 'residentMiB', 'connectsPerS', 'serverPct', 'databasePct', 'generatorPct'],
  ...['foreignPct', 'rowsPerS', 'serverCpuMs', 'databaseCpuMs'],
];

export class Recorder {
  failures = 0;
  readonly #folder: string;
  readonly #from = performance.now();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Does a step and keeps what it measured, or why it failed. */
  async step(
    round: number,
    system: string,
    workload: string,
    work: () => Promise<Measurement[]>,
  ): Promise<void> {
    await this.attempt(round, system, workload, async () => {
      for (const measurement of await work()) {
        appendEntry(this.#folder, { round, system, ...measurement });
        this.#tell(
          `${system} ${measurement.workload} ${measurement.kind}: ${brief(measurement.values)}`,
        );
        const { faults } = measurement.values;
        if (typeof faults === 'string' && faults !== '') {
          this.#fail(round, system, measurement.workload, faults);
        }
      }
    });
  }

  /** Does something that may fail without ending the rest. */
  async attempt(
    round: number,
    system: string,
    workload: string,
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#fail(round, system, workload, error instanceof Error ? error.message : String(error));
      await sleep(1_000);
    }
  }

  #fail(round: number, system: string, workload: string, error: string): void {
    this.failures += 1;
    const values = { error: error.slice(0, 400) };
    appendEntry(this.#folder, { round, system, workload, kind: 'failed', values });
    this.#tell(`${system} ${workload} FAILED: ${values.error}`);
  }

  #tell(text: string): void {
    const seconds = ((performance.now() - this.#from) / 1000).toFixed(0).padStart(5);
    console.log(`[${seconds} s] ${text}`);
  }
}

function brief(values: Values): string {
  return told
    .filter((name) => values[name] !== undefined && values[name] !== null)
    .map((name) => `${name}=${String(values[name])}`)
    .join(' ');
}
