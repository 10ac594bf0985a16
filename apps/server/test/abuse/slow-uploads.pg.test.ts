import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { startProcessWorld, type ProcessWorld } from '../process-world.ts';
import { beginUpload, locationOf, openPatch, tus, type Content } from '../uploads.ts';
import { socketsOf, untilMetrics, usedMiB, witness } from './witness.ts';

/** As many as a server takes at a time, of each person as many as it takes of one: 800 MiB, if all of it came. */
const count = 200;
const ofOne = 16;
const declaredBytes = 4 * 1024 * 1024;
/** Half comes quickly, and then a byte now and then. */
const quick: Content = new Uint8Array(declaredBytes / 2);
const drip: Content = new Uint8Array(1);
const drips = 30;
const dripMs = 100;

let world: ProcessWorld;
let people: SignedIn[];

beforeAll(async () => {
  world = await startProcessWorld({ PARLEY_LOG_LEVEL: 'error' });
  people = [world.owner];
  while (people.length * ofOne <= count) {
    people.push(await world.register(`person-${people.length}`));
  }
});
afterAll(async () => {
  await world.close();
  expect(world.server.complaints).toEqual([]);
});

type Begun = { who: SignedIn; path: string };

async function begin(who: SignedIn): Promise<Begun> {
  return { who, path: locationOf(await beginUpload(world, who, declaredBytes)) };
}

it('uploads that come slowly hold a bounded memory, disturb nobody, and lose nothing', async () => {
  const rest = await world.metrics();
  const begun: Begun[] = [];
  for (const who of people) {
    const left = Math.min(ofOne, count - begun.length);
    begun.push(...(await Promise.all(Array.from({ length: left }, () => begin(who)))));
  }
  const last = people.at(-1) ?? world.owner;
  const spare = await begin(last);
  let used = 0;
  const testimony = await witness(world, async () => {
    const open = begun.map(({ who, path }) =>
      openPatch(world, who, { path, offset: 0, bytes: declaredBytes }),
    );
    for (const each of open) each.write(quick);
    for (let turn = 0; turn < drips; turn += 1) {
      await delay(dripMs);
      for (const each of open) each.write(drip);
      used = Math.max(used, usedMiB(await world.metrics()));
    }
    // One more than it takes, of somebody who has fewer under way than one may have.
    const excess = openPatch(world, last, { path: spare.path, offset: 0, bytes: declaredBytes });
    excess.write(drip);
    expect(await excess.answered).toBe(503);
    excess.cut();
    for (const each of open) each.cut();
    expect(await Promise.all(open.map(({ answered }) => answered))).toEqual(open.map(() => null));
  });
  const moreMiB = Math.round(used - usedMiB(rest));
  process.stdout.write(`${JSON.stringify({ moreMiB })}\n`);
  await untilMetrics(world, (now) => socketsOf(now) <= 2, 'they are gone');
  expect(moreMiB).toBeLessThan(250);
  expect(testimony.worstMs).toBeLessThan(5_000);
  const offsets = await Promise.all(
    begun.map(async ({ who, path }) => {
      const head = await tus(world, who, 'HEAD', path);
      return Number(head.headers.get('upload-offset'));
    }),
  );
  expect(Math.min(...offsets)).toBeGreaterThanOrEqual(quick.length);
}, 120_000);
