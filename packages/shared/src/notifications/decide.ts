import type { Event } from '../protocol/events.ts';
import type { Id } from '../protocol/ids.ts';
import type { Preferences, Weekday } from '../protocol/preferences.ts';
import { mentionsUser } from '../state/apply.ts';
import type { Conversation, State } from '../state/state.ts';

/** Why a message is shown as a notification, or is not. The ledger keeps it, and people may ask for it. */
export type Reason =
  | 'direct'
  | 'mention'
  | 'keyword'
  | 'all_messages'
  | 'own_message'
  | 'not_a_message'
  | 'not_in_conversation'
  | 'seen'
  | 'read_elsewhere'
  | 'muted'
  | 'nothing_here'
  | 'no_mention'
  | 'quiet_hours'
  | 'in_thread'
  | 'late';

export type Decision = { show: boolean; reason: Reason };

/** What only the device knows at this moment. */
export type Attention = {
  /** The conversation that is open in the window. */
  openChannelId: Id | null;
  /** Window visible and focused, person not idle, screen not locked. */
  attentive: boolean;
  now: Date;
};

/** Older than this a message that comes with a resume is no news. */
const lateAfterMs = 24 * 3600 * 1000;

/** The one rule for “seen”, used by read marks, notifications and the badge. */
export function isSeen(channelId: Id, attention: Attention): boolean {
  return attention.attentive && attention.openChannelId === channelId;
}

/** Whether an event of one's stream is shown as a notification. Pure. `state` is the one after the event. */
export function decide(event: Event, state: State, attention: Attention): Decision {
  if (event.type !== 'message.posted') return no('not_a_message');
  const { message } = event.data;
  if (message.kind !== 'text' || message.deletedAt !== null) return no('not_a_message');
  if (message.authorId === state.me.id) return no('own_message');
  const conversation = state.conversations.get(message.channelId);
  if (!conversation) return no('not_in_conversation');
  const { membership } = conversation;
  if (message.number !== null && message.number <= membership.readThrough) {
    return no('read_elsewhere');
  }
  if (isSeen(message.channelId, attention)) return no('seen');
  if (membership.muted) return no('muted');
  const wanted = wants(message, conversation, state);
  if (!wanted.show) return wanted;
  if (attention.now.getTime() - Date.parse(message.createdAt) > lateAfterMs) return no('late');
  return isQuiet(state.preferences.quietHours, attention.now) ? no('quiet_hours') : wanted;
}

function no(reason: Reason): Decision {
  return { show: false, reason };
}

function yes(reason: Reason): Decision {
  return { show: true, reason };
}

type Posted = Extract<Event, { type: 'message.posted' }>['data']['message'];

function wants(message: Posted, { channel, membership }: Conversation, state: State): Decision {
  const isDirect = channel.kind === 'direct' || channel.kind === 'group';
  const usual = isDirect ? 'all' : state.preferences.notify;
  const choice = membership.notify === 'default' ? usual : membership.notify;
  if (choice === 'nothing') return no('nothing_here');
  if (isDirect) return yes('direct');
  if (mentionsUser(message.mentions, state.me.id)) return yes('mention');
  if (hasKeyword(message.text, state.preferences.keywords)) return yes('keyword');
  if (choice === 'mentions') return no('no_mention');
  // Replies that stay in their thread concern those who follow it, not the whole channel.
  return message.number === null ? no('in_thread') : yes('all_messages');
}

/** Whether a keyword stands in the text as a word of its own, without regard to case. */
function hasKeyword(text: string, keywords: readonly string[]): boolean {
  if (keywords.length === 0) return false;
  const folded = ` ${text.toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')} `;
  return keywords.some((keyword) => {
    const word = keyword
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
      .trim();
    return word !== '' && folded.includes(` ${word} `);
  });
}

const weekdayNames: Record<string, Weekday> = {
  Mon: 'mon',
  Tue: 'tue',
  Wed: 'wed',
  Thu: 'thu',
  Fri: 'fri',
  Sat: 'sat',
  Sun: 'sun',
};
const before: Record<Weekday, Weekday> = {
  mon: 'sun',
  tue: 'mon',
  wed: 'tue',
  thu: 'wed',
  fri: 'thu',
  sat: 'fri',
  sun: 'sat',
};

/** Whether the moment lies in the quiet hours, by the clock of their time zone. */
export function isQuiet(quiet: Preferences['quietHours'], now: Date): boolean {
  if (!quiet.enabled) return false;
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: quiet.timezone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  const today = weekdayNames[part('weekday')];
  if (!today) return false;
  const time = `${part('hour')}:${part('minute')}`;
  const span = quiet.week[today];
  const lastNight = quiet.week[before[today]];
  const isOvernight = (each: { from: string; to: string }) => each.to <= each.from;
  if (span && time >= span.from && (isOvernight(span) || time < span.to)) return true;
  return lastNight !== null && isOvernight(lastNight) && time < lastNight.to;
}
