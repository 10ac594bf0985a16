import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Browser, Page } from '@playwright/test';
import { connectToWindow, pageThatComes } from '../e2e/support/debugging.ts';
import { processTree } from '../e2e/support/process-tree.ts';

/** The kernel counts CPU time in steps of 10 ms. */
const ticksPerSecond = 100;

/** An app of Electron under measurement, started as people start it but for a port to look at its window. */
export class Subject {
  page: Page;
  /** When the process was started, in ms since 1970. */
  readonly startedAt: number;
  readonly #child: ChildProcess;
  readonly #browser: Browser;

  private constructor(child: ChildProcess, browser: Browser, page: Page, startedAt: number) {
    this.#child = child;
    this.#browser = browser;
    this.page = page;
    this.startedAt = startedAt;
  }

  static async start(
    executable: string,
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
  ): Promise<Subject> {
    const startedAt = Date.now();
    // Chromium's sandbox refuses to run as root.
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const child = spawn(executable, ['--remote-debugging-port=0', ...asRoot, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...environment },
    });
    const { browser, page } = await connectToWindow(child);
    return new Subject(child, browser, page, startedAt);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get processes(): number[] {
    return processTree(this.pid);
  }

  /** Memory of all processes in MiB, shared pages divided among those that share them. */
  memoryMiB(): number {
    const sizes = this.processes.map((pid) => {
      const text = readOf(pid, 'smaps_rollup');
      return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
    });
    return sum(sizes) / 1024;
  }

  /** CPU seconds that its processes have used so far. */
  cpuSeconds(): number {
    const ticks = this.processes.map((pid) => {
      const stat = readOf(pid, 'stat');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
    });
    return sum(ticks) / ticksPerSecond;
  }

  /**
   * Files, sockets and pipes that its processes hold open, each as its process and what it leads to. Without the tables
   * of IndexedDB: Chromium's LevelDB makes them as it is written to, and merges them when it sees fit.
   */
  handles(): string[] {
    return this.processes.flatMap((pid) => {
      const kind = kindOf(pid);
      const open = openFilesOf(pid).filter((path) => !path.endsWith('.ldb'));
      return open.map((path) => `${kind} ${path}`);
    });
  }

  /** Its page is another one after this: the one that comes where it was let go. */
  async comeBack(how: () => Promise<void>): Promise<void> {
    this.page = await pageThatComes(this.#browser, how);
  }

  async quit(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await exit;
    }
    await this.#browser.close();
  }
}

/** What Chromium calls the process: `renderer`, `gpu-process`, …; the first one has no name and is `main`. */
function kindOf(pid: number): string {
  return /--type=([a-z-]+)/.exec(readOf(pid, 'cmdline'))?.[1] ?? 'main';
}

function openFilesOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).map((name) => {
      try {
        return readlinkSync(`${folder}/${name}`);
      } catch {
        // It was closed while we looked.
        return '';
      }
    });
  } catch {
    // The process ended while we looked.
    return [];
  }
}

function readOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    // It ended while we looked.
    return '';
  }
}

function sum(list: readonly number[]): number {
  return list.reduce((total, each) => total + each, 0);
}
