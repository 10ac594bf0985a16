import { createSubscriber } from 'svelte/reactivity';
import type { Event } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Access, Bridge, CallOutput, Settings } from '../../bridge/bridge.ts';
import { failureOf, messages } from '../messages.ts';
import { Client, type State } from '../sync/client.ts';
import { openIndexedDbStorage } from '../sync/indexed-db-storage.ts';
import { createMemoryStorage, type Storage } from '../sync/storage.ts';
import { toasts } from '../ui/toasts.svelte.ts';
import { accountIn, type Account } from './account.ts';
import { reportTrouble } from './trouble.ts';

export type AppInfo = CallOutput<'app.info'>;

export type Phase =
  | { kind: 'starting' }
  | { kind: 'signedOut'; notice: string | null }
  | { kind: 'signedIn'; client: Client; account: Account };

type EventListener = (event: Event, after: State) => void;

/** The life of the app on this device: who is signed in, with what settings. */
export class Session {
  phase = $state.raw<Phase>({ kind: 'starting' });
  readonly bridge: Bridge;
  readonly info: AppInfo;
  settings: Settings;
  #listeners: readonly EventListener[] = [];
  #storage: Storage | null = null;

  constructor(bridge: Bridge, info: AppInfo, settings: Settings) {
    this.bridge = bridge;
    this.info = info;
    this.settings = $state.raw(settings);
    bridge.on('session.ended', () => void this.#ended());
    bridge.on('settings.changed', (changed) => (this.settings = changed));
  }

  /** Paints what was kept of the last person here, or asks who is signed in. */
  async start(): Promise<void> {
    const account = accountIn(this.settings);
    if (account) {
      await this.#enter(account);
      return;
    }
    try {
      const access = await this.bridge.call('session.access', { minValidMs: 0 });
      if (access) await this.#enter(access);
      else this.phase = { kind: 'signedOut', notice: null };
    } catch (error) {
      // Without the server nobody can be signed in; the form says so and tries again.
      if (failureOf(error)?.code !== 'unavailable') reportTrouble('no session could be had', error);
      this.phase = { kind: 'signedOut', notice: null };
    }
  }

  async opened(access: Access): Promise<void> {
    if (access.protectedBy === 'memory') toasts.show(messages.signIn.memoryOnly);
    await this.#enter(access);
  }

  /** Signs out here: the server forgets this device, and this device everything of the account. */
  async signOut(): Promise<void> {
    if (this.phase.kind !== 'signedIn') return;
    const { client } = this.phase;
    this.changeSettings({ lastUserId: null });
    this.phase = { kind: 'signedOut', notice: messages.signIn.ended.signedOut };
    await client.stop();
    await this.#storage?.wipe();
    this.#storage = null;
    try {
      await this.bridge.call('session.close', {});
    } catch (error) {
      // The tokens are gone from here in any case; the server ends the session when it expires.
      reportTrouble('the server was not told of the sign-out', error);
    }
  }

  changeSettings(change: Partial<Settings>): void {
    const before = this.settings;
    this.settings = { ...before, ...change };
    this.bridge.call('settings.set', change).then(
      (settings) => (this.settings = settings),
      (error: unknown) => {
        this.settings = before;
        reportTrouble('a setting could not be kept', error);
      },
    );
  }

  /** Tells of every event from the server, once. Returns what ends the telling. */
  onEvent(listener: EventListener): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((each) => each !== listener);
    };
  }

  async #enter({ server, userId }: Account): Promise<void> {
    const account = { server, userId };
    this.changeSettings({ lastServer: server, lastUserId: userId });
    const storage = await openStorage(account);
    this.#storage = storage;
    const client = new Client({
      getAccess: (minValidMs) => this.#access(userId, minValidMs),
      storage,
      app: { name: `parley-${this.bridge.kind}`, version: this.info.version },
      createSubscriber,
      onEvent: (event, { after }) => {
        for (const listener of this.#listeners) listener(event, after);
      },
      onTrouble: reportTrouble,
    });
    await client.start();
    this.phase = { kind: 'signedIn', client, account };
    if (client.status.kind === 'ended') await this.#ended();
  }

  async #access(userId: Id, minValidMs: number): Promise<Access | null> {
    const access = await this.bridge.call('session.access', { minValidMs });
    // Another tab signed somebody else in: what is on screen here is not theirs.
    if (access && access.userId !== userId) {
      this.changeSettings({ lastUserId: null });
      location.reload();
      return null;
    }
    if (!access) void this.#ended();
    return access;
  }

  /** The session is over, by the server's word. Drafts and unsent words wait for the same person. */
  async #ended(): Promise<void> {
    if (this.phase.kind !== 'signedIn') {
      if (this.phase.kind === 'starting') this.changeSettings({ lastUserId: null });
      return;
    }
    const { client } = this.phase;
    this.changeSettings({ lastUserId: null });
    this.phase = { kind: 'signedOut', notice: messages.signIn.ended.revoked };
    await client.stop();
    this.#storage = null;
  }
}

async function openStorage({ server, userId }: Account): Promise<Storage> {
  try {
    return await openIndexedDbStorage(server, userId);
  } catch (error) {
    reportTrouble('nothing can be stored on this device', error);
    return createMemoryStorage();
  }
}
