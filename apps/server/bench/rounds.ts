/** The order of rounds, systems and workloads. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Plan } from './plan.ts';
import type { Recorder } from './report/recorder.ts';
import { makeSystem, type SystemName } from './systems/catalogue.ts';
import type { Place, System, WorkloadName } from './systems/system.ts';
import { dropAll } from './wire/connection.ts';
import { askForBootstrap } from './workloads/bootstrap.ts';
import { manySmallRooms, oneRoom } from './workloads/fan-out.ts';
import { readHistory } from './workloads/history.ts';
import { idleConnections } from './workloads/idle.ts';
import { postgresLimit } from './workloads/postgres-limit.ts';
import { reconnectStorm } from './workloads/reconnect-storm.ts';
import { closeAll, openRoom } from './workloads/room.ts';

/** Accounts in each system: those of the largest room, and one who stays away. */
const accounts = 1_001;
const settleMs = 800;
/** These share one start of a server. */
const underLoad = ['W1', 'W2', 'W4', 'W5'] as const;

/** Every system in every round, each round in another order. */
export async function runRounds(plan: Plan, place: Place, recorder: Recorder): Promise<void> {
  for (let round = 1; round <= plan.rounds; round += 1) {
    if (plan.workloads.has('PG')) {
      await recorder.step(round, 'postgres', 'PG', () =>
        postgresLimit(place.postgres, plan.settings),
      );
    }
    const shift = ((round - 1) * 2) % plan.systems.length;
    for (const name of [...plan.systems.slice(shift), ...plan.systems.slice(0, shift)]) {
      await new Turn(plan, place, recorder, round, name).run();
    }
  }
}

/** One system in one round. */
class Turn {
  readonly #plan: Plan;
  readonly #place: Place;
  readonly #recorder: Recorder;
  readonly #round: number;
  readonly #name: SystemName;

  constructor(plan: Plan, place: Place, recorder: Recorder, round: number, name: SystemName) {
    this.#plan = plan;
    this.#place = place;
    this.#recorder = recorder;
    this.#round = round;
    this.#name = name;
  }

  async run(): Promise<void> {
    const { settings } = this.#plan;
    if (underLoad.some((workload) => this.#wants(workload))) {
      await this.#onFreshServer(accounts, (system) => this.#loads(system));
    }
    if (this.#wants('bootstrap')) {
      await this.#onFreshServer(settings.workspace.people, (system) =>
        this.#step('bootstrap', () => askForBootstrap({ system, settings })),
      );
    }
    if (this.#wants('W3')) {
      await this.#onFreshServer(accounts, (system) =>
        this.#step('W3', () => idleConnections({ system, settings })),
      );
    }
  }

  async #loads(system: System): Promise<void> {
    const { roomSizes, settings } = this.#plan;
    const context = { system, settings };
    let stormed = false;
    for (const size of this.#wants('W1') ? roomSizes : []) {
      const storm = size === settings.stormClients && this.#wants('W5');
      stormed ||= storm;
      await this.#inRoom(system, size, storm, true);
    }
    if (this.#wants('W5') && !stormed) {
      await this.#inRoom(system, settings.stormClients, true, false);
    }
    if (this.#wants('W2')) await this.#step('W2', () => manySmallRooms(context));
    if (this.#wants('W4')) await this.#step('W4', () => readHistory(context));
  }

  /** Filling a room takes some systems a minute: the storm takes the one of W1 when it has its size. */
  async #inRoom(system: System, size: number, storm: boolean, load: boolean): Promise<void> {
    const context = { system, settings: this.#plan.settings };
    const workload = load ? `W1 N=${size}` : 'W5';
    await this.#step(workload, async () => {
      const room = await openRoom(system, `room${size}`, size, storm ? 1 : 0);
      const measurements = load ? await oneRoom(context, room) : [];
      if (storm) measurements.push(...(await reconnectStorm(context, room)));
      closeAll(room.clients);
      return measurements;
    });
  }

  async #step(workload: string, work: Parameters<Recorder['step']>[3]): Promise<void> {
    await this.#recorder.step(this.#round, this.#name, workload, work);
    dropAll();
    await sleep(settleMs);
  }

  async #onFreshServer(people: number, work: (system: System) => Promise<void>): Promise<void> {
    const system = makeSystem(this.#name);
    await this.#recorder.attempt(this.#round, this.#name, 'start', async () => {
      try {
        await system.start(this.#place);
        await system.signUp(people);
        await work(system);
      } finally {
        dropAll();
        await system.stop();
      }
    });
  }

  #wants(workload: WorkloadName): boolean {
    const offered: readonly WorkloadName[] = makeSystem(this.#name).traits.workloads;
    return this.#plan.workloads.has(workload) && offered.includes(workload);
  }
}
