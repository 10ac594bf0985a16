import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Manifest } from '@parley/shared/updates/manifest.ts';
import type { SigningKey } from '../../../packages/shared/test/manifests.ts';
import { manifestOf } from '../../../packages/shared/test/manifests.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that offers releases as the company's does; each answer can be another one than it should be. */
export class FeedServer {
  /** What was asked for, as path and query. */
  readonly asked: string[] = [];
  /** Instead of what it would answer. */
  onFeed: Answer | null = null;
  onFile: Answer | null = null;
  #offer: string | null = null;
  readonly #files = new Map<string, Buffer>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const path = request.url ?? '';
      this.asked.push(path);
      if (path.startsWith('/updates/files/')) {
        (this.onFile ?? this.sendFile)(request, response);
      } else if (path.startsWith('/updates/')) (this.onFeed ?? this.#sendFeed)(request, response);
      else response.writeHead(404).end();
    });
  }

  static async start(): Promise<FeedServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FeedServer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Of the requests, those for files. */
  get fetched(): string[] {
    return this.asked.filter((path) => path.startsWith('/updates/files/'));
  }

  /** Offers a version whose AppImage has this content. Returns the manifest. */
  publish(
    content: Buffer,
    key: SigningKey,
    changes: Partial<Manifest> & { version: string },
  ): Manifest {
    const file = fileOf(content, `Parley-${changes.version}-linux-x86_64.AppImage`);
    const manifest = manifestOf({
      platform: 'linux',
      arch: process.arch === 'arm64' ? 'arm64' : 'x64',
      files: [file],
      ...changes,
    });
    this.#files.set(file.sha512, content);
    const bytes = Buffer.from(JSON.stringify(manifest));
    this.offer(bytes, [key.sign(bytes)]);
    return manifest;
  }

  /** Offers these bytes, whatever they are. */
  offer(bytes: Uint8Array, signatures: unknown[]): void {
    const manifest = Buffer.from(bytes).toString('base64');
    this.#offer = JSON.stringify({ manifest, signatures });
  }

  withdraw(): void {
    this.#offer = null;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The file that is asked for, or the part of it. */
  readonly sendFile: Answer = ({ url, headers }, response) => {
    const content = this.#files.get(url?.split('/')[3] ?? '');
    if (!content) {
      response.writeHead(404).end();
      return;
    }
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    if (from > 0) {
      response.setHeader('content-range', `bytes ${from}-${content.length - 1}/${content.length}`);
    }
    response.setHeader('content-length', content.length - from);
    response.writeHead(from > 0 ? 206 : 200).end(content.subarray(from));
  };

  readonly #sendFeed: Answer = (_request, response) => {
    if (this.#offer === null) response.writeHead(204).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(this.#offer);
  };
}

export function fileOf(content: Buffer, name: string): Manifest['files'][number] {
  const sha512 = createHash('sha512').update(content).digest('hex');
  return { name, kind: 'appimage', size: content.length, sha512 };
}

/** Sends so much of a content, claims that there is all of it, and breaks off. */
export function breakOffAfter(content: Buffer, bytes: number): Answer {
  return (_request, response) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, bytes), () => response.destroy());
  };
}

/** Sends without an end, as long as anybody listens. */
export const endless: Answer = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(65_536, 0x20);
  const send = () => {
    if (response.destroyed) return;
    if (response.write(chunk)) setImmediate(send);
    else response.once('drain', send);
  };
  send();
};
