import type { CDPSession, Page } from '@playwright/test';

/** What is measured inside of the window, by its own clock. */

/** When the first pixels of a page were painted, in ms since 1970. */
export function firstPaint(page: Page): Promise<number> {
  return page.evaluate(async () => {
    for (;;) {
      const [paint] = performance.getEntriesByName('first-contentful-paint');
      if (paint) return performance.timeOrigin + paint.startTime;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
}

/** When the conversation on screen had been painted, in ms since 1970. */
export function conversationShown(page: Page): Promise<number> {
  return page.evaluate(async () => {
    for (;;) {
      const [mark] = performance.getEntriesByName('conversation-shown');
      if (mark) return performance.timeOrigin + mark.startTime;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
}

/** Goes through conversations of the sidebar by clicks: ms from each click to the painted conversation. */
export function switchConversations(page: Page, times: number): Promise<number[]> {
  return page.evaluate(async (wanted) => {
    const rows = [...document.querySelectorAll<HTMLElement>('button[data-channel]')];
    if (rows.length < 2) throw new Error('there are no conversations to switch between');
    const took: number[] = [];
    for (let turn = 1; turn <= wanted; turn += 1) {
      const next = rows[turn % rows.length];
      // The one on screen would not open.
      const row = next?.ariaCurrent === null ? next : rows[(turn + 1) % rows.length];
      performance.clearMarks('conversation-shown');
      const startedAt = performance.now();
      row?.click();
      for (;;) {
        const [mark] = performance.getEntriesByName('conversation-shown');
        if (mark && mark.startTime > startedAt) {
          took.push(mark.startTime - startedAt);
          break;
        }
        if (performance.now() - startedAt > 10_000) throw new Error('a conversation did not open');
        await new Promise((resolve) => setTimeout(resolve, 4));
      }
    }
    return took;
  }, times);
}

/** Records, until `stop`, how long frames took, and tasks that held the page up for more than 50 ms. */
export async function watchFrames(
  page: Page,
): Promise<{ stop(): Promise<{ frames: number[]; longTasks: number[] }> }> {
  const handle = await page.evaluateHandle(() => {
    const frames: number[] = [];
    const longTasks: number[] = [];
    let before = performance.now();
    let isOn = true;
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longTasks.push(duration);
    });
    observer.observe({ type: 'longtask' });
    const frame = (now: number) => {
      frames.push(now - before);
      before = now;
      if (isOn) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    return {
      stop: () => {
        isOn = false;
        for (const { duration } of observer.takeRecords()) longTasks.push(duration);
        observer.disconnect();
        return { frames, longTasks };
      },
    };
  });
  return { stop: () => handle.evaluate((watch) => watch.stop()) };
}

/** Records, until `stop`, ms from a key to the frame that shows it. */
export async function watchKeys(page: Page): Promise<{ stop(): Promise<number[]> }> {
  const handle = await page.evaluateHandle(() => {
    const took: number[] = [];
    const heard = (event: KeyboardEvent) => {
      requestAnimationFrame(() => {
        setTimeout(() => took.push(performance.now() - event.timeStamp));
      });
    };
    addEventListener('keydown', heard, true);
    return {
      stop: () => {
        removeEventListener('keydown', heard, true);
        return took;
      },
    };
  });
  return { stop: () => handle.evaluate((watch) => watch.stop()) };
}

/** What the page's script holds after garbage was collected. */
export type Held = { heapMiB: number; listeners: number; nodes: number };

/** Collects the page's garbage and counts what is left. */
export async function held(session: CDPSession): Promise<Held> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  const value = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0;
  return {
    heapMiB: usedSize / 1024 / 1024,
    listeners: value('JSEventListeners'),
    nodes: value('Nodes'),
  };
}
