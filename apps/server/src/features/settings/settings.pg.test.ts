import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { Conversations, refusals } from '../../../test/conversations.ts';
import { startTestServer, type TestServer } from '../../../test/server.ts';

let server: TestServer;
let talk: Conversations;
let admin: SignedIn;
let mia: SignedIn;
let guest: SignedIn;

beforeAll(async () => {
  server = await startTestServer();
  talk = new Conversations(server);
  admin = await server.register('admin', 'admin');
  mia = await server.register('mia');
  guest = await server.register('gus', 'guest');
});
afterAll(() => server.close());

const get = async (who: SignedIn) => (await talk.ask(who, 'settings.get', {})).settings;
const set = (who: SignedIn, readReceipts?: boolean) =>
  talk.ask(who, 'settings.set', readReceipts === undefined ? {} : { readReceipts });
const known = async (who: SignedIn) => (await talk.ask(who, 'sync.bootstrap', {})).workspace;

describe('the settings of the workspace', () => {
  it('show nobody what others have read, until that is decided', async () => {
    expect(await get(server.owner)).toEqual({ readReceipts: false });
    expect(await known(mia)).toMatchObject({ name: 'Northwind', readReceipts: false });
  });

  it('are for the owner and admins alone to see and to change', async () => {
    const attempts = [mia, guest].flatMap((who) => [get(who), set(who, true)]);
    expect(await refusals(attempts)).toEqual(attempts.map(() => 'forbidden'));
    expect(await get(server.owner)).toEqual({ readReceipts: false });
  });

  it('are told to everybody when they change, and only then', async () => {
    const on = await talk.telling(() => set(admin, true));
    expect(on.output).toEqual({ settings: { readReceipts: true } });
    const workspace = await known(guest);
    expect(workspace.readReceipts).toBe(true);
    expect(on.told).toEqual([
      { type: 'workspace.updated', audience: 'everyone', data: { workspace } },
    ]);
    for (const again of [true, undefined]) {
      expect(await talk.telling(() => set(server.owner, again))).toEqual({
        output: on.output,
        told: [],
      });
    }
    const off = await talk.telling(() => set(server.owner, false));
    expect(off.told).toHaveLength(1);
    expect(await get(admin)).toEqual({ readReceipts: false });
  });
});
