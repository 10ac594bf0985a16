import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer, type Server } from 'node:tls';
import type { TestCertificate } from '../../test/certificate.ts';

/** Takes TLS from a server's hands, as a company's proxy does, and counts what reaches it in plain. */
export class TlsFront {
  readonly url: string;
  /** Connections on which anything at all was sent. */
  used = 0;
  readonly #server: Server;
  readonly #open: Set<Socket>;

  private constructor(server: Server, open: Set<Socket>) {
    this.#server = server;
    this.#open = open;
    this.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(certificate: TestCertificate, behind: string): Promise<TlsFront> {
    const open = new Set<Socket>();
    const { port } = new URL(behind);
    const server = createServer(certificate, (secure) => {
      secure.once('data', () => (front.used += 1));
      const plain = connect(Number(port), '127.0.0.1');
      for (const [one, other] of [
        [secure, plain],
        [plain, secure],
      ] as const) {
        open.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          open.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
    // A client that does not trust the certificate hangs up.
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const front = new TlsFront(server, open);
    return front;
  }

  /** Shows another one from now on; what was connected is not any more. */
  use(certificate: TestCertificate): void {
    this.#server.setSecureContext(certificate);
    for (const socket of this.#open) socket.destroy();
    this.used = 0;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await closed;
  }
}
