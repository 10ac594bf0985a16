import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { CommandInput, CommandName } from '@parley/shared/protocol/commands.ts';
import type { Channel } from '@parley/shared/protocol/channel.ts';
import type { Client } from './client.ts';
import type { Ledger, Wish } from './ledger.ts';
import type { Action } from './plan.ts';

/** A client with what it may touch: its own messages, its own emoji, and its person's memberships if it is the first. */
export type Player = {
  client: Client;
  emoji: string;
  /** Of several clients of one person one alone joins and leaves, so that the order is known. */
  ownsMemberships: boolean;
  joined: Set<string>;
  ownMessageIds: string[];
  reacted: Set<string>;
};

export type Scene = {
  ledger: Ledger;
  channels: Channel[];
  usernames: string[];
};

/** Does what the plan says, as far as the client knows of anything to do it to. */
export async function act(scene: Scene, player: Player, action: Action): Promise<void> {
  const { client } = player;
  switch (action.do) {
    case 'post':
      await post(scene, player, action.pick, action.mention);
      return;
    case 'burst':
      await Promise.all(
        Array.from({ length: action.count }, () => post(scene, player, action.pick, false)),
      );
      return;
    case 'reply':
      await reply(scene, player, action.pick);
      return;
    case 'edit':
      await withOne(player.ownMessageIds, action.pick, (messageId) => {
        const text = `edited ${randomUUID()}`;
        return wish(scene, player, { kind: 'edit', messageId, text }, 'message.edit', {
          messageId,
          text,
        });
      });
      return;
    case 'delete':
      await withOne(player.ownMessageIds, action.pick, (messageId) =>
        wish(scene, player, { kind: 'delete', messageId }, 'message.delete', { messageId }),
      );
      return;
    case 'react':
      await withOne(seenMessages(player), action.pick, ({ id }) => react(scene, player, id));
      return;
    case 'membership':
      if (player.ownsMemberships) await changeMembership(scene, player, action.pick);
      return;
    case 'sleep':
      await client.sleep();
      await delay(action.ms);
      client.wake();
      return;
    case 'forget':
      await client.forget();
      return;
    case 'duplicate':
      await client.duplicate(action.olderBy);
      return;
  }
}

async function withOne<T>(
  list: readonly T[],
  pick: number,
  use: (one: T) => Promise<unknown>,
): Promise<void> {
  const one = list[pick % Math.max(1, list.length)];
  if (one !== undefined) await use(one);
}

function wish<N extends CommandName>(
  { ledger }: Scene,
  { client }: Player,
  what: Wish,
  name: N,
  input: CommandInput<N>,
) {
  return ledger.record(client, what, () => client.settle(name, input));
}

async function post(scene: Scene, player: Player, pick: number, mention: boolean): Promise<void> {
  const ids = [...player.client.state.conversations.keys()];
  const mine = scene.channels.filter(({ id }) => ids.includes(id));
  await withOne(mine, pick, async ({ id: channelId }) => {
    const nonce = randomUUID();
    const whom = scene.usernames[pick % scene.usernames.length] ?? 'here';
    const text = `${mention ? `@${whom} ` : ''}posted ${nonce}`;
    await say(scene, player, { channelId, nonce, text });
  });
}

async function say(
  scene: Scene,
  player: Player,
  input: CommandInput<'message.post'> & { threadRootId?: string },
): Promise<void> {
  const { channelId, nonce, text, threadRootId = null } = input;
  const what: Wish = { kind: 'post', channelId, nonce, text, threadRootId };
  const answer = await wish(scene, player, what, 'message.post', input);
  if (!answer.ok) return;
  player.ownMessageIds.push((answer.output as { message: { id: string } }).message.id);
}

/** Few threads, so that replies meet each other, and the deletion of what they belong to. */
const threadsAtATime = 4;

async function reply(scene: Scene, player: Player, pick: number): Promise<void> {
  const isIn = (channelId: string) => player.client.state.conversations.has(channelId);
  const roots = seenMessages(player).filter(
    ({ channelId, threadRootId }) => threadRootId === null && isIn(channelId),
  );
  await withOne(roots.slice(0, threadsAtATime), pick, async ({ id, channelId }) => {
    const nonce = randomUUID();
    await say(scene, player, { channelId, nonce, text: `replied ${nonce}`, threadRootId: id });
  });
}

type Seen = { id: string; channelId: string; threadRootId: string | null };

/** Latest first, so that reactions and replies meet what is being edited and deleted. */
function seenMessages({ client }: Player): Seen[] {
  const posted = client.received.filter(({ type }) => type === 'message.posted').slice(-30);
  return posted.map(({ data }) => data.message as Seen).reverse();
}

async function react(scene: Scene, player: Player, messageId: string): Promise<void> {
  const { emoji, reacted } = player;
  const isThere = reacted.has(messageId);
  const reply = await wish(
    scene,
    player,
    { kind: isThere ? 'unreact' : 'react', messageId, emoji },
    isThere ? 'reaction.remove' : 'reaction.add',
    { messageId, emoji },
  );
  if (!reply.ok) return;
  if (isThere) reacted.delete(messageId);
  else reacted.add(messageId);
}

async function changeMembership(scene: Scene, player: Player, pick: number): Promise<void> {
  const open = scene.channels.filter(({ kind }) => kind === 'public');
  await withOne(open, pick, async ({ id: channelId }) => {
    const isIn = player.joined.has(channelId);
    const reply = await wish(
      scene,
      player,
      { kind: isIn ? 'leave' : 'join', channelId },
      isIn ? 'channel.leave' : 'channel.join',
      { channelId },
    );
    // A leaving is refused to somebody who has left, by an attempt whose answer was lost.
    if (isIn) player.joined.delete(channelId);
    else if (reply.ok) player.joined.add(channelId);
  });
}
