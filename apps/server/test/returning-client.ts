import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { connectSocketIo, type TestClient } from './clients.ts';

/** Comes back whenever it is cut, from where it was, and keeps all that it is told. */
export class ReturningClient {
  readonly positions: number[] = [];
  returns = 0;
  readonly #url: string;
  readonly #who: SignedIn;
  #client: TestClient | null = null;
  #isDone = false;
  #after: number | undefined;
  readonly #running: Promise<void>;

  constructor(url: string, who: SignedIn, first: TestClient) {
    this.#url = url;
    this.#who = who;
    this.#after = first.hello?.position;
    this.#running = this.#run(first);
  }

  get seen(): number[] {
    return [...this.positions, ...(this.#client ? postedIn(this.#client) : [])];
  }

  async end(): Promise<void> {
    this.#isDone = true;
    this.#client?.close();
    await this.#running;
  }

  async #run(first: TestClient): Promise<void> {
    let client = first;
    for (;;) {
      this.#client = client;
      await client.closed;
      this.#client = null;
      this.positions.push(...postedIn(client));
      this.#after = client.batches.at(-1)?.position ?? this.#after;
      if (this.#isDone) return;
      client = await this.#comeBack();
      this.returns += 1;
    }
  }

  async #comeBack(): Promise<TestClient> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const where = { ...(this.#after !== undefined && { after: this.#after }) };
        return await connectSocketIo(this.#url, this.#who.accessToken, where);
      } catch (error) {
        // It was on its way to the process that died.
        if (attempt === 20) throw error;
      }
    }
  }
}

/** Where the messages lie that a client has been told of, in the order of the telling. */
export function postedIn(client: TestClient): number[] {
  return client
    .events()
    .filter(({ type }) => type === 'message.posted')
    .map(({ position }) => position);
}
