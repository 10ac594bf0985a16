import { expect, it } from 'vitest';
import type { Event } from '@parley/shared/protocol/events.ts';
import type { Queryable } from '../client.ts';
import { KnownChannels } from './known-channels.ts';

const at = '2026-11-25T09:00:00.000Z';
const place = { channelId: 'c', userId: 'mia' };

/** A database whose answers come when they are let go: the state of one channel as it was when it was asked. */
class SlowDatabase {
  messageCount = 10;
  role = 'member';
  reads = 0;
  readonly #waiting: (() => void)[] = [];

  get queryable(): Queryable {
    const client = (parts: TemplateStringsArray) => this.#answer(parts.join('?'));
    // `preparedOn` looks for nothing else.
    const queryable: Partial<Queryable> = {};
    Reflect.set(queryable, 'session', { client });
    return queryable as Queryable;
  }

  letGo(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #answer(text: string): Promise<object[]> {
    this.reads += 1;
    const channel = { id: 'c', kind: 'public', archivedAt: null, postingPolicy: 'everyone' };
    const rows = text.includes('from channels')
      ? [{ ...channel, messageCount: String(this.messageCount) }]
      : [{ ...place, role: this.role }];
    return new Promise((resolve) => this.#waiting.push(() => resolve(rows)));
  }
}

function posted(number: number): Event {
  // The only parts that are looked at.
  const message = { channelId: 'c', number };
  const data = { message } as Event['data'];
  return {
    position: number,
    audience: 'channel:c',
    type: 'message.posted',
    at,
    actorId: null,
    data,
  } as Event;
}

async function look(known: KnownChannels, database: SlowDatabase, meanwhile?: Event) {
  const looking = known.look(database.queryable, [place], true);
  if (meanwhile) known.observe(meanwhile);
  database.letGo();
  const found = await looking;
  return found.channel('c')?.messageCount;
}

it('asks once, and counts on with what is posted', async () => {
  const known = new KnownChannels();
  const database = new SlowDatabase();
  expect(await look(known, database)).toBe(10);
  known.observe(posted(11));
  expect(await look(known, database)).toBe(11);
  expect(database.reads).toBe(2);
});

it('does not remember a count from before a message that was posted while it was read', async () => {
  const known = new KnownChannels();
  const database = new SlowDatabase();
  await look(known, database, posted(11));
  database.messageCount = 11;
  expect(await look(known, database)).toBe(11);
});

it('does not remember what changed while it was read', async () => {
  const known = new KnownChannels();
  const database = new SlowDatabase();
  const data = { channelId: 'c', memberCount: 1, userId: 'max' };
  await look(known, database, {
    position: 1,
    audience: 'channel:c',
    type: 'member.left',
    at,
    actorId: null,
    data,
  });
  await look(known, database);
  expect(database.reads).toBe(4);
});
