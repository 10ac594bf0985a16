import type { Logger } from 'pino';
import { AggregatorRegistry } from 'prom-client';
import { HintRelay } from '../bus/processes.ts';
import type { AddressLimit } from '../commands/limits.ts';
import type { SignInCounts } from '../features/accounts/identity.ts';
import type { WorkerProcess } from './fork.ts';
import { Link } from './link.ts';
import {
  FromWorker,
  ProcessMetrics,
  WorkerQuestion,
  type Given,
  type PrimaryQuestion,
} from './messages.ts';
import { Restarts } from './restarts.ts';

const readyWithinMs = 60_000;
/** Longer than a server takes to send everybody away; who takes longer is cut. */
const stopWithinMs = 8_000;
/** One whose event loop hangs says nothing any more; one that is only busy answers one of several questions. */
const lookEveryMs = 5_000;
const maxUnanswered = 3;

export type WorkersOptions = {
  count: number;
  given: Pick<Given, 'databaseUrl' | 'setupToken' | 'signer'>;
  log: Logger;
  signInCounts: SignInCounts;
  addressLimit: AddressLimit;
  /** The numbers of the primary itself. */
  ownMetrics: () => Promise<object[]>;
  fork: () => WorkerProcess;
  random?: () => number;
  now?: () => number;
};

/** Why the workers could not begin; `message` is for the person who started the server. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
}

type Worker = {
  number: number;
  process: WorkerProcess;
  link: Link;
  /** Attempts to sign in that it has begun and not ended. */
  tickets: Set<number>;
  isReady: boolean;
  isGone: boolean;
  /** Questions in a row whether it still does anything. */
  unanswered: number;
};

/** The processes that serve: begun together, replaced when they die, ended in order. */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #relay = new HintRelay();
  readonly #restarts: Restarts;
  readonly #workers = new Set<Worker>();
  readonly #waiting = new Set<NodeJS.Timeout>();
  #giveUp: (reason: string) => void = () => undefined;
  /** Resolves, to the reason, when workers die as fast as they are replaced: the server should end. */
  readonly givenUp: Promise<string>;
  #isStarted = false;
  #isStopping = false;

  constructor(options: WorkersOptions) {
    this.#options = options;
    const { count, random = Math.random, now = () => performance.now() } = options;
    this.#restarts = new Restarts(5 + 2 * count, random, now);
    this.givenUp = new Promise((resolve) => {
      this.#giveUp = resolve;
    });
  }

  /** Resolves to the address when all serve. Rejects with a WorkerError when one cannot. */
  async start(): Promise<string> {
    const numbers = Array.from({ length: this.#options.count }, (_, index) => index + 1);
    const addresses = await Promise.all(numbers.map((number) => this.#begin(number)));
    this.#isStarted = true;
    this.#keepLooking();
    return addresses[0] ?? '';
  }

  /** Ends all; those that do not end by themselves are killed. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const timer of this.#waiting) clearTimeout(timer);
    await Promise.all([...this.#workers].map((worker) => this.#end(worker)));
  }

  async #end({ process }: Worker): Promise<void> {
    const overdue = setTimeout(() => {
      process.kill();
    }, stopWithinMs);
    process.port.send({ kind: 'stop' });
    await process.ended;
    clearTimeout(overdue);
  }

  /** Starts a worker and resolves to its address. */
  #begin(number: number): Promise<string> {
    const { fork, given, count, log } = this.#options;
    const process = fork();
    const overdue = setTimeout(() => {
      process.kill();
    }, readyWithinMs);
    const ready = new Promise<string>((resolve, reject) => {
      const worker = this.#join(process, number, (news) => {
        if (news.kind === 'failed') reject(new WorkerError(news.explanation));
        else {
          worker.isReady = true;
          resolve(news.address);
        }
      });
      const leave = this.#relay.join(worker.link.hints, () => {
        log.warn({ worker: number }, 'a worker process does not read: hints to it are dropped');
      });
      void process.ended.then((how) => {
        leave();
        reject(new WorkerError(`A worker process ended with ${how} before it was ready.`));
        this.#ended(worker, how);
      });
    });
    process.port.send({ kind: 'start', given: { ...given, number, count } });
    return ready.finally(() => {
      clearTimeout(overdue);
    });
  }

  #join(process: WorkerProcess, number: number, hear: (news: FromWorker) => void): Worker {
    const { log } = this.#options;
    const link: Link = new Link({
      port: process.port,
      log,
      answer: (question) => this.#answer(worker, question),
      hear: (message) => {
        const news = FromWorker.safeParse(message);
        if (news.success) hear(news.data);
        else log.error({ err: news.error, worker: number }, 'a worker says what means nothing');
      },
    });
    const tickets = new Set<number>();
    const worker: Worker = {
      number,
      process,
      link,
      tickets,
      isReady: false,
      isGone: false,
      unanswered: 0,
    };
    this.#workers.add(worker);
    return worker;
  }

  #keepLooking(): void {
    const { random = Math.random } = this.#options;
    const timer = setTimeout(
      () => {
        this.#waiting.delete(timer);
        for (const worker of this.#workers) if (worker.isReady) void this.#lookAfter(worker);
        this.#keepLooking();
      },
      lookEveryMs * (0.9 + random() * 0.2),
    );
    this.#waiting.add(timer);
  }

  /** Kills a worker that has not answered for long: it is replaced like one that died. */
  async #lookAfter(worker: Worker): Promise<void> {
    try {
      await worker.link.ask({ about: 'alive' } satisfies PrimaryQuestion);
      worker.unanswered = 0;
    } catch (error) {
      worker.unanswered += 1;
      if (worker.isGone || worker.unanswered < maxUnanswered) return;
      const facts = { err: error, worker: worker.number, pid: worker.process.pid };
      this.#options.log.error(facts, 'a worker process hangs and is killed');
      worker.process.kill();
    }
  }

  #ended(worker: Worker, how: string): void {
    const { log, signInCounts } = this.#options;
    worker.isGone = true;
    worker.link.close();
    this.#workers.delete(worker);
    for (const ticket of worker.tickets) void signInCounts.end(ticket, 'unknown');
    // One that could not begin at the start of the server ends that start.
    if (this.#isStopping || !(this.#isStarted || worker.isReady)) return;
    const { number } = worker;
    const waitMs = this.#restarts.next();
    const facts = { worker: number, pid: worker.process.pid, how };
    if (waitMs === null) {
      log.fatal(facts, 'worker processes end as fast as they are replaced');
      this.#giveUp('The processes of the server end as fast as they are replaced.');
      return;
    }
    log.error({ ...facts, waitMs: Math.round(waitMs) }, 'a worker process ended and is replaced');
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      this.#begin(number).then(
        () => {
          log.warn({ worker: number }, 'a worker process was replaced');
        },
        (error: unknown) => {
          log.error({ err: error, worker: number }, 'a worker process could not begin');
        },
      );
    }, waitMs);
    this.#waiting.add(timer);
  }

  async #answer(worker: Worker, asked: unknown): Promise<unknown> {
    const { signInCounts, addressLimit } = this.#options;
    const question = WorkerQuestion.parse(asked);
    switch (question.about) {
      case 'sign-in begins': {
        const ticket = await signInCounts.begin(question.attempt);
        if (worker.isGone) await signInCounts.end(ticket, 'unknown');
        else worker.tickets.add(ticket);
        return ticket;
      }
      case 'sign-in ends':
        worker.tickets.delete(question.ticket);
        return signInCounts.end(question.ticket, question.outcome);
      case 'vouched':
        signInCounts.vouch(question.attempt);
        return null;
      case 'address asks':
        return addressLimit.take(question.address);
      case 'metrics':
        return this.#metrics();
    }
  }

  /** The numbers of all processes summed up; of one that dies while it is asked there are none. */
  async #metrics(): Promise<string> {
    const serving = [...this.#workers].filter(({ isReady }) => isReady);
    const parts = await Promise.all([
      this.#options.ownMetrics(),
      ...serving.map(async (worker) => {
        try {
          return ProcessMetrics.parse(
            await worker.link.ask({ about: 'metrics' } satisfies PrimaryQuestion),
          );
        } catch (error) {
          if (worker.isGone) return [];
          throw error;
        }
      }),
    ]);
    return AggregatorRegistry.aggregate(parts).metrics();
  }
}
