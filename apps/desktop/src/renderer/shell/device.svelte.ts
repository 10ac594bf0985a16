import type { Bridge, CallOutput, WindowState } from '../../bridge/bridge.ts';
import type { Settings } from '../../bridge/settings.ts';
import { UpdateView } from '../features/updates/update-view.svelte.ts';
import { CertificateWatch } from './certificates.svelte.ts';
import { KeyringWatch } from './keyring.svelte.ts';
import { reportTrouble } from './trouble.ts';

export type AppInfo = CallOutput<'app.info'>;

/** The app on this device, whoever is signed in: what runs here, with what settings, and who looks at it. */
export class Device {
  readonly bridge: Bridge;
  readonly info: AppInfo;
  readonly updates: UpdateView;
  readonly keyring: KeyringWatch;
  readonly certificates: CertificateWatch;
  settings: Settings;
  /** So many changes have been handed over and not been answered yet. */
  #underWay = 0;
  window = $state.raw<WindowState>({ focused: true, visible: true, idle: false, locked: false });

  constructor(bridge: Bridge, info: AppInfo, settings: Settings) {
    this.bridge = bridge;
    this.info = info;
    this.updates = new UpdateView(bridge, reportTrouble);
    this.keyring = new KeyringWatch(bridge);
    this.certificates = new CertificateWatch(bridge);
    this.settings = $state.raw(settings);
    bridge.on('settings.changed', (changed) => {
      // What is under way here is newer than what is told of meanwhile.
      if (this.#underWay === 0) this.settings = changed;
    });
    bridge.on('window.changed', (state) => (this.window = state));
    bridge.call('window.state', {}).then(
      (state) => (this.window = state),
      (error: unknown) => reportTrouble('the state of the window is not known', error),
    );
  }

  /** The page belongs to the server that it came from. */
  get isWeb(): boolean {
    return this.bridge.kind === 'browser';
  }

  /** The only server that there can be: of the page, or by the policy of the organisation; null: any. */
  get onlyServer(): string | null {
    const { server, onlyServer } = this.info.policy;
    return onlyServer ? server : null;
  }

  changeSettings(change: Partial<Settings>): void {
    this.trySettings(change).catch((error: unknown) => {
      reportTrouble('a setting could not be kept', error);
    });
  }

  /** Rejects where the desktop does not take it; then these are as before. */
  async trySettings(change: Partial<Settings>): Promise<void> {
    const before = this.settings;
    this.settings = { ...before, ...change };
    this.#underWay += 1;
    let kept: Settings;
    try {
      kept = await this.bridge.call('settings.set', change);
    } catch (error) {
      const names = Object.keys(change) as (keyof Settings)[];
      const undone = Object.fromEntries(names.map((name) => [name, before[name]]));
      this.settings = { ...this.settings, ...undone };
      throw error;
    } finally {
      this.#underWay -= 1;
    }
    // An answer to an earlier change does not know of a later one.
    if (this.#underWay === 0) this.settings = kept;
  }
}
