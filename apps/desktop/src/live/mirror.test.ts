import { describe, expect, it } from 'vitest';
import { digest } from '@parley/shared/state/digest.ts';
import { fromSnapshot } from '@parley/shared/state/state.ts';
import { idOf } from '../../../../packages/shared/test/entities.ts';
import { MirrorWorld, room } from '../../test/mirror-world.ts';

const [me, other] = [idOf(1), idOf(2)];
const plain = { system: false, mention: false, reply: false };

function post(world: MirrorWorld, count = 1): void {
  for (let n = 0; n < count; n += 1) world.server.post(room, other, plain);
}

/** A mirror that holds what the server has. */
async function upToDate(): Promise<MirrorWorld> {
  const world = new MirrorWorld();
  await world.finish();
  return world;
}

describe('a mirror', () => {
  it('begins with a snapshot, which is fetched once', async () => {
    const world = new MirrorWorld();
    expect(world.mirror).toMatchObject({ state: null, cursor: null, snapshotDue: true });
    world.connect();
    void world.mirror.refresh();
    expect(world.requests.length).toBe(1);
    await world.answerAll();
    await world.mirror.refresh();
    expect(world.requests.length).toBe(0);
    expect(world.snapshots).toBe(1);
    expect(world.held).toEqual(world.fresh);
    const after = world.server.told.length;
    expect(world.mirror.cursor).toEqual({ after, epoch: 'epoch' });
  });

  it('keeps what comes while a snapshot is on its way, and adds what is newer', async () => {
    const world = new MirrorWorld();
    world.connect();
    post(world, 2);
    world.send(1);
    world.read();
    post(world);
    world.send(1);
    world.send(1);
    expect(world.mirror.state).toBeNull();
    await world.answer();
    expect(world.told).toEqual([world.server.told.length]);
    expect(world.held).toEqual(world.fresh);
  });

  it('drops what it has already', async () => {
    const world = await upToDate();
    const before = world.mirror.state;
    world.mirror.take({ after: 0, position: world.server.told.length, events: world.server.told });
    expect(world.mirror.state).toBe(before);
    post(world);
    // From before its place to after it: only what is new counts.
    world.mirror.take({ after: 0, position: world.server.told.length, events: world.server.told });
    expect(world.told).toEqual([world.server.told.length]);
    expect(world.held).toEqual(world.fresh);
  });

  it('asks for what is missing when there is a gap, and takes nothing from beyond it', async () => {
    const world = await upToDate();
    const { cursor } = world.mirror;
    post(world, 2);
    world.send(1, 'is lost');
    world.send(1);
    expect(world).toMatchObject({ broken: 1, troubles: ['a gap in the stream'], told: [] });
    expect(world.mirror.cursor).toEqual(cursor);
    world.connect();
    expect(world.requests).toEqual([]);
    world.send(2);
    expect(world.told.length).toBe(2);
    expect(world.snapshots).toBe(1);
    expect(world.held).toEqual(world.fresh);
  });

  it('moves on with a heartbeat, and over events that it does not know', async () => {
    const world = await upToDate();
    const after = world.server.told.length;
    const [known] = world.server.told;
    if (!known) throw new Error('nothing was told');
    const newer = { ...known, position: after + 1, type: 'poll.opened', data: { poll: {} } };
    world.mirror.take({ after, position: after + 2, events: [newer] });
    world.mirror.take({ after: after + 2, position: after + 9, events: [] });
    expect(world.mirror.cursor).toEqual({ after: after + 9, epoch: 'epoch' });
    expect(world).toMatchObject({ broken: 0, troubles: [], told: [] });
  });

  it('takes a snapshot instead of an event that it cannot read, on the same connection', async () => {
    const world = await upToDate();
    post(world, 3);
    world.send(3, 'is broken');
    expect(world.troubles).toEqual(['an event could not be read']);
    expect(world.mirror.cursor).toBeNull();
    post(world);
    world.send(1);
    await world.answerAll();
    expect(world).toMatchObject({ broken: 0, snapshots: 2 });
    expect(world.held).toEqual(world.fresh);
  });

  it('takes another snapshot when what waited for the first cannot be read', async () => {
    const world = new MirrorWorld();
    world.connect();
    world.read();
    post(world, 2);
    world.send(1, 'is broken');
    world.send(1);
    await world.answer();
    await world.answerAll();
    expect(world).toMatchObject({ broken: 0, snapshots: 2 });
    expect(world.troubles).toEqual(['an event could not be read']);
    expect(world.held).toEqual(world.fresh);
  });

  it('shows what it holds until the snapshot is there that an expired place asks for', async () => {
    const world = await upToDate();
    const before = world.mirror.state;
    world.mirror.expire();
    world.disconnect();
    post(world);
    expect(world.mirror).toMatchObject({ state: before, cursor: null, snapshotDue: true });
    world.connect();
    expect(world.requests.length).toBe(1);
    await world.answerAll();
    expect(world.mirror.snapshotDue).toBe(false);
    expect(world.held).toEqual(world.fresh);
  });

  it('takes a snapshot when what the person may see has changed as a whole', async () => {
    const world = await upToDate();
    world.server.changeUser(me, { role: 'guest' });
    world.send(1);
    expect(world.mirror.cursor).toBeNull();
    await world.answerAll();
    expect(world.mirror.state?.conversations.get(room)?.memberIds?.length).toBe(3);
    expect(world.held).toEqual(world.fresh);
  });

  it('begins again when no snapshot can be had, or when more came than can wait for it', async () => {
    const world = new MirrorWorld();
    world.connect();
    await world.fail();
    expect(world).toMatchObject({ broken: 1, troubles: ['no snapshot could be had'] });
    world.connect();
    world.read();
    post(world, 1_001);
    for (let n = 0; n < 1_001; n += 1) world.send(1);
    post(world);
    await world.answer();
    expect(world.told.length).toBe(1_000);
    world.send(1);
    expect(world.troubles.at(-1)).toBe('a gap in the stream');
    await world.finish();
    expect(world.held).toEqual(world.fresh);
    expect(world.snapshots).toBe(1);
  });

  it('goes on from what an earlier run held', async () => {
    const before = await upToDate();
    const world = new MirrorWorld();
    world.mirror.restore(before.server.snapshot());
    post(world);
    world.connect();
    expect(world.requests).toEqual([]);
    world.send(1);
    expect(world.told.length).toBe(1);
    expect(world.held).toEqual(world.fresh);
  });

  it('counts what it held wrong, and takes what the server has', async () => {
    const world = await upToDate();
    await world.mirror.verify();
    expect(world.mirror.repairs).toBe(0);
    const right = world.server.snapshot();
    world.mirror.restore({ ...right, me: { ...right.me, title: 'spoilt' } });
    const wrong = world.mirror.state;
    expect(wrong && digest(wrong)).not.toBe(digest(fromSnapshot(right)));
    await world.mirror.verify();
    expect(world.mirror.repairs).toBe(1);
    expect(world.troubles).toEqual(['what was held differed from the server']);
    expect(world.snapshots).toBe(2);
    expect(world.held).toEqual(world.fresh);
  });

  it('does not go back to repairs that are older than what has come meanwhile', async () => {
    const world = await upToDate();
    const right = world.server.snapshot();
    world.mirror.restore({ ...right, me: { ...right.me, title: 'spoilt' } });
    const verified = world.mirror.verify();
    post(world);
    world.send(1);
    await verified;
    expect(world.mirror.repairs).toBe(1);
    expect(world.mirror.state?.position).toBe(world.server.told.length);
    expect(world.mirror.state?.me.title).toBe('spoilt');
    await world.mirror.verify();
    expect(world.mirror.repairs).toBe(2);
    expect(world.held).toEqual(world.fresh);
  });
});
