import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { idOf } from '../../../../../packages/shared/test/entities.ts';
import { FileFetch, type FileFetchOptions } from './file-fetch.ts';

let server: Server;
let url: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let asked: IncomingMessage[];
let tokens: number[];
const [one, two, three] = [idOf(1), idOf(2), idOf(3)];

beforeEach(async () => {
  [asked, tokens] = [[], []];
  answer = (_, response) => response.writeHead(200, { 'content-type': 'image/webp' }).end('bytes');
  server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function files(change: Partial<FileFetchOptions> = {}) {
  return new FileFetch({
    getAccess: (minValidMs) => {
      tokens.push(minValidMs);
      return Promise.resolve({ server: url, accessToken: `token ${tokens.length}` });
    },
    fetch,
    ...change,
  });
}

const problem = (response: ServerResponse, status: number, code: string) =>
  response.writeHead(status).end(JSON.stringify({ code, detail: 'No.', status }));

it('gets a file and its thumbnail with the token of the account, and no cookie', async () => {
  const whole = await files().get(one, 'whole');
  expect([await whole.text(), whole.type]).toEqual(['bytes', 'image/webp']);
  await files().get(one, 'thumbnail');
  expect(asked.map((request) => request.url)).toEqual([
    `/api/v1/files/${one}`,
    `/api/v1/files/${one}/thumbnail`,
  ]);
  expect(asked[0]?.headers).toMatchObject({ authorization: 'Bearer token 1' });
  expect(asked[0]?.headers).not.toHaveProperty('cookie');
});

it('asks once for all who want the same, and keeps thumbnails alone', async () => {
  const fetcher = files();
  await Promise.all([fetcher.get(one, 'thumbnail'), fetcher.get(one, 'thumbnail')]);
  await fetcher.get(one, 'thumbnail');
  expect(asked).toHaveLength(1);
  await Promise.all([fetcher.get(one, 'whole'), fetcher.get(one, 'whole')]);
  await fetcher.get(one, 'whole');
  expect(asked).toHaveLength(3);
});

it('lets the one go that was used longest ago once there are too many bytes', async () => {
  const fetcher = files({ cacheBytes: 10 });
  for (const id of [one, two, one, three]) await fetcher.get(id, 'thumbnail');
  expect(asked).toHaveLength(3);
  await fetcher.get(one, 'thumbnail');
  expect(asked).toHaveLength(3);
  await fetcher.get(two, 'thumbnail');
  expect(asked).toHaveLength(4);
});

it('does not keep what fails, nor what was asked for before the person was to see less', async () => {
  const fetcher = files();
  answer = (_, response) => problem(response, 404, 'not_found');
  await expect(fetcher.get(one, 'thumbnail')).rejects.toMatchObject({ code: 'not_found' });
  answer = (_, response) => response.end('bytes');
  await fetcher.get(one, 'thumbnail');
  const late = fetcher.get(two, 'thumbnail');
  fetcher.clear();
  await late;
  answer = (_, response) => problem(response, 404, 'not_found');
  await expect(fetcher.get(one, 'thumbnail')).rejects.toMatchObject({ code: 'not_found' });
  await expect(fetcher.get(two, 'thumbnail')).rejects.toMatchObject({ code: 'not_found' });
});

it('has a fresh token once where the server says that it has expired', async () => {
  answer = (_, response) => {
    if (asked.length === 1) problem(response, 401, 'token_expired');
    else response.end('bytes');
  };
  await files().get(one, 'whole');
  expect(tokens).toEqual([30_000, Number.MAX_SAFE_INTEGER]);
  answer = (_, response) => problem(response, 401, 'token_expired');
  await expect(files().get(one, 'whole')).rejects.toMatchObject({ code: 'token_expired' });
  expect(asked).toHaveLength(4);
});

it('is told by status alone where something on the way answers, and follows nobody elsewhere', async () => {
  answer = (_, response) => response.writeHead(502).end('<h1>Bad gateway</h1>');
  await expect(files().get(one, 'whole')).rejects.toMatchObject({ code: 'unavailable' });
  answer = (_, response) => response.writeHead(302, { location: '/elsewhere' }).end();
  await expect(files().get(one, 'whole')).rejects.toMatchObject({ code: 'unavailable' });
  expect(asked).toHaveLength(2);
});

it('gives up where nothing comes, and not where it comes slowly', async () => {
  answer = (_, response) => {
    let left = 6;
    const timer = setInterval(() => {
      left -= 1;
      if (left > 0) response.write('x');
      else {
        clearInterval(timer);
        response.end();
      }
    }, 60);
  };
  const fetcher = files({ stalledAfterMs: 200 });
  expect((await fetcher.get(one, 'whole')).size).toBe(5);
  answer = (_, response) => response.write('x');
  await expect(fetcher.get(two, 'whole')).rejects.toMatchObject({ code: 'unavailable' });
});

it('tells who downloads how much has come', async () => {
  answer = (_, response) => {
    response.write('12345');
    setTimeout(() => response.end('678'), 50);
  };
  const told: number[] = [];
  const { signal } = new AbortController();
  const blob = await files().download(one, { signal, onBytes: (soFar) => told.push(soFar) });
  expect(await blob.text()).toBe('12345678');
  expect(told).toEqual([0, 5, 8]);
});

it('ends a download that is called off, and nothing else', async () => {
  const fetcher = files();
  const ended: number[] = [];
  answer = (_, response) => {
    const number = asked.length;
    response.on('close', () => ended.push(number));
    response.write('x');
  };
  const controller = new AbortController();
  let isComing = false;
  const onBytes = (soFar: number) => (isComing ||= soFar > 0);
  const watched = fetcher.download(one, { signal: controller.signal, onBytes });
  const other = fetcher.get(one, 'whole').catch(() => 'ended with the account');
  await vi.waitFor(() => {
    expect([isComing, asked.length]).toEqual([true, 2]);
  });
  controller.abort(new Error('called off'));
  await expect(watched).rejects.toThrow('called off');
  await vi.waitFor(() => {
    expect(ended).toHaveLength(1);
  });
  fetcher.stop();
  expect(await other).toBe('ended with the account');
});

it('does not hold more than a thumbnail may have, nor more of a problem than is read', async () => {
  const part = Buffer.alloc(1024 ** 2);
  answer = (request, response) => {
    response.writeHead(request.url?.endsWith('thumbnail') ? 200 : 500);
    const more = () => {
      while (!response.destroyed && response.write(part)) continue;
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  };
  await expect(files().get(one, 'thumbnail')).rejects.toMatchObject({ code: 'too_large' });
  await expect(files().get(one, 'whole')).rejects.toMatchObject({ code: 'too_large' });
});

it('ends what is under way when the account stops, and asks nothing after it', async () => {
  const fetcher = files();
  answer = () => undefined;
  const ended = expect(fetcher.get(one, 'whole')).rejects.toMatchObject({ code: 'unavailable' });
  await vi.waitFor(() => {
    expect(asked).toHaveLength(1);
  });
  fetcher.stop();
  await ended;
  await expect(fetcher.get(two, 'whole')).rejects.toMatchObject({ code: 'unavailable' });
  expect(asked).toHaveLength(1);
});
