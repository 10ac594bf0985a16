import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idOf } from '../../../../packages/shared/test/entities.ts';
import { MirrorWorld, room, type Fate } from '../../test/mirror-world.ts';
import { settle } from '../../test/settle.ts';

const plain = { system: false, mention: false, reply: false };

type Step =
  | { kind: 'post' | 'leave' | 'join'; person: number }
  | { kind: 'change'; topic: string }
  | { kind: 'send'; count: number; fate: Fate }
  | { kind: 'role'; role: 'member' | 'guest' }
  | { kind: 'connect' | 'disconnect' | 'expire' | 'verify' | 'read' | 'answer' | 'fail' };

const kind = <K extends Step['kind']>(...names: K[]) => fc.constantFrom(...names);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: kind('post', 'post', 'post', 'leave', 'join'),
      person: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('change'), topic: fc.string({ maxLength: 3 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: kind('send'),
      count: fc.nat(4),
      fate: fc.constantFrom<Fate[]>(
        'comes',
        'comes',
        'comes',
        'is lost',
        'comes twice',
        'is broken',
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kind('role'), role: fc.constantFrom('member', 'guest') }),
  },
  { weight: 9, arbitrary: fc.record({ kind: kind('connect', 'read', 'answer') }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('disconnect', 'expire', 'verify', 'fail') }) },
);

async function take(world: MirrorWorld, next: Step): Promise<void> {
  const { server, mirror } = world;
  switch (next.kind) {
    case 'post':
      server.post(room, idOf(next.person), { ...plain, mention: true });
      break;
    case 'leave':
    case 'join':
      server[next.kind](room, idOf(next.person));
      break;
    case 'change':
      server.changeChannel(room, { topic: next.topic });
      break;
    case 'role':
      server.changeUser(server.me, { role: next.role });
      break;
    case 'send':
      world.send(next.count, next.fate);
      break;
    case 'expire':
      mirror.expire();
      world.disconnect();
      break;
    case 'verify':
      await mirror.verify();
      break;
    case 'connect':
    case 'disconnect':
    case 'read':
      world[next.kind]();
      break;
    case 'answer':
    case 'fail':
      await world[next.kind]();
  }
  await settle();
}

describe('whatever is lost, doubled or broken on the way, a mirror', () => {
  it('comes to hold what the server holds, and tells of each event once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
        const world = new MirrorWorld();
        await world.finish();
        for (const next of steps) {
          await take(world, next);
          expect(world.told).toEqual([...new Set(world.told)].sort((a, b) => a - b));
        }
        await world.finish();
        expect(world.held).toEqual(world.fresh);
        expect(world.mirror.repairs).toBe(0);
      }),
      { numRuns: 250 },
    );
  });
});
