import { Decoder, Encoder, type Packet } from 'socket.io-parser';

/**
 * Socket.IO's own packet format, version 5, without a search of every object for binary parts: Parley sends
 * none, and the search costs more than the serialising.
 */
class TextEncoder extends Encoder {
  override encode({ type, nsp, id, data }: Packet): string[] {
    const namespace = nsp === '/' ? '' : `${nsp},`;
    const json = data === undefined ? '' : JSON.stringify(data);
    return [`${type}${namespace}${id ?? ''}${json}`];
  }
}

export const textParser = { Encoder: TextEncoder, Decoder };
