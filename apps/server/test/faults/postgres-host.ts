import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded.ts';
import { Proxy } from './proxy.ts';
import { until, within } from './waiting.ts';

const log = { info: () => undefined, warn: () => undefined };
const endsWithinMs = 60_000;
/** On a machine that has much to do. */
const givesUpWithinMs = 10_000;
const signals = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/**
 * A Postgres that writes durably and can be taken away from the server without its knowledge. The server finds
 * it through a proxy, at an address that stays.
 */
export class PostgresHost {
  readonly #dataDir: string;
  readonly #proxy: Proxy;
  #postgres: EmbeddedPostgres;

  private constructor(dataDir: string, proxy: Proxy, running: EmbeddedPostgres) {
    this.#dataDir = dataDir;
    this.#proxy = proxy;
    this.#postgres = running;
  }

  static async start(dataDir: string): Promise<PostgresHost> {
    const running = await startEmbeddedPostgres({ dataDir, log });
    const proxy = await Proxy.open();
    proxy.aim(portOf(running));
    return new PostgresHost(dataDir, proxy, running);
  }

  /** For the server. */
  get url(): string {
    const url = new URL(this.#postgres.url);
    url.port = String(this.#proxy.port);
    return url.href;
  }

  /** For the test itself, past the proxy; another one after each restart. */
  get directUrl(): string {
    return this.#postgres.url;
  }

  /** `fast` ends all connections and writes everything out; `immediate` is Postgres' own crash. */
  async restart(mode: 'fast' | 'immediate', downMs: number): Promise<void> {
    const pidFile = readFileSync(join(this.#dataDir, 'cluster', 'postmaster.pid'), 'utf8');
    process.kill(Number.parseInt(pidFile, 10), signals[mode]);
    const ended = this.#postgres.ended.catch(() => undefined);
    await within(endsWithinMs, ended, `Postgres ends (${mode})`);
    await this.#proxy.refuse();
    // Gives the data folder back.
    await this.#postgres.stop();
    await delay(downMs);
    this.#postgres = await startEmbeddedPostgres({ dataDir: this.#dataDir, log });
    await this.#proxy.accept(portOf(this.#postgres));
  }

  /**
   * Passes nothing on for a while, as where a machine or a network is gone without a word; new connections are whole
   * again after it. Whoever tolerates a silence of `toleratedMs` has given up by then what it had, without being told:
   * rejects where it has not. Others (null) are told.
   */
  async vanish(ms: number, toleratedMs: number | null): Promise<void> {
    this.#proxy.halfOpen(1, 'both');
    await delay(ms);
    this.#proxy.heal();
    if (toleratedMs === null) {
      this.endHalfOpen();
      return;
    }
    const areGivenUp = () => this.#proxy.heldHalfOpen === 0;
    await until(toleratedMs * 2 + givesUpWithinMs, areGivenUp, 'what has vanished is given up');
  }

  /** In the end a network tells Postgres, too, who is gone. */
  endHalfOpen(): void {
    this.#proxy.endHalfOpen();
  }

  /** Takes every connection that Postgres has to give, the server's too, and keeps them for a while. */
  async fillPool(ms: number): Promise<number> {
    const held: postgres.Sql[] = [];
    const take = async () => {
      const sql = postgres(this.directUrl, {
        max: 1,
        connect_timeout: 10,
        onnotice: () => undefined,
      });
      try {
        await sql`select 1`;
        held.push(sql);
        return true;
      } catch (error) {
        await sql.end({ timeout: 0 });
        if (error instanceof postgres.PostgresError && error.code === '53300') return false;
        throw error;
      }
    };
    try {
      await until(endsWithinMs, async () => !(await take()), 'all connections are taken');
      const [first] = held;
      if (!first) throw new Error('there was no connection to take');
      await first`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'parley'`;
      const latest = performance.now() + ms;
      // Whatever the server opens anew is taken from it, as far as it was not quicker.
      while (performance.now() < latest) if (!(await take())) await delay(20);
      return held.length;
    } finally {
      await Promise.all(held.map((sql) => sql.end({ timeout: 1 })));
    }
  }

  async stop(): Promise<void> {
    await this.#proxy.close();
    await this.#postgres.stop();
  }
}

function portOf({ url }: EmbeddedPostgres): number {
  return Number(new URL(url).port);
}
