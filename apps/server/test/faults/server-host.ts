import { setTimeout as delay } from 'node:timers/promises';
import { createServer } from '../../src/app.ts';
import { createInProcessBus } from '../../src/bus/in-process.ts';
import { openDatabase } from '../../src/database/client.ts';
import { createIdentity } from '../../src/features/accounts/create-identity.ts';
import { startServerProcess, type ServerProcess } from '../server-process.ts';
import { createMangledBus } from './mangled-bus.ts';
import type { HintFate } from './plan.ts';
import type { PostgresHost } from './postgres-host.ts';
import { Proxy } from './proxy.ts';
import { testSettings } from '../settings.ts';

/** For so long the nodes with the broken bus wait for a database that says nothing: shorter than usual. */
const toleratedSilenceMs = 2_500;

export const setupToken = 'set-up-token-for-tests';

/** The server behind a proxy, at an address that stays whatever happens to the server. */
export class ServerHost {
  readonly proxy: Proxy;
  readonly #postgres: PostgresHost;
  readonly #dataDir: string;
  #process: ServerProcess;
  #toleratesSilenceMs: number | null = null;

  private constructor(
    postgres: PostgresHost,
    dataDir: string,
    proxy: Proxy,
    running: ServerProcess,
  ) {
    this.#postgres = postgres;
    this.#dataDir = dataDir;
    this.proxy = proxy;
    this.#process = running;
  }

  static async start(postgres: PostgresHost, dataDir: string): Promise<ServerHost> {
    const running = await launch(postgres, dataDir);
    const proxy = await Proxy.open();
    proxy.aim(portOf(running.url));
    return new ServerHost(postgres, dataDir, proxy, running);
  }

  get url(): string {
    return `http://127.0.0.1:${this.proxy.port}`;
  }

  /** The last that the server said on standard error. */
  get complaints(): string {
    return this.#process.complaints.join('').split('\n').slice(-30).join('\n');
  }

  /** After how long of silence what serves gives a database up; null where no episode lasts that long. */
  get toleratesSilenceMs(): number | null {
    return this.#toleratesSilenceMs;
  }

  /** Nobody may have ended the server but the test. */
  assertAlive(): void {
    if (this.#process.hasEnded()) throw new Error('the server has ended by itself');
  }

  async kill(downMs: number): Promise<void> {
    this.assertAlive();
    await this.#process.kill();
    await this.#comeBack(downMs);
  }

  async suspend(ms: number): Promise<void> {
    this.assertAlive();
    this.#process.signal('SIGSTOP');
    await delay(ms);
    this.#process.signal('SIGCONT');
  }

  /**
   * Runs the task while two nodes of this process serve, whose bus breaks hints: no command and no connection knows
   * which of them it comes to.
   */
  async withBrokenBus(fates: readonly HintFate[], task: () => Promise<void>): Promise<void> {
    this.assertAlive();
    const code = await this.#process.stop();
    if (code !== 0) throw new Error(`the server ended with ${String(code)} when asked to stop`);
    const bus = createInProcessBus();
    const identity = await createIdentity({ dataDir: this.#dataDir });
    // The second hears other hints badly.
    const nodes = [fates, fates.slice(1)].map((own) => {
      const { db, writes, close } = openDatabase(this.#postgres.url, {
        maxConnections: 5,
        silentMs: toleratedSilenceMs,
      });
      const server = createServer({
        ...{ db, writes, identity, bus: createMangledBus(own, bus) },
        settings: testSettings,
      });
      return { server, close };
    });
    try {
      const addresses = await Promise.all(
        nodes.map(({ server }) => server.listen({ port: 0, host: '127.0.0.1' })),
      );
      this.proxy.aim(...addresses.map(portOf));
      this.#toleratesSilenceMs = toleratedSilenceMs;
      await task();
    } finally {
      this.#toleratesSilenceMs = null;
      for (const { server } of nodes) await server.close();
      for (const { close } of nodes) await close();
      await this.#comeBack(0);
    }
  }

  async stop(): Promise<void> {
    await this.proxy.close();
    await this.#process.stop();
  }

  async #comeBack(downMs: number): Promise<void> {
    await this.proxy.refuse();
    await delay(downMs);
    this.#process = await launch(this.#postgres, this.#dataDir);
    await this.proxy.accept(portOf(this.#process.url));
  }
}

function launch(postgres: PostgresHost, dataDir: string): Promise<ServerProcess> {
  return startServerProcess({
    DATABASE_URL: postgres.url,
    PARLEY_DATA: dataDir,
    PARLEY_PORT: '0',
    PARLEY_SETUP_TOKEN: setupToken,
  });
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
