import { stat } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { File } from '@parley/shared/protocol/file.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';

type Reached = { url: string };
export type Content = Uint8Array<ArrayBuffer>;
type Named = { name?: string; type?: string; content?: Content };

const encoded = (text: string) => Buffer.from(text).toString('base64');

export const text = (words: string): Content => new TextEncoder().encode(words);

/** One request of tus, as any program would send it. */
export function tus(
  { url }: Reached,
  who: SignedIn | null,
  method: 'POST' | 'HEAD' | 'PATCH' | 'DELETE',
  path: string,
  headers: Record<string, string> = {},
  body?: Content,
): Promise<Response> {
  return fetch(new URL(path, url), {
    method,
    headers: {
      'tus-resumable': '1.0.0',
      ...(who && { authorization: `Bearer ${who.accessToken}` }),
      ...headers,
    },
    ...(body && { body }),
    signal: AbortSignal.timeout(20_000),
  });
}

/** Begins an upload of so many bytes; resolves to the answer. */
export function beginUpload(
  server: Reached,
  who: SignedIn,
  bytes: number,
  { name = 'notes.txt', type = 'text/plain' }: Omit<Named, 'content'> = {},
): Promise<Response> {
  return tus(server, who, 'POST', '/api/v1/files', {
    'upload-length': String(bytes),
    'upload-metadata': `filename ${encoded(name)},filetype ${encoded(type)}`,
  });
}

export function patch(
  server: Reached,
  who: SignedIn,
  path: string,
  offset: number,
  content: Content,
): Promise<Response> {
  const headers = {
    'content-type': 'application/offset+octet-stream',
    'upload-offset': String(offset),
  };
  return tus(server, who, 'PATCH', path, headers, content);
}

/** Where an upload that began is. */
export function locationOf(answer: Response): string {
  const location = answer.headers.get('location');
  if (answer.status !== 201 || location === null) {
    throw new Error(`an upload did not begin: ${answer.status}`);
  }
  return location;
}

/** The file that an answer tells of, or null. */
export function fileIn(answer: Response): File | null {
  const header = answer.headers.get('parley-file');
  if (header === null) return null;
  return File.parse(JSON.parse(Buffer.from(header, 'base64').toString()));
}

/** Uploads all of a file at once. */
export async function upload(server: Reached, who: SignedIn, named: Named = {}): Promise<File> {
  const content = named.content ?? text('what was agreed');
  const begun = await beginUpload(server, who, content.length, named);
  const location = locationOf(begun);
  const answer = content.length === 0 ? begun : await patch(server, who, location, 0, content);
  const file = fileIn(answer);
  if (!file) throw new Error(`an upload did not end: ${answer.status} ${await answer.text()}`);
  return file;
}

/** Asks for something of a file. */
export function fetchFile(
  { url }: Reached,
  who: SignedIn | null,
  fileId: Id,
  { what = '', ...init }: RequestInit & { what?: '' | '/thumbnail' | '/info' } = {},
): Promise<Response> {
  const headers = new Headers(init.headers);
  if (who) headers.set('authorization', `Bearer ${who.accessToken}`);
  return fetch(`${url}/api/v1/files/${fileId}${what}`, { ...init, headers });
}

/** A part of an upload whose body comes as the test lets it. */
export type OpenPatch = {
  write(content: Content): void;
  /** The connection breaks. */
  cut(): void;
  /** The status of the answer; null where none came. */
  answered: Promise<number | null>;
};

/** Begins to send a part of so many bytes. */
export function openPatch(
  { url }: Reached,
  who: SignedIn,
  { path, offset, bytes }: { path: string; offset: number; bytes: number },
): OpenPatch {
  const sent = request(new URL(path, url), {
    method: 'PATCH',
    headers: {
      'tus-resumable': '1.0.0',
      authorization: `Bearer ${who.accessToken}`,
      'content-type': 'application/offset+octet-stream',
      'upload-offset': String(offset),
      'content-length': String(bytes),
    },
  });
  const answered = new Promise<number | null>((resolve) => {
    sent.once('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? null);
    });
    sent.once('error', () => {
      resolve(null);
    });
    sent.once('close', () => {
      resolve(null);
    });
  });
  sent.flushHeaders();
  return {
    answered,
    write: (content) => void sent.write(content),
    cut: () => void sent.destroy(),
  };
}

/** Waits until the server has so much of an upload, by what is on its disk. */
export async function untilOnDisk(folder: string, fileId: Id, bytes: number): Promise<void> {
  const path = join(folder, fileId.slice(-2), fileId);
  const latest = Date.now() + 10_000;
  for (;;) {
    const size = await stat(path).then(
      (found) => found.size,
      () => -1,
    );
    if (size === bytes) return;
    if (Date.now() > latest) throw new Error(`in vain: ${size} bytes are on the disk`);
    await delay(20);
  }
}
