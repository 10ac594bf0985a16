/**
 * `npm start`: builds what is needed, starts the server, and opens the desktop app where there is a
 * screen. Ctrl+C ends the app, the server and its database. What follows `--` goes to the app.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

import { buildProduct } from './start/build-product.ts';
import { endChild } from './start/child.ts';
import { findElectron, hasDisplay, openDesktop } from './start/desktop-process.ts';
import { startServer, type Addresses } from './start/server-process.ts';

const root = resolve(import.meta.dirname, '../..');
const appGraceMs = 5000;
/** The server gives itself fifteen seconds to drain, and Postgres is part of that. */
const serverGraceMs = 20_000;

process.exit(await main(stopSignal(), process.argv.slice(2)));

/** Aborted when somebody asks us to stop. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // npm passes signals on, but dies of SIGKILL without a word: then nobody is left to stop us.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop();
  }, 1000).unref();
  return controller.signal;
}

/** Runs until asked to stop, or until the server ends; gives the exit code. */
async function main(signal: AbortSignal, appArguments: readonly string[]): Promise<number> {
  if (!(await buildProduct(root, signal))) return signal.aborted ? 0 : 1;
  const server = startServer(root);
  const serverEnd = once(server.child, 'exit');
  const stopRequest = signal.aborted ? Promise.resolve() : once(signal, 'abort');
  const ready = await Promise.race([server.ready, stopRequest.then(() => null)]);
  const apps: ChildProcess[] = [];
  if (ready !== null) {
    void showApp(ready, appArguments, signal, (child) => apps.push(child));
    await Promise.race([stopRequest, serverEnd]);
  }
  for (const app of apps) await endChild(app, appGraceMs);
  await endChild(server.child, serverGraceMs);
  if (signal.aborted) return 0;
  if (ready !== null) console.error('The server ended by itself.');
  return server.child.exitCode === 0 ? 1 : (server.child.exitCode ?? 1);
}

/** Opens the app, or says in one line why not and where Parley is instead. */
async function showApp(
  { url, setupUrl }: Addresses,
  appArguments: readonly string[],
  signal: AbortSignal,
  started: (child: ChildProcess) => void,
): Promise<void> {
  if (!hasDisplay()) {
    console.log(`There is no display for the desktop app; the web app is at ${url}`);
    return;
  }
  const tellWhy = (reason: string): void =>
    console.log(`The desktop app cannot start (${reason}); the web app is at ${url}`);
  let electron: string;
  try {
    electron = await findElectron();
  } catch (error) {
    tellWhy(error instanceof Error ? error.message : String(error));
    return;
  }
  const isStopping = (): boolean => signal.aborted;
  if (isStopping()) return;
  const { child, failure } = openDesktop(root, electron, setupUrl ?? url, appArguments);
  started(child);
  child.once('close', (code) => {
    if (code === 0 && !isStopping()) {
      console.log(`The desktop app was closed; Parley is still at ${url}`);
    }
  });
  const reason = await failure;
  if (reason !== null && !isStopping()) tellWhy(reason);
}
