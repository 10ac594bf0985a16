import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { commandNames } from '@parley/shared/protocol/commands.ts';
import { eventTypes } from '@parley/shared/protocol/events.ts';
import { createHealth, createMetrics } from './health.ts';
import { createReference } from './reference.ts';
import { createWebApp } from './web-app.ts';

describe('the web app', () => {
  let root: string;
  let app: ReturnType<typeof createWebApp>;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'parley-web-app-'));
    const folder = join(root, 'renderer');
    await mkdir(join(folder, 'assets'), { recursive: true });
    await writeFile(join(folder, 'index.html'), 'the page');
    await writeFile(join(folder, 'assets', 'main-1.js'), 'the script');
    await writeFile(join(root, 'secret.txt'), 'a secret');
    await mkdir(join(root, 'renderer-2'));
    await writeFile(join(root, 'renderer-2', 'secret.txt'), 'a secret');
    app = createWebApp(folder);
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it.each(['/', '/channel/general', '/index.html'])(
    'serves the page at %s, never stale',
    async (path) => {
      const response = await app.request(path);
      expect(await response.text()).toBe('the page');
      expect(response.headers.get('cache-control')).toBe('no-cache');
      const etag = response.headers.get('etag') ?? '';
      const again = await app.request(path, { headers: { 'if-none-match': etag } });
      expect(again.status).toBe(304);
    },
  );

  it('serves assets for good, and says when one is missing', async () => {
    const script = await app.request('/assets/main-1.js');
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(script.headers.get('cache-control')).toContain('immutable');
    for (const path of ['/assets/main-2.js', '/assets/main', '/favicon.png']) {
      expect((await app.request(path)).status, path).toBe(404);
    }
  });

  it.each([
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/..%2frenderer-2%2fsecret.txt',
    '/..%5csecret.txt',
    '/%00secret.txt',
    '/%',
  ])('serves nothing from elsewhere: %s', async (path) => {
    const response = await app.request(path);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain('a secret');
  });

  it('lets the page run its own scripts only, and talk to its own server only', async () => {
    const policyAt = async (host?: string) => {
      const headers: Record<string, string> = host === undefined ? {} : { host };
      const response = await app.request('/', { headers });
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      return (response.headers.get('content-security-policy') ?? '').split('; ');
    };
    const policy = await policyAt('chat.example.com:8443');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    const own = "connect-src 'self' ws://chat.example.com:8443 wss://chat.example.com:8443";
    expect(policy).toContain(own);
    expect(await policyAt("x; script-src 'unsafe-inline'")).toContain("connect-src 'self'");
    expect(await policyAt()).toContain("connect-src 'self'");
  });
});

describe('health', () => {
  afterEach(() => {
    vi.useRealTimers();
  });
  const metrics = createMetrics({
    sessions: () => 3,
    position: () => 41,
    connections: () => Promise.resolve(5),
    strangers: () => 2,
  });
  const statusOf = async (isReady: () => Promise<boolean>) =>
    (await createHealth({ metrics: () => metrics.registry.metrics(), isReady }).request('/readyz'))
      .status;

  it('is ready when database and bus answer', async () => {
    expect(await statusOf(() => Promise.resolve(true))).toBe(200);
    expect(await statusOf(() => Promise.resolve(false))).toBe(503);
    expect(await statusOf(() => Promise.reject(new Error('gone')))).toBe(503);
  });

  it('is not ready when the database takes too long, and is up all the same', async () => {
    const never = () => new Promise<boolean>(() => undefined);
    expect(await statusOf(never)).toBe(503);
    const app = createHealth({ metrics: () => metrics.registry.metrics(), isReady: never });
    expect((await app.request('/healthz')).status).toBe(200);
  });

  it('counts commands, sessions and the position of the log', async () => {
    metrics.observeCommand({ command: 'message.post', code: 'ok', seconds: 0.01 });
    const app = createHealth({
      metrics: () => metrics.registry.metrics(),
      isReady: () => Promise.resolve(true),
    });
    const text = await (await app.request('/metrics')).text();
    expect(text).toContain('parley_commands_total{command="message.post",code="ok"} 1');
    expect(text).toContain('parley_sessions 3');
    expect(text).toContain('parley_log_position 41');
  });
});

describe('the reference page', () => {
  it('has every command, event and error, and runs nothing', async () => {
    const response = await createReference().request('/');
    const page = await response.text();
    for (const name of [...commandNames, ...eventTypes]) expect(page).toContain(`>${name}<`);
    expect(page).toContain('cursor_expired');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|undefined/);
  });
});
