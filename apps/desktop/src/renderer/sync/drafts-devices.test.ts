import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { idOf } from '../../../../../packages/shared/test/entities.ts';
import { DraftDevice, DraftServer } from '../../../test/draft-devices.ts';
import type { DraftChoice } from './held-draft.ts';

/** One person at two devices: whatever the network does, they lose no word that they did not let go themselves. */

const channels = [idOf(0x100), idOf(0x101)] as const;
const choices: DraftChoice[] = ['theirs', 'mine', 'both'];

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const wordsOf = (text: string) => text.split(/\s+/).filter((word) => word !== '');
const settle = () => vi.advanceTimersByTimeAsync(0);

/** The person: what they typed where, and what they let go. */
class Writer {
  readonly typed = new Map<string, Set<string>>(channels.map((id) => [id, new Set()]));
  readonly #letGo = new Set<string>();
  #words = 0;

  type({ drafts }: DraftDevice, channelId: string): void {
    this.#words += 1;
    const word = `w${this.#words}`;
    this.typed.get(channelId)?.add(word);
    drafts.set(channelId, null, `${drafts.get(channelId, null)} ${word}`);
  }

  /** Deletes the last word that is there. */
  erase({ drafts }: DraftDevice, channelId: string): void {
    const words = wordsOf(drafts.get(channelId, null));
    const gone = words.pop();
    if (gone !== undefined) this.#letGo.add(gone);
    drafts.set(channelId, null, words.join(' '));
  }

  send({ drafts }: DraftDevice, channelId: string): void {
    for (const word of wordsOf(drafts.get(channelId, null))) this.#letGo.add(word);
    drafts.set(channelId, null, '');
    drafts.flush();
  }

  choose({ drafts }: DraftDevice, channelId: string, choice: DraftChoice): void {
    const other = drafts.other(channelId, null);
    if (!other) return;
    const before = [...wordsOf(drafts.get(channelId, null)), ...wordsOf(other.text)];
    drafts.choose(channelId, null, choice);
    const kept = new Set(wordsOf(drafts.get(channelId, null)));
    for (const word of before) if (!kept.has(word)) this.#letGo.add(word);
  }

  /** What must still be somewhere. */
  held(channelId: string): string[] {
    return [...(this.typed.get(channelId) ?? [])].filter((word) => !this.#letGo.has(word));
  }
}

type World = { server: DraftServer; devices: DraftDevice[]; writer: Writer };
/** How often each of them happens: most of the time the network works. */
const weights = {
  type: 6,
  erase: 1,
  send: 1,
  choose: 1,
  leave: 2,
  wait: 4,
  offline: 1,
  online: 3,
  serve: 6,
  serveLost: 1,
  answer: 5,
  hear: 6,
  jump: 1,
  restart: 1,
};
type Step = { what: keyof typeof weights; device: number; channel: number; n: number };
const kinds = Object.keys(weights) as Step['what'][];
const step: fc.Arbitrary<Step> = fc.record({
  what: fc.oneof(...kinds.map((kind) => ({ weight: weights[kind], arbitrary: fc.constant(kind) }))),
  device: fc.nat(1),
  // One of them has most of what happens, so that things meet there.
  channel: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.constant(1)),
  n: fc.nat(20),
});
const course = fc.array(step, { minLength: 1, maxLength: 150, size: 'max' });

async function take({ server, devices, writer }: World, { what, device, channel, n }: Step) {
  const at = devices[device];
  const channelId = channels[channel];
  if (!at || channelId === undefined) throw new Error('no such device');
  const choice = choices[n % 3] ?? 'both';
  const steps: Record<Step['what'], () => unknown> = {
    type: () => writer.type(at, channelId),
    erase: () => writer.erase(at, channelId),
    send: () => writer.send(at, channelId),
    choose: () => writer.choose(at, channelId, choice),
    leave: () => at.drafts.flush(),
    wait: () => vi.advanceTimersByTimeAsync(4_000),
    offline: () => at.goOffline(),
    online: () => at.goOnline(),
    serve: () => at.serve(),
    serveLost: () => at.serveLost(),
    answer: () => at.answer(),
    hear: () => at.hear(),
    jump: () => at.jump(),
    restart: () => at.restart(Math.max(0, server.now.position - n)),
  };
  await steps[what]();
  await settle();
}

/** Both devices are online and the network works; the person chooses where they are asked. */
async function comeToRest({ devices, writer }: World, choice: DraftChoice): Promise<void> {
  for (const device of devices) device.goOnline();
  for (let round = 0; round < 60; round += 1) {
    for (const device of devices) {
      device.serveLost();
      device.serve();
      device.answer();
      await settle();
      for (let events = 0; events < 40; events += 1) device.hear();
      for (const channelId of channels) writer.choose(device, channelId, choice);
    }
    await vi.advanceTimersByTimeAsync(8_000);
  }
}

async function open(count: number): Promise<World> {
  const server = new DraftServer();
  const devices = Array.from({ length: count }, () => new DraftDevice(server));
  for (const device of devices) {
    await device.start();
    device.goOnline();
  }
  return { server, devices, writer: new Writer() };
}

describe('drafts on two devices', () => {
  it('keep every word until the person lets it go, and become the same', async () => {
    await fc.assert(
      fc.asyncProperty(course, fc.constantFrom(...choices), async (steps, choice) => {
        const world = await open(2);
        for (const each of steps) await take(world, each);
        await comeToRest(world, choice);
        for (const channelId of channels) {
          const kept = world.server.text(channelId);
          const shown = world.devices.map(({ drafts }) => drafts.get(channelId, null));
          expect(shown.map((text) => text.trim() && text)).toEqual([kept, kept]);
          expect(wordsOf(kept)).toEqual(expect.arrayContaining(world.writer.held(channelId)));
          for (const { drafts } of world.devices) {
            expect(drafts.other(channelId, null)).toBeNull();
          }
        }
        for (const device of world.devices) {
          expect(device.hasHeardAll).toBe(true);
          expect(device.most, 'changes under way at once').toBeLessThanOrEqual(1);
          expect(device.troubles).toEqual([]);
          device.drafts.stop();
        }
      }),
      { numRuns: 2_000 },
    );
  }, 120_000);

  it('ask nothing of a person who writes at one device alone, whatever the network does', async () => {
    await fc.assert(
      fc.asyncProperty(course, async (steps) => {
        const world = await open(2);
        const [here] = world.devices;
        for (const each of steps) {
          const isWriting = ['type', 'erase', 'send'].includes(each.what);
          const next = isWriting ? { ...each, device: 0 } : each;
          // A node carries commands out in the order of their coming; what went to one node before a connection
          // broke and comes after all that another one did since may be asked about, as words of another device.
          if (next.what === 'serve') world.devices[next.device]?.serveAllLost();
          await take(world, next);
          for (const channelId of channels) {
            expect(here?.drafts.other(channelId, null)).toBeNull();
          }
        }
        for (const { drafts } of world.devices) drafts.stop();
      }),
      { numRuns: 2_000 },
    );
  }, 120_000);
});
