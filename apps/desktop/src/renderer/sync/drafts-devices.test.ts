import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { idOf } from '../../../../../packages/shared/test/entities.ts';
import { DraftDevice, DraftServer } from '../../../test/draft-devices.ts';
import { aFile } from '../../../test/files.ts';
import type { DraftChoice } from './held-draft.ts';

/** One person at two devices: whatever the network does, they lose no word and no file that they did not let go themselves. */

const channels = [idOf(0x100), idOf(0x101)] as const;
const choices: DraftChoice[] = ['theirs', 'mine', 'both'];
/** Few, so that there is no room for some. */
const maxFiles = 3;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const wordsOf = (text: string) => text.split(/\s+/).filter((word) => word !== '');
const idsOf = (files: readonly { id: string }[]) => files.map(({ id }) => id);
const contentOf = ({ text, files }: { text: string; files: readonly { id: string }[] }) => [
  ...wordsOf(text),
  ...idsOf(files),
];
const shownAt = ({ drafts }: DraftDevice, channelId: string) => ({
  text: drafts.get(channelId, null),
  files: drafts.files(channelId, null),
});
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

  attach(device: DraftDevice, channelId: string): void {
    const { files } = shownAt(device, channelId);
    if (files.length >= maxFiles) return;
    this.#words += 1;
    const file = aFile(idOf(0x1000 + this.#words));
    this.typed.get(channelId)?.add(file.id);
    device.drafts.setFiles(channelId, null, [...files, file]);
  }

  /** Takes the first file away again. */
  detach(device: DraftDevice, channelId: string): void {
    const [gone, ...rest] = shownAt(device, channelId).files;
    if (!gone) return;
    this.#letGo.add(gone.id);
    device.drafts.setFiles(channelId, null, rest);
  }

  send(device: DraftDevice, channelId: string): void {
    const { drafts } = device;
    for (const each of contentOf(shownAt(device, channelId))) this.#letGo.add(each);
    drafts.set(channelId, null, '');
    drafts.setFiles(channelId, null, []);
    drafts.flush();
  }

  choose(device: DraftDevice, channelId: string, choice: DraftChoice): void {
    const { drafts } = device;
    const other = drafts.other(channelId, null);
    if (!other) return;
    const before = [...contentOf(shownAt(device, channelId)), ...contentOf(other)];
    const left = drafts.choose(channelId, null, choice, maxFiles);
    const kept = new Set(contentOf(shownAt(device, channelId)));
    const gone = before.filter((each) => !kept.has(each));
    for (const each of gone) this.#letGo.add(each);
    // With both, nothing is gone that the person is not told of.
    if (choice === 'both') expect(gone).toEqual(idsOf(left));
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
  attach: 2,
  detach: 1,
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
    attach: () => writer.attach(at, channelId),
    detach: () => writer.detach(at, channelId),
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
  it('keep every word and file until the person lets it go, and become the same', async () => {
    await fc.assert(
      fc.asyncProperty(course, fc.constantFrom(...choices), async (steps, choice) => {
        const world = await open(2);
        for (const each of steps) await take(world, each);
        await comeToRest(world, choice);
        for (const channelId of channels) {
          const kept = {
            text: world.server.text(channelId),
            files: world.server.files(channelId),
          };
          const shown = world.devices.map((device) => shownAt(device, channelId));
          expect(shown.map(({ text, files }) => ({ text: text.trim() && text, files }))).toEqual([
            kept,
            kept,
          ]);
          expect(contentOf(kept)).toEqual(expect.arrayContaining(world.writer.held(channelId)));
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
          const isWriting = ['type', 'erase', 'attach', 'detach', 'send'].includes(each.what);
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
