/** What the systems have in common that store nothing and know no accounts. */
import type { Sink } from '../marker.ts';
import type { Started } from '../processes.ts';
import type {
  ChannelHandle,
  ChannelPlan,
  Client,
  Place,
  System,
  Traits,
  Visitor,
} from './system.ts';

export abstract class MemoryChat implements System {
  abstract readonly traits: Traits;
  protected server: Started | null = null;
  #lastChannel = 0;

  abstract start(place: Place): Promise<void>;
  abstract connect(visitor: Visitor, sink: Sink): Promise<Client>;

  async stop(): Promise<void> {
    await this.server?.stop();
  }

  serverPids(): number[] {
    return this.server ? [this.server.pid] : [];
  }

  databasePids(): number[] {
    return [];
  }

  signUp(_count: number): Promise<void> {
    return Promise.resolve();
  }

  createChannels(plans: readonly ChannelPlan[]): Promise<ChannelHandle[]> {
    return Promise.resolve(plans.map(() => String((this.#lastChannel += 1))));
  }

  prepareSignIns(_users: readonly number[], _session: number): Promise<void> {
    return Promise.resolve();
  }

  storedMessages(): Promise<null> {
    return Promise.resolve(null);
  }

  seed(_channel: ChannelHandle, _count: number): Promise<void> {
    return Promise.reject(noArchive());
  }
}

export function noArchive(): Error {
  return new Error('this system stores nothing');
}
