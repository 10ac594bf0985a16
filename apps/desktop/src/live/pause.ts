import type { SignalData } from '../bridge/bridge.ts';

export const pauseChoices = ['halfHour', 'hour', 'twoHours', 'tomorrow', 'monday'] as const;
export type PauseChoice = (typeof pauseChoices)[number];

/** The hour of the morning at which a pause until another day ends. */
const morning = 8;

/** When a pause that begins now (milliseconds since the epoch) ends, by the clock of this device. */
export function pauseEnd(choice: PauseChoice, now: number): string {
  const end = new Date(now);
  switch (choice) {
    case 'halfHour':
      end.setMinutes(end.getMinutes() + 30);
      break;
    case 'hour':
      end.setHours(end.getHours() + 1);
      break;
    case 'twoHours':
      end.setHours(end.getHours() + 2);
      break;
    case 'tomorrow':
      end.setDate(end.getDate() + 1);
      end.setHours(morning, 0, 0, 0);
      break;
    case 'monday':
      // Sunday is 0; on a Monday the next one is meant.
      end.setDate(end.getDate() + ((8 - end.getDay()) % 7 || 7));
      end.setHours(morning, 0, 0, 0);
      break;
  }
  return end.toISOString();
}

/** What the tray and the keys choose from. */
type PauseItem = Extract<
  SignalData<'menu.chosen'>['item'],
  'pauseHalfHour' | 'pauseHour' | 'pauseTomorrow' | 'resume' | 'togglePause'
>;
const pauseItems: readonly string[] = [
  'pauseHalfHour',
  'pauseHour',
  'pauseTomorrow',
  'resume',
  'togglePause',
] satisfies PauseItem[];

/** Whether what was chosen is about a pause. */
export function isPauseItem(item: SignalData<'menu.chosen'>['item']): item is PauseItem {
  return pauseItems.includes(item);
}

/** When the pause that was chosen at `now` ends; null: there is to be none. */
export function pauseFor(item: PauseItem, isPaused: boolean, now: number): string | null {
  switch (item) {
    case 'pauseHalfHour':
      return pauseEnd('halfHour', now);
    case 'pauseHour':
      return pauseEnd('hour', now);
    case 'pauseTomorrow':
      return pauseEnd('tomorrow', now);
    case 'resume':
      return null;
    case 'togglePause':
      return isPaused ? null : pauseEnd('hour', now);
  }
}
