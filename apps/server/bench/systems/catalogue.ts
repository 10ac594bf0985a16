/** All systems by name. */
import { BareSocketIo } from './bare-socket-io.ts';
import { BareWs, BareWs10ms } from './bare-ws.ts';
import { Ejabberd } from './ejabberd.ts';
import { Ngircd } from './ngircd.ts';
import { Parley } from './parley.ts';
import { Prosody } from './prosody.ts';
import { StoredSocketIo } from './stored-socket-io.ts';
import type { System } from './system.ts';

export const systemNames = [
  'parley',
  'bare-ws',
  'bare-ws-10ms',
  'bare-socket-io',
  'yardstick-socket-io',
  'tutorial-socket-io',
  'ejabberd',
  'prosody',
  'ngircd',
] as const;
export type SystemName = (typeof systemNames)[number];

/** A system that has not been started. */
export function makeSystem(name: SystemName): System {
  switch (name) {
    case 'parley':
      return new Parley();
    case 'bare-ws':
      return new BareWs();
    case 'bare-ws-10ms':
      return new BareWs10ms();
    case 'bare-socket-io':
      return new BareSocketIo();
    case 'yardstick-socket-io':
      return new StoredSocketIo(
        'yardstick-socket-io.ts',
        'Socket.IO with one writer that commits in groups (Postgres)',
      );
    case 'tutorial-socket-io':
      return new StoredSocketIo(
        'tutorial-socket-io.ts',
        'Socket.IO with one INSERT a message (Postgres)',
      );
    case 'ejabberd':
      return new Ejabberd();
    case 'prosody':
      return new Prosody();
    case 'ngircd':
      return new Ngircd();
  }
}
