import type { SignalData } from '../bridge/bridge.ts';
import { momentOf, type Until } from './moments.ts';

export const pauseChoices = [
  'halfHour',
  'hour',
  'twoHours',
  'tomorrow',
  'monday',
] as const satisfies readonly Until[];

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
      return momentOf('halfHour', now);
    case 'pauseHour':
      return momentOf('hour', now);
    case 'pauseTomorrow':
      return momentOf('tomorrow', now);
    case 'resume':
      return null;
    case 'togglePause':
      return isPaused ? null : momentOf('hour', now);
  }
}
