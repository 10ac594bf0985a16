/** `npm run bench:peers`: the same work for Parley and its peers, side by side on one machine. See README.md. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parsePlan, PlanError, usage, type Plan } from './plan.ts';
import { startPrivatePostgres } from './private-postgres.ts';
import { Recorder } from './report/recorder.ts';
import { summarise } from './report/summary.ts';
import { runRounds } from './rounds.ts';
import { ensureDebianPackages } from './setup/debian-packages.ts';
import { machineFault, pinGenerator, withScratch } from './setup/machine.ts';
import { buildParley } from './systems/parley.ts';

async function run(plan: Plan): Promise<boolean> {
  const name = new Date().toISOString().replaceAll(/[:.]/g, '-').slice(0, 19);
  const folder = resolve(plan.folder ?? join(import.meta.dirname, 'results', name));
  mkdirSync(folder, { recursive: true });
  if (plan.systems.includes('parley')) buildParley();
  pinGenerator();
  const recorder = new Recorder(folder);
  await withScratch(async (scratch) => {
    const postgres = await startPrivatePostgres(scratch);
    await runRounds(plan, { scratch, postgres }, recorder);
  });
  console.log(`\n${summarise(folder)}\nResults: ${folder}`);
  return recorder.failures === 0;
}

function main(): Promise<boolean> | boolean {
  try {
    const plan = parsePlan(process.argv.slice(2));
    if (plan === null) {
      console.log(usage);
      return true;
    }
    const fault = machineFault() ?? ensureDebianPackages(plan.systems);
    if (fault === null) return run(plan);
    console.error(fault);
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    console.error(`${error.message}\n\n${usage}`);
  }
  return false;
}

// Connections that were dropped may still hold the event loop.
process.exit((await main()) ? 0 : 1);
