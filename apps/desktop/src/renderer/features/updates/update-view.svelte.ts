import type { Bridge } from '../../../bridge/bridge.ts';
import type { UpdateState } from '../../../bridge/updates.ts';

/** What the desktop says of new versions of the app. */
export class UpdateView {
  /** Null until it has said something, and in a browser. */
  state = $state.raw<UpdateState | null>(null);
  /** The version that the person does not want to hear of in this run. */
  #putOff = $state<string | null>(null);
  readonly #bridge: Bridge;

  constructor(bridge: Bridge, onTrouble: (what: string, error: unknown) => void) {
    this.#bridge = bridge;
    if (bridge.kind !== 'electron') return;
    bridge.on('update.changed', (state) => (this.state = state));
    bridge.call('update.state', {}).then(
      (state) => (this.state = state),
      (error: unknown) => onTrouble('nothing is known of updates', error),
    );
  }

  /** What is worth a word over the conversations; null: nothing is. */
  get notice(): 'returned' | 'ready' | 'available' | 'restarting' | null {
    const { state } = this;
    if (!state) return null;
    const { status, offer } = state;
    const isPutOff = offer !== null && offer.version === this.#putOff && !offer.isRequired;
    if (status === 'restarting') return status;
    if ((status === 'ready' || status === 'available') && !isPutOff) return status;
    return state.hasReturned && state.failedVersion !== this.#putOff ? 'returned' : null;
  }

  /** Not now: the next start, or a night when nobody is here, is early enough. */
  putOff(): void {
    const { state, notice } = this;
    this.#putOff =
      (notice === 'returned' ? state?.failedVersion : state?.offer?.version) ?? this.#putOff;
  }

  async check(): Promise<void> {
    this.state = await this.#bridge.call('update.check', {});
  }

  async restart(): Promise<void> {
    await this.#bridge.call('update.restart', {});
  }
}
