import { isAttentive } from '@parley/shared/notifications/decide.ts';
import type { Bridge, WindowState } from '../../bridge/bridge.ts';
import type { Places } from './places.svelte.ts';
import { reportTrouble } from './trouble.ts';

/** What the person is looking at: one rule for read marks, notifications and presence. */
export class Attention {
  window = $state.raw<WindowState>({ focused: true, visible: true, idle: false, locked: false });
  readonly #places: Places;

  constructor(bridge: Bridge, places: Places) {
    this.#places = places;
    bridge.on('window.changed', (state) => (this.window = state));
    bridge.call('window.state', {}).then(
      (state) => (this.window = state),
      (error: unknown) => reportTrouble('the state of the window is not known', error),
    );
  }

  /** What decisions on notifications are given. */
  get now() {
    const { focused, visible, idle, locked } = this.window;
    const { channelId, panel, listShown } = this.#places;
    return {
      focused: focused && visible,
      idle,
      locked,
      openChannelId: listShown ? null : channelId,
      openThreadRootId: panel?.kind === 'thread' ? panel.rootId : null,
    };
  }

  /** Somebody looks at the window. */
  get attentive(): boolean {
    return isAttentive(this.now);
  }

  get presence(): 'active' | 'away' {
    return this.window.idle || this.window.locked ? 'away' : 'active';
  }
}
