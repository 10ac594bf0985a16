import { expect, it } from 'vitest';
import { planEpisode } from './plan.ts';
import { runCampaign } from './campaign.ts';

const seed = process.env.PARLEY_FAULT_SEED;
const minutes = Number(process.env.PARLEY_FAULT_MINUTES ?? 0);

it('plans the same episode for the same seed', () => {
  expect(planEpisode(7)).toEqual(planEpisode(7));
  expect(planEpisode(7)).not.toEqual(planEpisode(11));
});

it(
  'keeps its promises to everybody while server, database and network break',
  async () => {
    await runCampaign({
      seed: seed === undefined ? undefined : Number(seed),
      minutes,
      say: (line) => process.stdout.write(`${line}\n`),
    });
  },
  (minutes + 10) * 60_000,
);
