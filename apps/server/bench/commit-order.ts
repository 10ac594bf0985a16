/**
 * Does a system deliver a message before it is committed? Freezes every process of Postgres, sends one message, and
 * looks whether it arrives. `npm run bench:commit-order -- parley tutorial-socket-io --runs 3`
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Run, type Room } from './load.ts';
import { oneOf, PlanError } from './plan.ts';
import { startPrivatePostgres, type PrivatePostgres } from './private-postgres.ts';
import { descendants } from './processes.ts';
import { ensureDebianPackages } from './setup/debian-packages.ts';
import { machineFault, pinGenerator, withScratch } from './setup/machine.ts';
import { makeSystem, type SystemName } from './systems/catalogue.ts';
import { buildParley } from './systems/parley.ts';
import { assertNoFaults, closeAll, openRoom, type OpenRoom } from './workloads/room.ts';

const storing = [
  'parley',
  'yardstick-socket-io',
  'tutorial-socket-io',
  'ejabberd',
  'prosody',
] as const;
const frozenMs = 1_000;
const thawedMs = 5_000;

type Finding = { before: number; whileFrozen: number; afterwards: number };

/** Deliveries of one message to two people: in peace, while the database is frozen, and after it was thawed. */
async function freeze(room: OpenRoom, postgres: PrivatePostgres): Promise<Finding> {
  const { sink, channel, clients } = room;
  const rooms: Room[] = [{ channel, members: [0, 1], senders: clients.slice(0, 1) }];
  const post = () => {
    const run = new Run(sink, rooms, { echo: true });
    run.attach();
    run.send(0, 0, performance.now());
    return run;
  };
  const warm = post();
  await warm.drain();
  const frozen = descendants(postgres.pids());
  for (const pid of frozen) process.kill(pid, 'SIGSTOP');
  let whileFrozen: number;
  let run: Run;
  try {
    run = post();
    await sleep(frozenMs);
    whileFrozen = run.delivered;
  } finally {
    for (const pid of frozen) process.kill(pid, 'SIGCONT');
  }
  await run.drain({ stallMs: thawedMs });
  return { before: warm.delivered, whileFrozen, afterwards: run.delivered };
}

async function check(
  name: SystemName,
  runs: number,
  place: { scratch: string; postgres: PrivatePostgres },
): Promise<boolean> {
  const system = makeSystem(name);
  try {
    await system.start(place);
    await system.signUp(2);
    const room = await openRoom(system, 'frozen', 2);
    let ok = true;
    for (let run = 1; run <= runs; run += 1) {
      const { before, whileFrozen, afterwards } = await freeze(room, place.postgres);
      const isGood = before === 2 && whileFrozen === 0 && afterwards === 2;
      ok &&= isGood;
      console.log(
        `${name} run ${run}: ${isGood ? 'commits before it delivers' : 'FAILED'} (delivered ${before} before, ${whileFrozen} while frozen, ${afterwards} in the end)`,
      );
    }
    closeAll(room.clients);
    assertNoFaults(room.sink);
    return ok;
  } finally {
    await system.stop();
  }
}

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { runs: { type: 'string', default: '1' } },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) {
    throw new PlanError(`--runs: ${values.runs} must be a whole number, 1 or more.`);
  }
  const given = positionals.length === 0 ? ['parley'] : positionals;
  const systems = given.map((name) => oneOf(storing, name, 'commit-order'));
  const fault = machineFault() ?? ensureDebianPackages(systems);
  if (fault !== null) throw new PlanError(fault);
  if (systems.includes('parley')) buildParley();
  pinGenerator();
  let ok = true;
  await withScratch(async (scratch) => {
    const postgres = await startPrivatePostgres(scratch);
    for (const name of systems) ok = (await check(name, runs, { scratch, postgres })) && ok;
  });
  return ok;
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof PlanError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
process.exit();
