import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startProcessWorld, type ProcessWorld } from '../process-world.ts';
import { connectRaw, type RawConnection } from './raw.ts';
import { socketsOf, untilMetrics, usedMiB, witness } from './witness.ts';

/** More than may come in at a time: 2,000 bodies that would be half a gigabyte. */
const count = 2_000;
const connectAtOnce = 100;
const declaredBytes = 256 * 1024;

let world: ProcessWorld;

beforeAll(async () => {
  world = await startProcessWorld({ PARLEY_LOG_LEVEL: 'error' });
});
afterAll(async () => {
  await world.close();
  expect(world.server.complaints).toEqual([]);
});

/** Begins a body and sends all of it but its last byte. */
function almost(headers: string): RawConnection {
  const head =
    'POST /api/v1/message.post HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
    `Content-Length: ${declaredBytes}\r\n${headers}\r\n`;
  return connectRaw(world.url, head + ' '.repeat(declaredBytes - 1));
}

it('bodies that never come to their end hold a bounded memory, are ended, and disturb nobody', async () => {
  const rest = await world.metrics();
  const headers = `Authorization: Bearer ${world.owner.accessToken}\r\n`;
  let used = 0;
  let longestMs = 0;
  const testimony = await witness(world, async () => {
    const slow: Promise<void>[] = [];
    while (slow.length < count) {
      const some = Array.from({ length: connectAtOnce }, (_, n) =>
        almost(n % 2 === 0 ? headers : ''),
      );
      await Promise.all(some.map(({ socket }) => once(socket, 'connect')));
      const openedAt = performance.now();
      slow.push(
        ...some.map(async ({ closed }) => {
          await closed;
          longestMs = Math.max(longestMs, performance.now() - openedAt);
        }),
      );
      used = Math.max(used, usedMiB(await world.metrics()));
    }
    await Promise.all(slow);
  });
  const figures = { longestMs: Math.round(longestMs), usedMiB: Math.round(used) };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  await untilMetrics(world, (now) => socketsOf(now) <= 2, 'they are gone');
  expect(longestMs).toBeLessThan(45_000);
  expect(used - usedMiB(rest)).toBeLessThan(250);
  expect(testimony.worstMs).toBeLessThan(5_000);
}, 120_000);
