import { Decoder, Encoder, type Packet } from 'socket.io-parser';

/**
 * Socket.IO's own packet format, version 5, without a search of every object for binary parts: Parley sends
 * none, and the search costs more than the serialising.
 */
class TextEncoder extends Encoder {
  override encode({ type, nsp, id, data }: Packet): string[] {
    const namespace = nsp === '/' ? '' : `${nsp},`;
    const json =
      data === undefined ? '' : data instanceof Array ? listJson(data) : JSON.stringify(data);
    return [`${type}${namespace}${id ?? ''}${json}`];
  }
}

/** Something among the arguments of a packet that is JSON already. */
export class RawJson {
  readonly json: string;

  constructor(json: string) {
    this.json = json;
  }
}

function listJson(list: unknown[]): string {
  const [first] = list;
  return first instanceof RawJson && list.length === 1 ? `[${first.json}]` : JSON.stringify(list);
}

export const textParser = { Encoder: TextEncoder, Decoder };
