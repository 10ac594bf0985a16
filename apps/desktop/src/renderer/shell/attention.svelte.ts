import { isAttentive } from '@parley/shared/notifications/decide.ts';
import type { Device } from './device.svelte.ts';
import type { Places } from './places.svelte.ts';

/** What the person is looking at in a workspace: one rule for read marks, notifications and presence. */
export class Attention {
  readonly #device: Device;
  readonly #places: Places;
  readonly #isShown: () => boolean;

  /** `isShown`: whether the workspace is the one on screen. */
  constructor(device: Device, places: Places, isShown: () => boolean) {
    this.#device = device;
    this.#places = places;
    this.#isShown = isShown;
  }

  /** What decisions on notifications are given. */
  get now() {
    const { focused, visible, idle, locked } = this.#device.window;
    const { channelId, panel, listShown } = this.#places;
    const isShown = this.#isShown();
    return {
      focused: focused && visible && isShown,
      idle,
      locked,
      openChannelId: listShown || !isShown ? null : channelId,
      openThreadRootId: isShown && panel?.kind === 'thread' ? panel.rootId : null,
    };
  }

  /** Somebody looks at the workspace. */
  get attentive(): boolean {
    return isAttentive(this.now);
  }

  get presence(): 'active' | 'away' {
    return this.#device.window.idle || this.#device.window.locked ? 'away' : 'active';
  }
}
