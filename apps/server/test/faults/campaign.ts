import { planEpisode, seedsPerRound, type Plan } from './plan.ts';
import { runEpisode, type EpisodeReport } from './run-episode.ts';
import { openStage } from './stage.ts';

export type CampaignOptions = {
  /** Plays the plan of this seed alone. */
  seed?: number | undefined;
  /** Begins new episodes for so long; at least one round of them is played. */
  minutes: number;
  say: (line: string) => void;
};

const shownViolations = 20;

/** Plays episodes one after the other. Rejects at the first that shows a fault, with its seed. */
export async function runCampaign({ seed, minutes, say }: CampaignOptions): Promise<void> {
  const first = seed ?? Math.floor(Math.random() * 2 ** 28) * seedsPerRound;
  say(
    `seeds from ${first} on; --seed <seed>, in the tests PARLEY_FAULT_SEED, plays the plan of one again`,
  );
  const latest = performance.now() + minutes * 60_000;
  const totals = { episodes: 0, deeds: 0, events: 0, attempts: 0, links: 0 };
  const stage = await openStage(planEpisode(first).clients.length);
  try {
    for (let next = first; ; next += 1) {
      const plan = planEpisode(next);
      const report = await runEpisode(stage, plan).catch((error: unknown) => {
        const message = `seed ${next} came to no end\n${stage.server.complaints}`;
        throw new Error(message, { cause: error });
      });
      say(lineOf(plan, report));
      if (report.violations.length > 0) {
        const shown = report.violations.slice(0, shownViolations).join('\n');
        throw new Error(
          `seed ${next}: ${report.violations.length} violations\n${shown}\n${stage.server.complaints}`,
        );
      }
      totals.episodes += 1;
      for (const key of ['deeds', 'events', 'attempts', 'links'] as const) {
        totals[key] += report[key];
      }
      if (seed !== undefined) break;
      if (totals.episodes >= seedsPerRound && performance.now() > latest) break;
    }
  } finally {
    await stage.close();
  }
  const { episodes, deeds, events, attempts, links } = totals;
  say(
    `${episodes} episodes: ${deeds} commands in ${attempts} attempts, ${events} events, ` +
      `${links} connections; nothing lost, nothing doubled, nothing out of order`,
  );
}

function lineOf(plan: Plan, report: EpisodeReport): string {
  const faults = [...plan.hosts, ...plan.network].map(({ fault }) => fault.kind).join(' ');
  const { deeds, refused, attempts, events, links, violations } = report;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return (
    `seed ${plan.seed} (${plan.where}): ${deeds} commands (${refused} refused) in ${attempts} attempts, ` +
    `${events} events, ${links} connections, ${seconds(report.ms)}, healed in ` +
    `${seconds(report.healedMs)}, ${violations.length} violations; ${faults}`
  );
}
