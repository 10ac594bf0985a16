import { mostEvents, type Deed, type DeedOf } from './ledger.ts';
import type { Model } from './model.ts';

/** What is wrong with how the commands ended, once the model has seen the whole log. */
export function judgeDeeds(deeds: readonly Deed[], model: Model): string[] {
  const inexact = new Set(deeds.filter(({ attempts }) => attempts > 1).map(keyOf));
  const violations = deeds.flatMap((deed) => {
    const what = judgeDeed(deed, model, !inexact.has(keyOf(deed)));
    return what === null ? [] : [`${deed.client}: ${deed.kind} (${keyOf(deed)}) ${what}`];
  });
  return [...violations, ...judgeOrder(deeds)];
}

/** What the command is about: commands of one key come from one client, one after the other. */
function keyOf(deed: Deed): string {
  switch (deed.kind) {
    case 'post':
      return deed.nonce;
    case 'edit':
      return deed.text;
    case 'delete':
      return `deletion of ${deed.messageId}`;
    case 'react':
    case 'unreact':
      return `${deed.emoji} on ${deed.messageId}`;
    case 'join':
    case 'leave':
      return `${deed.userId} in ${deed.channelId}`;
  }
}

/**
 * Exactly once what was acknowledged. Only posts carry a nonce: of the others each attempt without an answer may
 * have been carried out, also late, so there a key with retries has bounds instead of a number.
 */
function judgeDeed(deed: Deed, model: Model, isExact: boolean): string | null {
  const { reply, events } = deed;
  if (!reply) return 'has no definite answer';
  if (!reply.ok) {
    return events.length > mostEvents(deed)
      ? `was refused (${reply.error.code}) and yet carried out`
      : null;
  }
  switch (deed.kind) {
    case 'post':
      return judgePost(deed, reply.output);
    case 'edit':
      return events.length >= 1 ? null : 'was acknowledged and is not in the log';
    case 'delete':
      return model.messages.get(deed.messageId)?.isDeleted
        ? null
        : 'was acknowledged and the message is there';
    case 'react':
    case 'unreact':
    case 'join':
    case 'leave':
      if (!isExact || events.length === 1) return null;
      return `was acknowledged and is in the log ${events.length} times`;
  }
}

function judgePost(deed: DeedOf<'post'>, output: unknown): string | null {
  const [position] = deed.events;
  if (position === undefined) return 'was acknowledged and is not in the log';
  const told = (output as { position: number }).position;
  return told === position ? null : `was acknowledged at ${told} and is at ${position}`;
}

/** What was asked for after an acknowledgement comes after it in the log, whoever asked. */
function judgeOrder(deeds: readonly Deed[]): string[] {
  const posts = deeds
    .filter(({ kind }) => kind === 'post')
    .flatMap(({ begunAt, settledAt, events, reply, client }) => {
      const [position] = events;
      return reply?.ok && position !== undefined ? [{ begunAt, settledAt, position, client }] : [];
    });
  const bySettling = [...posts].sort((a, b) => a.settledAt - b.settledAt);
  const violations: string[] = [];
  let settled = 0;
  let latest = 0;
  for (const { begunAt, position, client } of posts.sort((a, b) => a.begunAt - b.begunAt)) {
    for (let next = bySettling[settled]; next && next.settledAt < begunAt;) {
      latest = Math.max(latest, next.position);
      settled += 1;
      next = bySettling[settled];
    }
    if (position < latest) violations.push(`${client}: ${position} was asked for after ${latest}`);
  }
  return violations;
}
