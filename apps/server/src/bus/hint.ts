import { z } from 'zod';
import { Audience, EventEnvelope, parseEvent, type Event } from '@parley/shared/protocol/events.ts';
import { Ephemeral } from '@parley/shared/protocol/frames.ts';
import { Id, Position } from '@parley/shared/protocol/ids.ts';
import { Presence } from '@parley/shared/protocol/user.ts';
import type { Hint } from './bus.ts';

const Version = z.int().min(0);
const People = z.array(z.object({ userId: Id, presence: Presence }));

const HintText = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('logged'), position: Position, events: z.array(EventEnvelope) }),
  z.object({
    kind: z.literal('ephemeral'),
    audience: Audience,
    exceptUserId: Id,
    ephemeral: Ephemeral,
  }),
  z.object({
    kind: z.literal('presence.changed'),
    nodeId: Id,
    version: Version,
    people: People,
  }),
  z.object({ kind: z.literal('presence.all'), nodeId: Id, version: Version, people: People }),
  z.object({ kind: z.literal('presence.wanted'), nodeId: Id.nullable() }),
]);

/** Beyond this a hint goes without its events: whoever hears of them reads them in the log. */
const maxCharactersWithEvents = 1024 * 1024;

/** A hint as it travels. */
export function writeHint(hint: Hint): string {
  const text = JSON.stringify(hint);
  if (hint.kind !== 'logged' || text.length <= maxCharactersWithEvents) return text;
  return JSON.stringify({ ...hint, events: [] });
}

/** A hint from outside; null for what is none. Events that are not as they should be are left for the log to tell. */
export function parseHint(text: string): Hint | null {
  const parsed = HintText.safeParse(parseJson(text));
  if (!parsed.success) return null;
  const hint = parsed.data;
  // The schema has checked the form of the audience, which its type does not say.
  if (hint.kind !== 'logged') return hint as Hint;
  const { kind, position } = hint;
  return { kind, position, events: eventsUpTo(position, hint.events) };
}

/** All of the events, or none where one is unknown or missing. */
function eventsUpTo(position: number, envelopes: unknown[]): Event[] {
  const events: Event[] = [];
  try {
    for (const [index, envelope] of envelopes.entries()) {
      const event = parseEvent(envelope);
      if (event?.position !== position - envelopes.length + 1 + index) return [];
      events.push(event);
    }
    return events;
  } catch (error) {
    if (error instanceof z.ZodError) return [];
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
