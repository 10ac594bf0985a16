import type { CommandInput, CommandOutput } from '@parley/shared/protocol/commands.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Timeline } from '../src/renderer/sync/timeline.ts';
import { Timelines } from '../src/renderer/sync/timelines.ts';
import { Topic, untracked } from '../src/renderer/sync/topic.ts';
import { ModelChannel } from './model-channel.ts';
import { settle } from './settle.ts';

type Page = CommandOutput<'message.history'>;
type Request = {
  input: CommandInput<'message.history'>;
  page: Page | null;
  resolve: (page: Page) => void;
  reject: (error: Error) => void;
};

/**
 * The timelines of a channel and of its thread, before a server whose events and pages come when the test says:
 * events in their order, a page at any time after the server has read it.
 */
export class TimelineWorld {
  readonly model: ModelChannel;
  readonly timelines: Timelines;
  readonly requests: Request[] = [];
  #delivered = 0;

  constructor(messages: number) {
    this.model = new ModelChannel(messages);
    this.timelines = new Timelines(
      (input) =>
        new Promise((resolve, reject) => {
          this.requests.push({ input, page: null, resolve, reject });
        }),
      () => new Topic(untracked),
    );
  }

  get channel(): Timeline {
    return this.timelines.get(this.model.channelId, null);
  }

  get thread(): Timeline {
    return this.timelines.get(this.model.channelId, this.model.rootId);
  }

  get isUpToDate(): boolean {
    return this.#delivered === this.model.told.length;
  }

  deliver(count = Number.MAX_SAFE_INTEGER): void {
    const events = this.model.told.slice(this.#delivered, this.#delivered + count);
    this.#delivered += events.length;
    for (const event of events) this.timelines.follow(event);
  }

  /** The server reads the page that was asked for first and not read yet. */
  read(): void {
    const request = this.requests.find(({ page }) => page === null);
    if (request) request.page = this.model.history(request.input);
  }

  /** One of the pages that were read comes. */
  async answer(pick = 0): Promise<void> {
    const read = this.requests.filter(({ page }) => page !== null);
    const request = read[pick % Math.max(1, read.length)];
    if (request?.page) {
      this.requests.splice(this.requests.indexOf(request), 1);
      request.resolve(request.page);
    }
    await settle();
  }

  /** The page that was asked for first does not come. */
  async fail(): Promise<void> {
    this.requests.shift()?.reject(new ParleyError('unavailable', 'no'));
    await settle();
  }

  /** Every page that is asked for comes. */
  async answerAll(): Promise<void> {
    while (this.requests.length > 0) {
      this.read();
      await this.answer();
    }
  }

  /** The answer to a message of one's own comes before its event, and before those of others. */
  postOwn(): void {
    const message = this.model.post('channel');
    if (message) this.timelines.add(message);
  }

  /** A snapshot replaces the events that have not come. */
  reset(): void {
    this.#delivered = this.model.told.length;
    this.timelines.reset();
  }

  /** The view opens what is on screen and shows nothing. */
  show(): void {
    for (const timeline of [this.channel, this.thread]) {
      const { isLoaded, loading, failure } = timeline;
      if (!isLoaded && loading === 'none' && failure === null) void timeline.open();
    }
  }

  /** Everything comes that is under way, and what failed is asked for again. */
  async finish(): Promise<void> {
    this.deliver();
    await this.answerAll();
    this.show();
    this.timelines.retry();
    await this.answerAll();
  }
}
