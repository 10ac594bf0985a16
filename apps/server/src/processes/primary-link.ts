import { z } from 'zod';
import type { Logger } from 'pino';
import type { HintLine } from '../bus/processes.ts';
import type { AddressLimit } from '../commands/limits.ts';
import type { SignInCounts } from '../features/accounts/identity.ts';
import { Link } from './link.ts';
import {
  PrimaryQuestion,
  ToWorker,
  type FromWorker,
  type Given,
  type WorkerQuestion,
} from './messages.ts';
import type { Port } from './port.ts';

const givenWithinMs = 30_000;

/** A worker's end of the link to the primary. */
export class PrimaryLink {
  readonly #port: Port;
  readonly #link: Link;
  readonly #log: Logger;
  #metrics: () => Promise<object[]> = () => Promise.resolve([]);
  #begin: (given: Given) => void = () => undefined;

  /** What the primary gives this worker to begin with. */
  readonly given: Promise<Given>;

  /** `stop` is called when the primary asks this worker to end. */
  constructor(port: Port, log: Logger, stop: () => void) {
    this.#port = port;
    this.#log = log;
    this.given = new Promise((resolve, reject) => {
      const overdue = setTimeout(() => {
        reject(new Error('The primary process does not say what to do.'));
      }, givenWithinMs);
      this.#begin = (given) => {
        clearTimeout(overdue);
        resolve(given);
      };
    });
    this.#link = new Link({
      port,
      log,
      answer: async (question) =>
        PrimaryQuestion.parse(question).about === 'metrics' ? this.#metrics() : null,
      hear: (message) => {
        const order = ToWorker.safeParse(message);
        if (!order.success) log.error({ err: order.error }, 'an order that is none');
        else if (order.data.kind === 'stop') stop();
        else this.#begin(order.data.given);
      },
    });
  }

  get hints(): HintLine {
    return this.#link.hints;
  }

  /** This worker serves at the address, and gives its numbers when it is asked. */
  ready(address: string, metrics: () => Promise<object[]>): void {
    this.#metrics = metrics;
    this.#port.send({ kind: 'ready', address } satisfies FromWorker);
  }

  /** This worker cannot begin; resolves when that has been said. */
  failed(explanation: string): Promise<void> {
    return new Promise((resolve) => {
      const message = { kind: 'failed', explanation } satisfies FromWorker;
      this.#port.send(message, resolve);
    });
  }

  /** The counts of all workers, which the primary keeps. */
  readonly signInCounts: SignInCounts = {
    begin: async (attempt) => z.int().parse(await this.#ask({ about: 'sign-in begins', attempt })),
    end: async (ticket, outcome) => {
      await this.#ask({ about: 'sign-in ends', ticket, outcome });
    },
    vouch: (attempt) => {
      // Who is not vouched for is only counted as a stranger.
      this.#ask({ about: 'vouched', attempt }).catch((error: unknown) => {
        this.#log.warn({ err: error }, 'the primary process could not be told of a sign-in');
      });
    },
  };

  readonly addressLimit: AddressLimit = {
    take: async (address) => {
      await this.#ask({ about: 'address asks', address });
    },
  };

  /** The numbers of all processes together. */
  readonly metrics = async (): Promise<string> =>
    z.string().parse(await this.#ask({ about: 'metrics' }));

  #ask(question: WorkerQuestion): Promise<unknown> {
    return this.#link.ask(question);
  }
}
