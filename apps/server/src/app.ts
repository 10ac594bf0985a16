import type { Server as HttpServer } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { createNodeWebSocket } from '@hono/node-ws';
import { Hono } from 'hono';
import type { Logger } from 'pino';
import { pino } from 'pino';
import { deriveOpenApi } from '@parley/shared/protocol/derive.ts';
import type { Bus } from './bus/bus.ts';
import { createInProcessBus } from './bus/in-process.ts';
import { ActorCache } from './commands/actors.ts';
import { createAuthenticate } from './commands/authenticate.ts';
import { catalogue } from './commands/catalogue.ts';
import { Freshness } from './commands/freshness.ts';
import { createCommandLimits, type AddressLimit, type LimitSettings } from './commands/limits.ts';
import { NodeMemory } from './commands/node-memory.ts';
import { createRunner, type RunCommand } from './commands/run-command.ts';
import { trackRunning } from './commands/running.ts';
import { Turns } from './commands/turns.ts';
import { Writer, type WriterLimits } from './commands/writer.ts';
import type { Database } from './database/client.ts';
import type { Identity } from './features/accounts/identity.ts';
import { KnownChannels } from './database/entities/known-channels.ts';
import { LatestPages } from './database/entities/latest-pages.ts';
import { toFile } from './database/entities/file.ts';
import { seeFile, terminateUpload } from './features/files/queries.ts';
import type { FeatureSettings } from './features/handler.ts';
import { findOffer, openReleaseFile } from './features/updates/queries.ts';
import { FileStore } from './files/file-store.ts';
import { createDictionaries } from './http/dictionaries.ts';
import { createFiles } from './http/files.ts';
import { createHealth, createMetrics } from './http/health.ts';
import { createReference } from './http/reference.ts';
import { createUpdates } from './http/updates.ts';
import { createWebApp } from './http/web-app.ts';
import { filesPath } from './http/uploads.ts';
import { createWebSession } from './http/web-session.ts';
import { Hub } from './live/hub.ts';
import { readHead } from './log/head.ts';
import { Bodies } from './transports/bodies.ts';
import { partingMs } from './transports/cut.ts';
import { maxFrameBytes, type Gateway } from './transports/gateway.ts';
import { problem } from './transports/problem.ts';
import { createRest } from './transports/rest.ts';
import { fileWithinMs, limitBodies } from './transports/request-deadlines.ts';
import { createSocketIo } from './transports/socket-io.ts';
import { createSse } from './transports/sse.ts';
import { Proxies } from './transports/proxies.ts';
import { Strangers, type StrangerLimits } from './transports/strangers.ts';
import { routeUpgrades } from './transports/upgrade.ts';
import { addWebSocket } from './transports/web-socket.ts';

const plainPath = '/api/v1/ws';
/** Looked at once a second, so that somebody who says nothing is gone after about ten. */
const httpDeadlines = {
  connectionsCheckingInterval: 1_000,
  headersTimeout: 10_000,
  // Of parts of files, the longest; any other body has less time.
  requestTimeout: fileWithinMs,
};
/** So long a part of a file may stand still. */
const fileStalledMs = 30_000;
/** Files that are looked at at a time, to find out what they are. */
const filesLookedAt = { running: 2, runningOfOne: 1, waitingOfOne: 50 };
/** At a shutdown, the time for answers under way and for clients to take their leave. */
const leaveWithinMs = 3_000;
/**
 * So many may come while the server is busy. Beyond it the system lets a connection wait for its next try, which is a
 * second later, and Node's own 511 are few where a thousand come back at once. Linux caps it at `net.core.somaxconn`.
 */
const mostArriving = 4_096;

/** What a server is made of. What is left out gets its usual part. */
export type ServerDeps = {
  db: Database;
  /** The connection of the writer; `db` when left out. */
  writes?: Database;
  identity: Identity;
  settings: FeatureSettings;
  bus?: Bus;
  log?: Logger;
  now?: () => Date;
  /** The built renderer. */
  webAppDir?: string;
  /** Where the dictionaries for spell-checking are. */
  dictionariesDir?: string;
  /** Where people reach the server; the address that it listens on when left out. */
  publicUrl?: string | null;
  limits?: Partial<LimitSettings>;
  strangerLimits?: Partial<StrangerLimits>;
  /** The reverse proxies that are believed where they say for whom they ask; none when left out. */
  trustedProxies?: readonly string[];
  writerLimits?: Partial<WriterLimits>;
  /** How long a part of a file may stand still while it comes in, in ms. */
  fileStalledMs?: number;
  /** Where this is one of several processes on a machine. */
  siblings?: Siblings;
};

/** What one of several processes has in common with the others. */
export type Siblings = {
  /** Which of them this is, from 1. */
  number: number;
  addressLimit: AddressLimit;
  /** The numbers of all processes together, as Prometheus reads them. */
  metrics: () => Promise<string>;
};

export type ParleyServer = {
  /** For those who need no network: tests and the command line. */
  runCommand: RunCommand;
  authenticate: Gateway['authenticate'];
  hub: Hub;
  /** The numbers of this process by itself. */
  metrics: () => Promise<object[]>;
  /** Starts to listen; resolves to the address. */
  listen(options: { port: number; host: string }): Promise<string>;
  /** Sends everybody away, finishes what is under way, and stops listening. */
  close(): Promise<void>;
};

/** Puts a server together. Nothing runs before `listen` or, without a network, before `hub.start`. */
export function createServer(deps: ServerDeps): ParleyServer {
  const log = deps.log ?? pino({ level: 'silent' });
  const now = deps.now ?? (() => new Date());
  const bus = deps.bus ?? createInProcessBus();
  const { db, identity, settings, siblings } = deps;
  const actors = new ActorCache(db);
  const knownChannels = new KnownChannels();
  const latestPages = new LatestPages();
  const memory = new NodeMemory([actors, knownChannels, latestPages]);
  const freshness = new Freshness({
    readPosition: async () => (await readHead(db)).position,
    hasHeard: (position) => memory.hasHeard(position),
  });
  const hub = new Hub({
    db,
    bus,
    log,
    serverVersion: settings.serverVersion,
    observe: (event) => {
      memory.observe(event);
    },
    startAt: (position) => {
      memory.startAt(position);
    },
  });
  const writer = new Writer({
    db: deps.writes ?? db,
    log,
    now,
    actorsOf: (tx, sessionIds, isCurrent) => actors.getAll(tx, sessionIds, isCurrent),
    isCurrent: (position) => memory.isCurrent(position),
    recall: (sessionIds) => {
      const known = actors.recall(sessionIds);
      return known && { position: memory.position, actors: known };
    },
    committed: (events) => {
      const position = events.at(-1)?.position ?? 0;
      bus.publish({ kind: 'logged', position, events });
    },
    ...(deps.writerLimits && { limits: deps.writerLimits }),
  });
  const proxies = new Proxies(deps.trustedProxies ?? []);
  const strangers = new Strangers(deps.strangerLimits, proxies);
  const metrics = createMetrics({
    sessions: () => hub.sessionCount,
    position: () => hub.position,
    connections: () => countConnections(server),
    strangers: () => strangers.count,
    ...(siblings && { worker: siblings.number }),
  });
  const fileStore = new FileStore({
    ...{ db, log, now, settings: settings.files },
    turns: new Turns(filesLookedAt),
    stalledMs: deps.fileStalledMs ?? fileStalledMs,
  });
  const limits = createCommandLimits(deps.limits, siblings?.addressLimit);
  const run = createRunner({
    db,
    writer,
    catalogue,
    services: {
      settings,
      identity,
      log,
      knownChannels,
      latestPages,
      isCurrent: () => freshness.isCurrent(),
      removeDeletedFiles: () => {
        fileStore.removeDeleted();
      },
      verified: (result) => metrics.observeVerification(result),
    },
    limits,
    reads: new Turns(),
    currentActor: (claimed) => actors.current(claimed),
    now,
    observe: (done) => metrics.observeCommand(done),
  });
  const { runCommand, settled } = trackRunning(run);
  const authenticate = createAuthenticate(identity, actors);
  const bodies = new Bodies();
  const gateway: Gateway = { runCommand, authenticate, hub, proxies, strangers, bodies, log };

  let draining = false;
  let address = '';
  let openApi: Record<string, unknown> | undefined;
  const app = new Hono();
  const nodeWebSocket = createNodeWebSocket({ app });
  Object.assign(nodeWebSocket.wss.options, { maxPayload: maxFrameBytes, closeTimeout: partingMs });
  app.route(
    '/',
    createHealth({
      metrics: siblings?.metrics ?? (() => metrics.registry.metrics()),
      isReady: async () => !draining && bus.isReachable() && (await readHead(db)).position >= 0,
    }),
  );
  addWebSocket(app, gateway, nodeWebSocket.upgradeWebSocket);
  app.get('/api/v1/openapi.json', (context) => context.json((openApi ??= deriveOpenApi())));
  app.route('/docs', createReference());
  app.route('/api/v1/events', createSse(gateway));
  app.route(
    filesPath,
    createFiles({
      ...{ gateway, limits, maxBytes: settings.files.maxBytes },
      uploadsFor: (actor, asked) =>
        fileStore.uploadsFor({
          ...{ userId: actor.userId, ...asked },
          terminate: async (fileId) => {
            await writer.submit({ actor, run: (job) => terminateUpload(job, fileId) });
            fileStore.removeDeleted();
          },
        }),
      finish: (fileId) => fileStore.finish(fileId),
      see: async (actor, fileId) => toFile(await seeFile(db, actor, fileId)),
      open: (fileId, what) => fileStore.open(fileId, what),
    }),
  );
  app.route('/api/v1', createRest(gateway));
  const publicUrl = () => deps.publicUrl ?? address;
  app.route('/web/session', createWebSession(gateway, { publicUrl }));
  app.route(
    '/updates',
    createUpdates({
      limits,
      proxies,
      log,
      findOffer: (installed, installation) => findOffer(db, installed, installation),
      openFile: (file) => openReleaseFile({ db, folder: settings.updates.folder, log }, file),
    }),
  );
  if (deps.dictionariesDir !== undefined) {
    app.route('/dictionaries', createDictionaries(deps.dictionariesDir));
  }
  app.all('/api/*', (context) =>
    problem(context, { code: 'not_found', message: 'There is nothing at this address.' }),
  );
  if (deps.webAppDir !== undefined) app.route('/', createWebApp(deps.webAppDir));
  app.onError((error, context) => {
    log.error({ err: error, path: context.req.path }, 'a request failed');
    return problem(context, { code: 'internal', message: 'Something went wrong on the server.' });
  });

  // Without a server of another kind the adaptor makes a plain node:http server.
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: httpDeadlines,
  }) as HttpServer;
  // A peer that takes nothing of an answer; a stream of events has its comments, a WebSocket its own ways.
  server.timeout = 60_000;
  limitBodies(server, ({ url = '' }) => url.startsWith(filesPath));
  server.on('connection', (socket) => {
    strangers.meet(socket);
  });
  const io = createSocketIo(gateway, server);
  const upgrades = routeUpgrades(server, {
    plainPath,
    nodeWebSocket,
    log,
  });

  return {
    runCommand,
    authenticate,
    hub,
    metrics: () => metrics.registry.getMetricsAsJSON(),
    async listen({ port, host }) {
      await hub.start();
      await listening(server, port, host);
      address = addressUrl(server, host);
      return address;
    },
    async close() {
      draining = true;
      // What was asked is answered first: a client cannot tell a lost answer from a lost command.
      await writer.close();
      await settled(leaveWithinMs);
      await fileStore.close();
      hub.close();
      const closed = io.close();
      nodeWebSocket.wss.close();
      await allGone(server, closed, () => {
        upgrades.cutAll();
      });
      await bus.close();
    },
  };
}

function listening(server: HttpServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: mostArriving }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function countConnections(server: HttpServer): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => {
      if (error) reject(error);
      else resolve(count);
    });
  });
}

/** Waits until every connection has ended; what is idle is closed at once, and what stays on is cut. */
async function allGone(server: HttpServer, closed: Promise<void>, cut: () => void): Promise<void> {
  const idle = setInterval(() => {
    server.closeIdleConnections();
  }, 20);
  const overdue = setTimeout(() => {
    server.closeAllConnections();
    cut();
  }, leaveWithinMs);
  await closed;
  clearInterval(idle);
  clearTimeout(overdue);
}

function addressUrl(server: HttpServer, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
