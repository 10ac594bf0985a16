import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { Conversations } from '../../../test/conversations.ts';
import { createTestDatabase } from '../../../test/postgres.ts';
import { startTestServer } from '../../../test/server.ts';
import { openDatabase } from '../../database/client.ts';

/** Memberships when Postgres last looked, and how many come after that. */
const few = 30;
const many = 20_000;

it('a plan made while the workspace was small does not read the whole of one that has grown', async () => {
  const database = await createTestDatabase();
  const client = openDatabase(database.url);
  const server = await startTestServer({ db: client.db, writes: client.writes });
  const grow = (people: number, name: string) =>
    client.db.execute(sql`
      with person as (
        insert into users (id, username, email, display_name, role, password_hash, created_at)
        select gen_random_uuid(), ${name} || i, ${name} || i || '@example.com', 'Somebody', 'member', 'none', now()
        from generate_series(1, ${people}) i returning id),
      place as (
        insert into channels (id, kind, name, name_key, topic, purpose, created_by, created_at, member_count,
          posting_policy)
        select gen_random_uuid(), 'public', ${name}, ${name}, '', '', ${server.owner.user.id}, now(), ${people},
          'everyone'
        returning id)
      insert into memberships (channel_id, user_id, role, read_through, joined_at)
      select place.id, person.id, 'member', 0, now() from person, place`);
  /** Rows that the indexes of memberships have yielded so far, to all connections that were told to say so. */
  const looked = async () => {
    await client.writes.execute(sql`select pg_stat_force_next_flush()`);
    const rows = await client.db.execute<{ read: string }>(sql`
      select sum(idx_tup_read) as read from pg_stat_user_indexes where relname = 'memberships'`);
    return Number(rows[0]?.read);
  };
  try {
    const talk = new Conversations(server);
    const ada = await server.register('ada');
    const { id: channelId } = await talk.channel(server.owner, 'private', [ada]);
    await grow(few, 'few');
    await client.db.execute(sql`analyze memberships`);
    for (const text of ['makes the channel known', 'makes the plan', 'uses it']) {
      await talk.post(ada, channelId, text);
    }
    await grow(many, 'many');
    await talk.post(ada, channelId, 'after the growth');
    const before = await looked();
    await talk.post(ada, channelId, 'and once more');
    expect((await looked()) - before).toBeLessThan(few);
    expect(await talk.membership(ada, channelId)).toMatchObject({ readThrough: 5 });
  } finally {
    await server.close();
    await client.close();
    await database.drop();
  }
});
