/** What to run, from the command line. */
import { parseArgs } from 'node:util';
import { systemNames, type SystemName } from './systems/catalogue.ts';
import { workloadNames, type WorkloadName } from './systems/system.ts';
import { fullSettings, quickSettings, type Settings } from './workloads/settings.ts';

export type Plan = {
  systems: SystemName[];
  workloads: ReadonlySet<WorkloadName>;
  roomSizes: number[];
  rounds: number;
  settings: Settings;
  /** Where results go; null: a new folder. */
  folder: string | null;
};

export const usage = `npm run bench:peers -- [options]

  --systems a,b   ${systemNames.join(', ')} (all)
  --only W1,W2    ${workloadNames.join(', ')} (all)
  --n 50,200      sizes of the room in W1 (50,200,1000)
  --rounds 3      how often everything is measured (3)
  --quick         short runs, one try each: shows that it works, not how fast
  --out folder    where results go (a new folder in apps/server/bench/results)
  --help`;

/** A wrong argument; the message is for the person. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}

/** The plan, or null when help is asked for. Throws PlanError. */
export function parsePlan(args: string[]): Plan | null {
  const values = parse(args);
  if (values.help) return null;
  const list = (text: string) => text.split(',').filter((part) => part !== '');
  return {
    systems: list(values.systems).map((name) => oneOf(systemNames, name, '--systems')),
    workloads: new Set(list(values.only).map((name) => oneOf(workloadNames, name, '--only'))),
    roomSizes: list(values.n).map((text) => wholeNumber(text, '--n', 2)),
    rounds: wholeNumber(values.rounds, '--rounds', 1),
    settings: values.quick ? quickSettings : fullSettings,
    folder: values.out ?? null,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        systems: { type: 'string', default: systemNames.join(',') },
        only: { type: 'string', default: workloadNames.join(',') },
        n: { type: 'string', default: '50,200,1000' },
        rounds: { type: 'string', default: '3' },
        quick: { type: 'boolean', default: false },
        out: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new PlanError(error instanceof Error ? error.message : String(error));
  }
}

export function oneOf<T extends string>(names: readonly T[], given: string, option: string): T {
  const found = names.find((name) => name.toLowerCase() === given.toLowerCase());
  if (found !== undefined) return found;
  throw new PlanError(`${option}: there is no ${given}; there are ${names.join(', ')}.`);
}

function wholeNumber(text: string, option: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  throw new PlanError(`${option}: ${text} must be a whole number, ${least} or more.`);
}
