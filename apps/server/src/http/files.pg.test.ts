import { randomBytes, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deriveOpenApi } from '@parley/shared/protocol/derive.ts';
import type { File } from '@parley/shared/protocol/file.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { Conversations } from '../../test/conversations.ts';
import { call, startTestServer, type TestServer } from '../../test/server.ts';
import { fetchFile, text, upload, type Content } from '../../test/uploads.ts';
import { savedAs } from './files.ts';

let server: TestServer;
let talk: Conversations;
let mia: SignedIn;
let max: SignedIn;
let gil: SignedIn;

beforeAll(async () => {
  server = await startTestServer();
  talk = new Conversations(server);
  mia = await server.register('mia');
  max = await server.register('max');
  gil = await server.register('gil', 'guest');
});
afterAll(() => server.close());

/** Posts a new file of `who` in the channel. */
async function posted(who: SignedIn, channelId: string) {
  const file = await upload(server, who);
  const { message } = await talk.ask(who, 'message.post', {
    ...{ channelId, text: 'see this', nonce: randomUUID(), fileIds: [file.id] },
  });
  return { file, message };
}

const whats = ['', '/thumbnail', '/info'] as const;
/** What each is answered who asks for the file, the thumbnail and the info. */
async function answers(file: File, people: (SignedIn | null)[]): Promise<number[][]> {
  return Promise.all(
    people.map((who) =>
      Promise.all(
        whats.map(async (what) => (await fetchFile(server, who, file.id, { what })).status),
      ),
    ),
  );
}
const [there, gone, unknown] = [
  [200, 404, 200],
  [404, 404, 404],
  [401, 401, 401],
];

describe('who may have a file', () => {
  it('before it is sent: who uploaded it', async () => {
    const file = await upload(server, mia);
    const everybody = [mia, max, server.owner, gil, null];
    expect(await answers(file, everybody)).toEqual([there, gone, gone, gone, unknown]);
  });

  it('in a public channel: whoever may read it; guests where they are in', async () => {
    const { id } = await talk.channel(mia, 'public');
    const { file } = await posted(mia, id);
    expect(await answers(file, [mia, max, server.owner, gil])).toEqual([there, there, there, gone]);
    await talk.ask(mia, 'channel.addMembers', { channelId: id, userIds: [gil.user.id] });
    expect(await answers(file, [gil])).toEqual([there]);
  });

  it('in a private channel: those who are in, as long as they are', async () => {
    const { id } = await talk.channel(mia, 'private', [max, gil]);
    const { file } = await posted(mia, id);
    expect(await answers(file, [mia, max, gil, server.owner])).toEqual([there, there, there, gone]);
    const place = { channelId: id, userId: max.user.id };
    await talk.ask(mia, 'channel.removeMember', place);
    expect(await answers(file, [max])).toEqual([gone]);
    await talk.ask(gil, 'channel.leave', { channelId: id });
    expect(await answers(file, [gil, mia])).toEqual([gone, there]);
  });

  it('in a private channel: who uploaded it no longer than the others', async () => {
    const { id } = await talk.channel(mia, 'private', [max]);
    const { file } = await posted(max, id);
    expect(await answers(file, [max])).toEqual([there]);
    await talk.ask(mia, 'channel.removeMember', { channelId: id, userId: max.user.id });
    expect(await answers(file, [max, mia])).toEqual([gone, there]);
  });

  it('in a thread and in a direct conversation: the same', async () => {
    const { id } = await talk.direct(mia, [max]);
    const root = await talk.post(max, id, 'what is the plan?');
    const file = await upload(server, mia);
    await talk.ask(mia, 'message.post', {
      ...{
        channelId: id,
        text: '',
        nonce: randomUUID(),
        fileIds: [file.id],
        threadRootId: root.id,
      },
    });
    expect(await answers(file, [mia, max, server.owner])).toEqual([there, there, gone]);
  });

  it('nobody, once the message is deleted or the file is', async () => {
    const { id } = await talk.channel(mia, 'private', [max]);
    const first = await posted(mia, id);
    await talk.ask(mia, 'message.delete', { messageId: first.message.id });
    const second = await posted(mia, id);
    await talk.ask(mia, 'file.delete', { fileId: second.file.id });
    for (const { file } of [first, second]) {
      expect(await answers(file, [mia, max, server.owner])).toEqual([gone, gone, gone]);
    }
  });

  it('nobody whose session has ended or who was deactivated', async () => {
    const { id } = await talk.channel(mia, 'public');
    const { file } = await posted(mia, id);
    const [kim, tom] = [await server.register('kim'), await server.register('tom')];
    expect(await answers(file, [kim, tom])).toEqual([there, there]);
    await talk.ask(kim, 'session.end', {});
    await call(server.url, server.owner.accessToken, 'user.deactivate', { userId: tom.user.id });
    expect(await answers(file, [kim, tom])).toEqual([unknown, unknown]);
  });

  it('what is not there and what is not theirs is the same answer', async () => {
    const { id } = await talk.channel(mia, 'private');
    const { file } = await posted(mia, id);
    const bodies = await Promise.all(
      [file.id, randomUUID(), 'no-id', '..%2f..%2fetc%2fpasswd'].map(async (fileId) => {
        const answer = await fetchFile(server, max, fileId);
        return [answer.status, answer.headers.get('cache-control'), await answer.text()];
      }),
    );
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    expect(bodies[0]?.[0]).toBe(404);
  });

  it('nobody, where the disk has lost it', async () => {
    const file = await upload(server, mia);
    await rm(join(server.filesFolder, file.id.slice(-2), file.id));
    expect((await fetchFile(server, mia, file.id)).status).toBe(404);
  });
});

describe('what is sent', () => {
  const content: Content = new Uint8Array(randomBytes(200_000));
  let file: File;
  beforeAll(async () => {
    file = await upload(server, mia, { name: 'Übersicht "Q3".bin', content });
  });
  const get = (headers: Record<string, string> = {}, method = 'GET') =>
    fetchFile(server, mia, file.id, { headers, method });

  it('is all of it, to be saved, and asked for again each time', async () => {
    const answer = await get();
    expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-cache',
      'content-disposition': `attachment; filename="_bersicht _Q3_.bin"; filename*=UTF-8''%C3%9Cbersicht%20_Q3_.bin`,
      'content-length': '200000',
      'content-security-policy': "sandbox; default-src 'none'",
      'content-type': 'application/octet-stream',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': '*',
      etag: `"${file.id}"`,
    });
  });

  it('is the part that is asked for', async () => {
    const part = await get({ range: 'bytes=100000-', 'if-range': `"${file.id}"` });
    expect([part.status, part.headers.get('content-range')]).toEqual([
      206,
      'bytes 100000-199999/200000',
    ]);
    expect(Buffer.from(await part.arrayBuffer()).equals(content.subarray(100_000))).toBe(true);
    expect((await get({ range: 'bytes=200000-' })).status).toBe(416);
  });

  it('is nothing where the client has it, or asks only what it is', async () => {
    expect((await get({ 'if-none-match': `"${file.id}"` })).status).toBe(304);
    const head = await get({}, 'HEAD');
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '200000']);
  });

  it('is nothing of what a client has, who may have it no more', async () => {
    const { id } = await talk.channel(mia, 'private', [max]);
    const { file: shared } = await posted(mia, id);
    const again = () =>
      fetchFile(server, max, shared.id, { headers: { 'if-none-match': `"${shared.id}"` } });
    expect((await again()).status).toBe(304);
    await talk.ask(max, 'channel.leave', { channelId: id });
    expect((await again()).status).toBe(404);
  });

  it('is bounded for one person at a time', async () => {
    const large = await upload(server, max, { content: new Uint8Array(8 * 2 ** 20) });
    const open = await Promise.all(
      Array.from({ length: 40 }, () => fetchFile(server, max, large.id)),
    );
    const refused = open.filter(({ status }) => status === 503);
    expect(refused).toHaveLength(8);
    expect((await get()).status).toBe(200);
    for (const answer of open) await answer.body?.cancel();
    await expect.poll(async () => (await fetchFile(server, max, large.id)).status).toBe(200);
  });
});

describe('what could be carried out', () => {
  const html = '<!doctype html><script>fetch("/steal")</script>';
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
  it.each<[string, string, string]>([
    ['page.html', 'text/html', html],
    ['page.txt', 'text/html; charset=utf-8', html],
    ['image.svg', 'image/svg+xml', svg],
    ['image.svg', 'image/svg+xml', `<?xml version="1.0"?>${svg}`],
    ['image.png', 'image/png', svg],
    ['page.xhtml', 'application/xhtml+xml', `<?xml version="1.0"?><html/>`],
    ['script.js', 'text/javascript', 'alert(1)'],
    ['page.pdf.html', 'application/x-unknown', html],
    ['noted.txt', 'text/plain\r\nx-evil: 1', html],
    ['bin.txt', 'text/plain', 'a\0b'],
  ])('%s, declared as %s, is bytes to be saved', async (name, type, content) => {
    const file = await upload(server, mia, { name, type, content: text(content) });
    expect(file).toMatchObject({ mediaType: 'application/octet-stream', hasThumbnail: false });
    const answer = await fetchFile(server, mia, file.id);
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment;/);
    expect(answer.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'");
    expect((await fetchFile(server, mia, file.id, { what: '/thumbnail' })).status).toBe(404);
  });

  it('a picture that is a page as well is sent as a picture to be saved', async () => {
    const gif = Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=', 'base64');
    const content = new Uint8Array(Buffer.concat([gif, Buffer.from(html)]));
    const file = await upload(server, mia, { name: 'x.html', type: 'text/html', content });
    expect(file.mediaType).toBe('image/gif');
    const answer = await fetchFile(server, mia, file.id);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment;/);
  });
});

it('a picture has its size, its blur and a small one without what the camera wrote', async () => {
  const content = await sharp({
    create: { width: 1_600, height: 900, channels: 3, background: '#2080c0' },
  })
    .withExif({ IFD3: { GPSLatitude: '52/1 31/1 12/1', GPSLatitudeRef: 'N' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  expect(content.includes('Exif')).toBe(true);
  const file = await upload(server, mia, {
    ...{ name: 'photo.jpg', type: 'image/jpeg', content: new Uint8Array(content) },
  });
  expect(file).toMatchObject({
    mediaType: 'image/jpeg',
    width: 900,
    height: 1_600,
    hasThumbnail: true,
  });
  expect(file.blurhash).toMatch(/^\S{20,}$/);
  const answer = await fetchFile(server, mia, file.id, { what: '/thumbnail' });
  expect(answer.headers.get('content-type')).toBe('image/webp');
  expect(answer.headers.get('etag')).not.toBe(`"${file.id}"`);
  const thumbnail = Buffer.from(await answer.arrayBuffer());
  expect(thumbnail.subarray(8, 12).toString()).toBe('WEBP');
  expect(thumbnail.includes('EXIF')).toBe(false);
  expect(thumbnail.length).toBeLessThan(content.length);
});

it.each([
  ['a.txt', `attachment; filename="a.txt"; filename*=UTF-8''a.txt`],
  [
    "it's (1)*.txt",
    `attachment; filename="it's (1)*.txt"; filename*=UTF-8''it%27s%20%281%29%2A.txt`,
  ],
  ['100%.txt', `attachment; filename="100_.txt"; filename*=UTF-8''100%25.txt`],
  ['🎈.png', `attachment; filename="_.png"; filename*=UTF-8''%F0%9F%8E%88.png`],
])('%s is saved under its name', (name, header) => {
  expect(savedAs(name)).toBe(header);
});

it('everything that OpenAPI says of files is there, for who has signed in', async () => {
  const { paths } = deriveOpenApi() as { paths: Record<string, Record<string, unknown>> };
  const described = Object.entries(paths)
    .filter(([path]) => path.startsWith('/api/v1/files'))
    .flatMap(([path, { parameters: _, ...operations }]) =>
      Object.keys(operations).map((verb) => ({ path, verb })),
    );
  expect(described.map(({ verb }) => verb).sort()).toEqual([
    'delete',
    'get',
    'get',
    'get',
    'head',
    'patch',
    'post',
  ]);
  const address = (path: string) => server.url + path.replace('{fileId}', randomUUID());
  const asked = await Promise.all(
    described.map(async ({ path, verb }) => {
      const answer = await fetch(address(path), { method: verb.toUpperCase() });
      return [path, verb, answer.status];
    }),
  );
  expect(asked).toEqual(described.map(({ path, verb }) => [path, verb, 401]));
  const elsewhere = await fetch(address('/api/v1/files/{fileId}/other'));
  expect(elsewhere.status).toBe(404);
});
