import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CustomScheme } from 'electron';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { settle } from '../../test/settle.ts';
import { announceScheme, fileFor, firstFilesArrived, serveRenderer } from './app-protocol.ts';

type Handler = (request: Request) => Response | Promise<Response>;

let parent: string;
let folder: string;
let ask: (url: string) => Promise<Response>;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'parley-renderer-'));
  folder = join(parent, 'renderer');
  await mkdir(join(folder, 'assets'), { recursive: true });
  await writeFile(join(parent, 'secret.js'), 'a secret');
  await mkdir(join(parent, 'renderer-2'));
  await writeFile(join(parent, 'renderer-2/secret.js'), 'a secret');
  await writeFile(join(folder, 'index.html'), '<title>Parley</title>');
  await writeFile(join(folder, 'assets/main.js'), 'start()');
  await writeFile(join(folder, 'assets/main.css'), 'main {}');
  await writeFile(join(folder, 'assets/thing.exe'), 'MZ');
  let handler: Handler | null = null;
  serveRenderer(
    {
      handle: (scheme, given: Handler) => {
        expect(scheme).toBe('app');
        handler = given;
      },
    },
    folder,
  );
  ask = async (url) => {
    if (!handler) throw new Error('nothing serves the scheme');
    // Only the address is looked at; a Request of Node would put it in order first.
    return handler({ url } as Request);
  };
});

afterEach(() => rm(parent, { recursive: true }));

describe('the scheme of the renderer', () => {
  it('serves the files of the folder with their media types', async () => {
    const page = await ask('app://parley/index.html');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toContain('<title>Parley</title>');
    const script = await ask('app://parley/assets/main.js');
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const unknown = await ask('app://parley/assets/thing.exe');
    expect(unknown.headers.get('content-type')).toBe('application/octet-stream');
  });

  it('tells when the page has its first script and its styles, and listens no longer', async () => {
    type Listener = ((details: { url: string }) => void) | null;
    let completed: Listener = null;
    const webRequest = {
      onCompleted: (filter: { urls: string[] }, listener: Listener) => {
        expect(filter).toEqual({ urls: ['app://parley/*'] });
        completed = listener;
      },
    };
    const arrived = vi.fn();
    void firstFilesArrived(webRequest).then(arrived);
    const complete = async (name: string) => {
      completed?.({ url: `app://parley/${name}` });
      await settle();
    };
    for (const name of ['index.html', 'assets/main.js?v=1', 'assets/other.js'])
      await complete(name);
    expect(arrived).not.toHaveBeenCalled();
    await complete('assets/main.css');
    expect(arrived).toHaveBeenCalled();
    expect(completed).toBeNull();
  });

  it('leads every place of the app to the one page', async () => {
    for (const place of ['', '/', '/channel/general']) {
      expect(await (await ask(`app://parley${place}`)).text()).toContain('Parley');
    }
  });

  it.each([
    'app://parley/../secret.js',
    'app://parley/%2e%2e/secret.js',
    'app://parley/..%2fsecret.js',
    'app://parley/%2e%2e%2fsecret.js',
    'app://parley/assets/..%2f..%2fsecret.js',
    'app://parley/..%2frenderer-2%2fsecret.js',
    'app://parley//etc/passwd.txt',
    'app://parley/%2fetc%2fpasswd.txt',
    'app://parley/index.html%00.js',
    'app://parley/%ff.js',
    'app://elsewhere/assets/main.js',
    'app://parley:80/assets/main.js',
    'app:assets/main.js',
  ])('gives nothing from outside of the folder for %s', async (url) => {
    const answer = await ask(url);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toBe('Not found');
  });

  it('never names a file that is not below the folder', () => {
    expect(fileFor(folder, 'app://parley/index.html%00.js')).toBeNull();
    for (const path of ['..%2f..%2f..', '..%2frenderer-2', '%2e%2e%2f', 'a%2f..%2f..%2fb']) {
      const file = fileFor(folder, `app://parley/${path}`);
      expect(file === null || file.startsWith(`${folder}/`), path).toBe(true);
    }
  });

  it('puts everything under a policy that runs only its own scripts, what is missing too', async () => {
    for (const url of ['app://parley/', 'app://parley/assets/main.js', 'app://parley/missing.js']) {
      const { headers } = await ask(url);
      const policy = new Map(
        (headers.get('content-security-policy') ?? '').split('; ').map((directive) => {
          const [name = '', ...sources] = directive.split(' ');
          return [name, sources.join(' ')];
        }),
      );
      expect(policy.get('default-src'), url).toBe("'none'");
      expect(policy.get('script-src')).toBe("'self'");
      expect(policy.get('frame-ancestors')).toBe("'none'");
      expect(policy.get('base-uri')).toBe("'none'");
      expect(policy.get('form-action')).toBe("'none'");
      expect(policy.get('connect-src')).not.toContain('*');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
  });

  it('is an origin of its own that no policy can be bypassed with', () => {
    const announced: CustomScheme[] = [];
    announceScheme({ registerSchemesAsPrivileged: (schemes) => announced.push(...schemes) });
    expect(announced).toMatchObject([
      { scheme: 'app', privileges: { standard: true, secure: true } },
    ]);
    expect(announced[0]?.privileges).not.toHaveProperty('bypassCSP');
    expect(announced[0]?.privileges).not.toHaveProperty('corsEnabled');
  });
});
