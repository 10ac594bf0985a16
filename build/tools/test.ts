/**
 * `npm test`: everything that must hold, in one command. `npm test -- static unit` runs some of it.
 * Ends with a table and the line `N passed, N failed`.
 */
import type { Counts } from './test/counts.ts';
import { groups, steps, type Group, type Step } from './test/steps.ts';

type Result = Counts & { readonly name: string; readonly seconds: number };

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.filter((name) => !isGroup(name));
  if (unknown.length > 0) {
    console.error(`There is no ${unknown.join(', ')}; choose from ${groups.join(', ')}.`);
    return 2;
  }
  const wanted = args.length === 0 ? groups : args.filter(isGroup);
  const results: Result[] = [];
  for (const step of steps.filter(({ groups: of }) => of.some((name) => wanted.includes(name)))) {
    results.push(await run(step));
  }
  const passed = sum(results, 'passed');
  const failed = sum(results, 'failed');
  console.log(`\n${table(results)}\n\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

function isGroup(name: string): name is Group {
  return groups.some((group) => group === name);
}

async function run(step: Step): Promise<Result> {
  console.log(`\n── ${step.name}`);
  const start = performance.now();
  const counts = await step.run().catch((error: unknown) => {
    console.error(error);
    return { passed: 0, failed: 1 };
  });
  return { ...counts, name: step.name, seconds: (performance.now() - start) / 1000 };
}

function sum(results: readonly Result[], key: keyof Counts): number {
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
