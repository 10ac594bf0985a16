/** Plays fault episodes for some minutes: `npm run faults -w @parley/server -- --minutes 10`. */
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } },
});
await runCampaign({
  seed: values.seed === undefined ? undefined : Number(values.seed),
  minutes: Number(values.minutes),
  say: (line) => process.stdout.write(`${line}\n`),
});
