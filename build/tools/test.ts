/**
 * `npm test`: everything that must hold, in one command. `npm test -- static unit` runs some of it.
 * Ends with a table, what failed, and the line `N passed, N failed`.
 */
import type { Counts } from './test/counts.ts';
import { groups, phases, type Group, type Phase, type Step } from './test/steps.ts';

type Result = Counts & { readonly name: string; readonly seconds: number };

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.filter((name) => !isGroup(name));
  if (unknown.length > 0) {
    console.error(`There is no ${unknown.join(', ')}; choose from ${groups.join(', ')}.`);
    return 2;
  }
  const wanted = args.length === 0 ? groups : args.filter(isGroup);
  const isWanted = ({ groups: of }: Step) => of.some((name) => wanted.includes(name));
  const results: Result[] = [];
  for (const phase of phases) {
    results.push(...(await runPhase(phase.map((lane) => lane.filter(isWanted)))));
  }
  const passed = sum(results, 'passed');
  const failed = sum(results, 'failed');
  console.log(`\n${table(results)}\n${failures(results)}\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

function isGroup(name: string): name is Group {
  return groups.some((group) => group === name);
}

/**
 * Runs the lanes side by side; who is through with its own takes steps of another. The first one's output goes to the
 * terminal as it comes. The results are in the order of the steps.
 */
async function runPhase(phase: Phase): Promise<Result[]> {
  const queues = phase.map((lane) => [...lane]);
  const results = new Map<Step, Result>();
  const next = (own: Step[]) => own.shift() ?? queues.find(({ length }) => length > 0)?.shift();
  await Promise.all(
    queues.map(async (own, index) => {
      for (let step = next(own); step; step = next(own)) {
        results.set(step, await (index === 0 ? run(step) : runQuietly(step)));
      }
    }),
  );
  return phase.flat().flatMap((step) => results.get(step) ?? []);
}

function run(step: Step): Promise<Result> {
  console.log(`\n── ${step.name}`);
  return timed(step, () => step.run());
}

/** What the step prints comes at its end, in one piece. */
async function runQuietly(step: Step): Promise<Result> {
  const printed: string[] = [];
  const result = await timed(step, () => step.run((text) => printed.push(text)));
  console.log(`\n── ${step.name}\n${printed.join('')}`);
  return result;
}

async function timed(step: Step, running: () => Promise<Counts>): Promise<Result> {
  const start = performance.now();
  const counts = await running().catch((error: unknown) => {
    console.error(error);
    return { passed: 0, failed: 1 };
  });
  return { ...counts, name: step.name, seconds: (performance.now() - start) / 1000 };
}

function sum(results: readonly Result[], key: 'passed' | 'failed'): number {
  return results.reduce((total, result) => total + result[key], 0);
}

function table(results: readonly Result[]): string {
  const row = (name: string, passed: unknown, failed: unknown, time: string): string =>
    `${name.padEnd(20)}${String(passed).padStart(8)}${String(failed).padStart(8)}${time.padStart(10)}`;
  return [
    row('', 'passed', 'failed', 'time'),
    ...results.map(({ name, passed, failed, seconds }) =>
      row(name, passed, failed, `${seconds.toFixed(1)} s`),
    ),
  ].join('\n');
}

/** A line for each test that failed, so that the end of a long output says what to look for. */
function failures(results: readonly Result[]): string {
  return results
    .flatMap(({ name, failures: of = [] }) => of.map((failure) => `${name}: ${failure}\n`))
    .join('');
}
