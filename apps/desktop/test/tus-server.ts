import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { aFile } from './files.ts';

type Upload = { name: string; type: string; length: number; bytes: Buffer };

/** What becomes of a request before the server has looked at it; null: it is answered. */
export type Fault =
  | null
  | 'stall'
  | { cutAfter: number }
  /** It is carried out, and the answer lost. */
  | 'loseAnswer'
  | { status: number; body?: object; headers?: Record<string, string> };

export type Asked = { method: string; path: string; authorization: string; metadata: string };

/**
 * The files of a server as far as a client sees them, by tus 1.0.0, with a network that does what a test says. The real
 * one is in attachments.pg.test.ts.
 */
export class TusServer {
  readonly uploads = new Map<string, Upload>();
  readonly asked: Asked[] = [];
  fault: (asked: Asked) => Fault = () => null;
  /** Where the server says that an upload is. */
  locationOf = (id: string) => `/api/v1/files/${id}`;
  tellsFile = true;
  readonly #server: Server;
  url = '';

  private constructor() {
    this.#server = createServer((request, response) => {
      const { socket } = request;
      this.#answer(request, response).catch(() => socket.destroy());
    });
  }

  static async start(): Promise<TusServer> {
    const server = new TusServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    const { port } = server.#server.address() as AddressInfo;
    server.url = `http://127.0.0.1:${port}`;
    return server;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  methods(): string[] {
    return this.asked.map(({ method }) => method);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    const asked = {
      method,
      path,
      authorization: headers.authorization ?? '',
      metadata: String(headers['upload-metadata'] ?? ''),
    };
    this.asked.push(asked);
    const fault = this.fault(asked);
    if (fault === 'stall') {
      request.resume();
      return;
    }
    if (fault !== null && typeof fault === 'object' && 'status' in fault) {
      request.resume();
      await once(request, 'end');
      response.writeHead(fault.status, fault.headers).end(JSON.stringify(fault.body ?? {}));
      return;
    }
    const upload = this.uploads.get(path.split('/')[4] ?? '');
    const cutAfter = fault !== null && typeof fault === 'object' ? fault.cutAfter : Infinity;
    const chunks: Buffer[] = [];
    let came = upload?.bytes.length ?? 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      came += chunk.length;
      if (came >= cutAfter) break;
    }
    if (method === 'PATCH' && upload) upload.bytes = Buffer.concat([upload.bytes, ...chunks]);
    if (came >= cutAfter) throw new Error('cut');
    const answer = this.#result(asked, headers, upload);
    if (fault === 'loseAnswer') throw new Error('lost');
    response.writeHead(answer.status, { 'tus-resumable': '1.0.0', ...answer.headers });
    response.end(answer.body);
  }

  #result(
    { method, path, metadata }: Asked,
    headers: IncomingMessage['headers'],
    upload: Upload | undefined,
  ): { status: number; headers?: Record<string, string>; body?: string } {
    const id = path.split('/')[4] ?? '';
    if (method === 'POST') {
      const made = randomUUID();
      const fields = new Map(metadata.split(',').map((each) => decoded(each)));
      const length = Number(headers['upload-length']);
      const [name = '', type = ''] = [fields.get('filename'), fields.get('filetype')];
      this.uploads.set(made, { name, type, length, bytes: Buffer.alloc(0) });
      const told = length === 0 ? this.#told(made) : {};
      return { status: 201, headers: { location: this.locationOf(made), ...told } };
    }
    if (!upload) return { status: 404, body: '' };
    if (method === 'DELETE') {
      this.uploads.delete(id);
      return { status: 204 };
    }
    if (path.endsWith('/info')) return { status: 200, body: JSON.stringify(this.#file(id)) };
    const offset = { 'upload-offset': String(upload.bytes.length) };
    if (method === 'HEAD') {
      return { status: 200, headers: { ...offset, 'upload-length': String(upload.length) } };
    }
    const isWhole = upload.bytes.length === upload.length;
    return { status: 204, headers: { ...offset, ...(isWhole && this.#told(id)) } };
  }

  #told(id: string): Record<string, string> {
    if (!this.tellsFile) return {};
    const json = JSON.stringify(this.#file(id));
    return { 'parley-file': Buffer.from(json).toString('base64') };
  }

  #file(id: string) {
    const { name = '', length = 0 } = this.uploads.get(id) ?? {};
    return aFile(id, { name, bytes: length });
  }
}

function decoded(field: string): [string, string] {
  const [key = '', value = ''] = field.split(' ');
  return [key, Buffer.from(value, 'base64').toString('utf8')];
}
