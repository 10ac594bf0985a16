import { setTimeout as delay } from 'node:timers/promises';
import { Hono } from 'hono';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const verificationResults = ['same', 'repaired', 'not_compared'] as const;

export type Metrics = {
  registry: Registry;
  observeCommand(done: { command: string; code: string; seconds: number }): void;
  observeVerification(result: (typeof verificationResults)[number]): void;
};

/** The numbers of this process, in a registry of its own. */
export function createMetrics(live: {
  sessions: () => number;
  position: () => number;
  connections: () => Promise<number>;
  strangers: () => number;
  /** Which of several processes this is, where there are several. */
  worker?: number;
}): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const commands = new Counter({
    name: 'parley_commands_total',
    help: 'Commands by name and outcome',
    labelNames: ['command', 'code'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'parley_command_seconds',
    help: 'Time from a command to its answer',
    labelNames: ['command'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10],
    registers: [registry],
  });
  new Gauge({
    name: 'parley_sessions',
    help: 'Connections that hear events',
    registers: [registry],
    collect() {
      this.set(live.sessions());
    },
  });
  new Gauge({
    name: 'parley_connections',
    help: 'Connections to the port, whatever they are about',
    registers: [registry],
    async collect() {
      this.set(await live.connections());
    },
  });
  new Gauge({
    name: 'parley_strangers',
    help: 'Connections on which nobody has signed in',
    registers: [registry],
    collect() {
      this.set(live.strangers());
    },
  });
  const { worker } = live;
  if (worker !== undefined) {
    new Gauge({
      name: 'parley_worker_sessions',
      help: 'Connections that hear events, by the process that serves them',
      labelNames: ['worker'],
      registers: [registry],
      collect() {
        this.set({ worker }, live.sessions());
      },
    });
  }
  const verifications = new Counter({
    name: 'parley_sync_verifications_total',
    help: 'Comparisons of what a client holds with what it should hold; each repair is the trace of a bug',
    labelNames: ['result'],
    registers: [registry],
  });
  // A counter that is there from the start can be watched for its first step.
  for (const result of verificationResults) verifications.inc({ result }, 0);
  new Gauge({
    name: 'parley_log_position',
    help: 'Position up to which this node, or each of its processes, has handed out events',
    aggregator: 'min',
    registers: [registry],
    collect() {
      this.set(live.position());
    },
  });
  return {
    registry,
    observeCommand({ command, code, seconds }) {
      commands.inc({ command, code });
      durations.observe({ command }, seconds);
    },
    observeVerification(result) {
      verifications.inc({ result });
    },
  };
}

/** A database that takes longer to answer does not serve anybody. */
const readyWithinMs = 2_000;

/** `/healthz` (the process is up), `/readyz` (it can serve) and `/metrics`. */
export function createHealth(options: {
  /** All numbers, as Prometheus reads them. */
  metrics: () => Promise<string>;
  /** Rejects, or resolves to false, when requests should go elsewhere. */
  isReady: () => Promise<boolean>;
}): Hono {
  const app = new Hono();
  app.get('/healthz', (context) => context.text('ok'));
  app.get('/readyz', async (context) => {
    const late = new AbortController();
    const ready = await Promise.race([
      options.isReady().catch(() => false),
      delay(readyWithinMs, false, { signal: late.signal }).catch(() => false),
    ]);
    late.abort();
    return ready ? context.text('ready') : context.text('not ready', 503);
  });
  app.get('/metrics', async (context) => {
    const text = await options.metrics().catch(() => null);
    // Half of the numbers would look like a server that has forgotten the rest.
    if (text === null) return context.text('not available', 503);
    return context.body(text, 200, { 'content-type': Registry.PROMETHEUS_CONTENT_TYPE });
  });
  return app;
}
