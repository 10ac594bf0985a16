import { setTimeout as delay } from 'node:timers/promises';
import { giveFocusTo, pressAnywhere } from '../e2e/support/packed-app.ts';
import { Person } from '../e2e/support/person.ts';
import { messages } from '../src/renderer/messages.ts';
import { password } from '../test/server.ts';
import {
  conversationShown,
  firstPaint,
  held,
  switchConversations,
  watchFrames,
  watchKeys,
} from './in-page.ts';
import { median, quantile, type Line } from './report.ts';
import type { Subject } from './subject.ts';
import { archiveSize, type BenchWorkspace } from './workspace.ts';

/** How each of the two is started. */
export type Starts = {
  blank: () => Promise<Subject>;
  parley: (environment?: NodeJS.ProcessEnv) => Promise<Subject>;
};

/** After a start, so long until what it set going has come to rest. */
export const settleMs = 20_000;
/** Nobody ends an app as soon as it is there: by then what a start leaves for the next one is written. */
const usedMs = 3_000;
/** Of a hidden window whose page has nothing to lose; `freeAfterMs` is what the app is started with. */
const releasedWithinMs = 120_000;
export const freeAfterMs = 45_000;
/** The same where it is the coming back that is measured. */
export const freeSoonAfterMs = 3_000;
const switches = 500;
const typed = 'The quick brown fox jumps over the lazy dog, und zwar mehrmals. '.repeat(4);
const scrollForMs = 240_000;

/** From the start of the process to the first pixels, and to the conversation from the cache. Medians of `times`. */
export async function measureStart({ blank, parley }: Starts, times: number): Promise<Line[]> {
  const [blanks, firsts, shown]: number[][] = [[], [], []];
  // The first of each finds nothing in the page cache.
  for (let turn = 0; turn <= times; turn += 1) {
    const empty = await blank();
    const emptyMs = (await firstPaint(empty.page)) - empty.startedAt;
    await delay(usedMs);
    await empty.quit();
    const app = await parley();
    const firstMs = (await firstPaint(app.page)) - app.startedAt;
    const shownMs = (await conversationShown(app.page)) - app.startedAt;
    await delay(usedMs);
    await app.quit();
    if (turn === 0) continue;
    blanks?.push(emptyMs);
    firsts?.push(firstMs);
    shown?.push(shownMs);
  }
  const base = median(blanks ?? []);
  return [
    {
      what: 'start to first pixels',
      unit: 'ms',
      parley: median(firsts ?? []),
      blank: base,
      goal: null,
    },
    {
      what: 'start to cached conversation',
      unit: 'ms',
      parley: median(shown ?? []),
      blank: base,
      goal: 1.6,
    },
  ];
}

/** Memory of all processes at rest: with the window, hidden, and when its page was let go. */
export async function measureMemory(starts: Starts, app: Subject): Promise<Line[]> {
  const blank = await starts.blank();
  await delay(settleMs);
  const base = blank.memoryMiB();
  const shown = app.memoryMiB();
  await blank.quit();
  const count = app.processes.length;
  hide(app);
  await delay(settleMs);
  const hidden = app.memoryMiB();
  await letGo(app, count);
  await delay(settleMs);
  const released = app.memoryMiB();
  return [
    {
      what: 'memory, without a window',
      unit: 'MiB',
      parley: released,
      blank: base,
      goal: 0.75,
    },
    { what: 'memory, window shown', unit: 'MiB', parley: shown, blank: base, goal: 1.8 },
    { what: 'memory, hidden', unit: 'MiB', parley: hidden, blank: base, goal: null },
  ];
}

/** From a click on the tray to the conversation on screen, where the page had been let go. Median of `times`. */
export async function measureBack(
  app: Subject,
  click: () => Promise<void>,
  times: number,
): Promise<Line[]> {
  const took: number[] = [];
  for (let turn = 0; turn < times; turn += 1) {
    await conversationShown(app.page);
    await delay(settleMs / 4);
    const count = app.processes.length;
    hide(app);
    await letGo(app, count);
    await delay(settleMs / 4);
    const clickedAt = Date.now();
    await app.comeBack(click);
    took.push((await conversationShown(app.page)) - clickedAt);
  }
  const what = 'tray to cached conversation';
  return [{ what, unit: 'ms', parley: median(took), blank: null, goal: 1_000 }];
}

/** Closes the window, which keeps the app in the tray. */
function hide({ pid }: Subject): void {
  giveFocusTo(pid);
  pressAnywhere('ctrl+w');
}

/** Resolves when the app has fewer processes than these: the one of its page is gone. */
async function letGo(app: Subject, count: number): Promise<void> {
  const latest = performance.now() + releasedWithinMs;
  while (app.processes.length >= count) {
    if (performance.now() > latest) throw new Error('the hidden window was not let go');
    await delay(100);
  }
}

/** From a key to the frame that shows it, and what held the page up meanwhile. */
export async function measureTyping({ page }: Subject): Promise<Line[]> {
  const person = new Person(page, 'Olive Owner');
  await person.open('team-1');
  await person.composer.click();
  const frames = await watchFrames(page);
  const keys = await watchKeys(page);
  await page.keyboard.type(typed, { delay: 30 });
  const took = await keys.stop();
  const { longTasks } = await frames.stop();
  await person.composer.fill('');
  return [
    { what: 'key to glyph, median', unit: 'ms', parley: median(took), blank: null, goal: null },
    {
      what: 'key to glyph, p95',
      unit: 'ms',
      parley: quantile(took, 0.95),
      blank: null,
      goal: null,
    },
    {
      what: 'longest task while typing',
      unit: 'ms',
      parley: Math.max(0, ...longTasks),
      blank: null,
      goal: 50,
    },
  ];
}

/** Switches of conversations, and what they leave behind. */
export async function measureSwitches({ page }: Subject): Promise<Line[]> {
  const session = await page.context().newCDPSession(page);
  await switchConversations(page, 50);
  const before = await held(session);
  const took = await switchConversations(page, switches);
  const after = await held(session);
  await session.detach();
  return [
    {
      what: 'conversation switch, median',
      unit: 'ms',
      parley: median(took),
      blank: null,
      goal: 50,
    },
    {
      what: 'conversation switch, p95',
      unit: 'ms',
      parley: quantile(took, 0.95),
      blank: null,
      goal: null,
    },
    {
      what: `heap after ${switches} switches`,
      unit: 'MiB more',
      parley: after.heapMiB - before.heapMiB,
      blank: null,
      goal: 1,
    },
    {
      what: `listeners after ${switches} switches`,
      unit: 'more',
      parley: after.listeners - before.listeners,
      blank: null,
      goal: 0,
    },
  ];
}

/** Scrolls up through a long history with the wheel. */
export async function measureScroll({ page }: Subject): Promise<Line[]> {
  const person = new Person(page, 'Olive Owner');
  await person.open('archive');
  await person.hears(`line ${archiveSize} `);
  const session = await page.context().newCDPSession(page);
  const before = await held(session);
  const box = await person.timeline.boundingBox();
  if (!box) throw new Error('the timeline is not on screen');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const frames = await watchFrames(page);
  const latest = performance.now() + scrollForMs;
  const top = () =>
    person.timeline.evaluate((list) => {
      const row = list.querySelector('article');
      return Number(/line (\d+) /.exec(row?.textContent ?? '')?.[1] ?? Number.NaN);
    });
  let seen = 0;
  while (performance.now() < latest && seen < archiveSize) {
    await page.mouse.wheel(0, -2_400);
    await delay(16);
    const first = await top();
    if (Number.isFinite(first)) seen = archiveSize - first + 1;
  }
  const { frames: times, longTasks } = await frames.stop();
  await person.open('team-1');
  const after = await held(session);
  await session.detach();
  return [
    { what: 'messages scrolled by', unit: 'messages', parley: seen, blank: null, goal: null },
    { what: 'scroll frame, median', unit: 'ms', parley: median(times), blank: null, goal: null },
    {
      what: 'scroll frame, p95',
      unit: 'ms',
      parley: quantile(times, 0.95),
      blank: null,
      goal: null,
    },
    {
      what: 'longest task while scrolling',
      unit: 'ms',
      parley: Math.max(0, ...longTasks),
      blank: null,
      goal: null,
    },
    {
      what: 'heap after scrolling, conversation left',
      unit: 'MiB more',
      parley: after.heapMiB - before.heapMiB,
      blank: null,
      goal: null,
    },
  ];
}

/** Signs Olive in, once, so that later starts find the account and its cache. */
export async function signIn(app: Subject, { server, shown }: BenchWorkspace): Promise<void> {
  const person = new Person(app.page, 'Olive Owner');
  await person.connectTo(server.url);
  await app.page.getByLabel(messages.signIn.login).fill('owner');
  await app.page.getByLabel(messages.signIn.password, { exact: true }).fill(password);
  await app.page.getByRole('button', { name: messages.signIn.submit, exact: true }).click();
  await person.isIn();
  await person.open(shown);
  await conversationShown(app.page);
}
