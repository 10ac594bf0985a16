import { beforeEach, expect, it } from 'vitest';
import { confineRequests, type WebRequest } from './page-requests.ts';

type Listener = Parameters<WebRequest['onBeforeRequest']>[1];

let listener: Listener;
let looks: string[];
let isTrusted: boolean;
let clock: number;
let urls: string[];

beforeEach(() => {
  [looks, isTrusted, clock, urls] = [[], true, 0, []];
  confineRequests(
    {
      onBeforeRequest: (filter, given) => {
        urls = filter.urls;
        listener = given;
      },
    },
    {
      network: {
        mayConnect: (url) => {
          looks.push(url);
          return Promise.resolve(isTrusted);
        },
      },
      servers: () => ['', 'https://chat.example.com', 'http://10.0.0.7:8080'],
      now: () => clock,
    },
  );
});

const mayAsk = (url: string) =>
  new Promise<boolean>((resolve) => {
    listener({ url }, ({ cancel }) => {
      resolve(cancel !== true);
    });
  });

it('lets the page ask for files of the servers that somebody is at, and for nothing else', async () => {
  expect(urls).toEqual(['wss://*/*', 'http://*/*', 'https://*/*']);
  for (const url of [
    'https://chat.example.com/api/v1/files',
    'https://chat.example.com/api/v1/files/01920000/thumbnail',
    'http://10.0.0.7:8080/api/v1/files/01920000',
  ]) {
    expect(await mayAsk(url), url).toBe(true);
  }
  for (const url of [
    'https://chat.example.com/api/v1/message.post',
    'https://chat.example.com/api/v1/filesystem',
    'https://chat.example.com/api/v1/files/../message.post',
    'https://chat.example.com:8443/api/v1/files/01920000',
    'http://chat.example.com/api/v1/files/01920000',
    'https://chat.example.com.evil.example/api/v1/files/01920000',
    'https://ada@chat.example.com/api/v1/files/01920000',
    'https://evil.example/api/v1/files/01920000',
    'http://127.0.0.1/data',
  ]) {
    expect(await mayAsk(url), url).toBe(false);
  }
});

it('looks at a certificate first, once for many files, and at each connection', async () => {
  await mayAsk('https://chat.example.com/api/v1/files/1/thumbnail');
  await mayAsk('https://chat.example.com/api/v1/files/2/thumbnail');
  expect(looks).toHaveLength(1);
  clock += 60_000;
  await mayAsk('https://chat.example.com/api/v1/files/3/thumbnail');
  expect(looks).toHaveLength(2);
  await mayAsk('wss://chat.example.com/live');
  await mayAsk('wss://chat.example.com/live');
  expect(looks).toHaveLength(4);
});

it('asks nothing of a server whose certificate is not trusted', async () => {
  isTrusted = false;
  expect(await mayAsk('https://chat.example.com/api/v1/files/1')).toBe(false);
  expect(await mayAsk('wss://chat.example.com/live')).toBe(false);
  isTrusted = true;
  expect(await mayAsk('https://chat.example.com/api/v1/files/1')).toBe(true);
});
