/** The client's side of RFC 6455: text frames, no compression. */
import { Connection, contains } from './connection.ts';

const mask = [0x37, 0xfa, 0x21, 0x3d] as const;
const opcodes = { text: 1, ping: 9, pong: 10 } as const;

/** A masked frame, as clients must send them. */
export function clientFrame(text: string, opcode: number = opcodes.text): Buffer {
  const length = Buffer.byteLength(text);
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + 4 + length);
  frame[0] = 0x80 | opcode;
  if (head === 2) frame[1] = 0x80 | length;
  else if (head === 4) {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 0x80 | 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  for (let at = 0; at < 4; at += 1) frame[head + at] = mask[at & 3] ?? 0;
  frame.write(text, head + 4, 'utf8');
  for (let at = 0; at < length; at += 1) {
    const place = head + 4 + at;
    frame[place] = (frame[place] ?? 0) ^ (mask[at & 3] ?? 0);
  }
  return frame;
}

type Frame = { opcode: number; start: number; end: number };

/** The frame that begins at `at`, or null when it is not all there. */
function readFrame(bytes: Buffer, at: number, available: number): Frame | null {
  if (at + 2 > available) return null;
  let length = (bytes[at + 1] ?? 0) & 127;
  let start = at + 2;
  if (length === 126) {
    if (at + 4 > available) return null;
    length = bytes.readUInt16BE(at + 2);
    start = at + 4;
  } else if (length === 127) {
    if (at + 10 > available) return null;
    length = Number(bytes.readBigUInt64BE(at + 2));
    start = at + 10;
  }
  if (start + length > available) return null;
  return { opcode: (bytes[at] ?? 0) & 15, start, end: start + length };
}

export class WebSocketConnection extends Connection {
  #isUpgrading = false;
  /** Chunks of a frame that is not all there, and how many bytes they are. */
  #parts: Buffer[] = [];
  #partsLength = 0;

  async upgrade(path: string): Promise<void> {
    await this.open();
    this.#isUpgrading = true;
    const answered = this.waitFor('upgrade', contains('\r\n\r\n'));
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${this.port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    this.write(`${lines.join('\r\n')}\r\n\r\n`);
    const answer = await answered;
    if (!answer.startsWith('HTTP/1.1 101')) throw new Error(`no upgrade: ${answer.slice(0, 200)}`);
  }

  protected override onChunk(bytes: Buffer, length: number): void {
    if (!this.#isUpgrading) {
      this.#onFrames(bytes, 0, length);
      return;
    }
    const end = bytes.subarray(0, length).indexOf('\r\n\r\n');
    if (end < 0) {
      this.feedText(bytes, 0, length);
      return;
    }
    this.#isUpgrading = false;
    this.feedText(bytes, 0, end + 4);
    // Frames may follow in the same chunk.
    this.#onFrames(bytes, end + 4, length);
  }

  #onFrames(chunk: Buffer, from: number, to: number): void {
    let bytes = chunk;
    let at = from;
    let available = to;
    if (this.#parts.length > 0) {
      this.#parts.push(Buffer.from(chunk.subarray(from, to)));
      this.#partsLength += to - from;
      if (this.#partsLength < this.#neededLength()) return;
      bytes = Buffer.concat(this.#parts, this.#partsLength);
      at = 0;
      available = bytes.length;
      this.#parts = [];
      this.#partsLength = 0;
    }
    for (let frame = readFrame(bytes, at, available); frame !== null;) {
      this.#onFrame(bytes, frame);
      at = frame.end;
      frame = readFrame(bytes, at, available);
    }
    if (at >= available) return;
    this.#parts = [Buffer.from(bytes.subarray(at, available))];
    this.#partsLength = available - at;
  }

  /** Bytes of the frame that waits for its end: a long one must not be joined at every chunk. */
  #neededLength(): number {
    const [first] = this.#parts;
    if (!first || first.length < 10) return 0;
    const length = (first[1] ?? 0) & 127;
    if (length === 126) return 4 + first.readUInt16BE(2);
    return length === 127 ? 10 + Number(first.readBigUInt64BE(2)) : 2 + length;
  }

  #onFrame(bytes: Buffer, { opcode, start, end }: Frame): void {
    if (opcode <= 2) this.onMessage(bytes, start, end);
    else if (opcode === opcodes.ping) {
      this.write(clientFrame(bytes.toString('latin1', start, end), opcodes.pong));
    }
  }

  protected onMessage(bytes: Buffer, start: number, end: number): void {
    this.sink.scan(this.recipient, bytes, start, end);
  }

  protected sendText(text: string): void {
    this.write(clientFrame(text));
  }
}
