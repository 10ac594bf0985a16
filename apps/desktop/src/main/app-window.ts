import type { BrowserWindow, WebContents } from 'electron';
import type { SignalData } from '../bridge/bridge.ts';
import type { SignalName } from '../bridge/names.ts';
import { sendSignal } from './bridge-host.ts';
import { readyToShow, reveal } from './window.ts';

/** A window that was made before there was anything to look after it. */
export type FirstWindow = { window: BrowserWindow; isReady: Promise<void> };

export type AppWindowOptions = {
  make: () => BrowserWindow;
  /** Whether the first window stays out of sight. */
  beginsHidden: () => Promise<boolean>;
  /** Whether closing the window hides it; else it ends the app. */
  closingHides: () => Promise<boolean>;
  isQuitting: () => boolean;
  quit: () => void;
  /** A page is about to be made, and will go on where main has followed. */
  beforePage: () => void;
  onMade: (window: BrowserWindow) => void;
};

/** The one window. It may be let go while nobody looks at it, and is made again when it is wanted. */
export class AppWindow {
  readonly #options: AppWindowOptions;
  #window: BrowserWindow | null = null;
  /** The app goes on without a window. */
  isLetGo = false;

  constructor(options: AppWindowOptions) {
    this.#options = options;
  }

  get current(): BrowserWindow | null {
    return this.#window && !this.#window.isDestroyed() ? this.#window : null;
  }

  get contents(): WebContents | null {
    return this.current?.webContents ?? null;
  }

  /** On no screen and in no taskbar. One that is only minimised is neither hidden nor shown. */
  get isHidden(): boolean {
    const window = this.current;
    return window !== null && !window.isVisible() && !window.isMinimized();
  }

  /** Takes the first window. */
  begin(first: FirstWindow): void {
    this.#take(first, async () => !(await this.#options.beginsHidden()));
  }

  /** Brings the window in front of the person. */
  open(): void {
    const window = this.current;
    if (window) reveal(window);
    else this.#make(() => Promise.resolve(true));
  }

  /** Brings the window in front of the person, or out of their way when it is there. */
  summon(canHide: () => Promise<boolean>): void {
    const window = this.current;
    if (!window?.isFocused()) {
      this.open();
      return;
    }
    void canHide().then((hides) => {
      if (window.isDestroyed()) return;
      if (hides) window.hide();
      else window.minimize();
    });
  }

  /** Sees to it that there is a page, on screen or not. */
  wake(): void {
    if (!this.current) this.#make(() => Promise.resolve(false));
  }

  /** Ends the window of a page that has stopped. False: somebody looks at it, so the page begins anew. */
  letGo(): boolean {
    const window = this.current;
    if (!window) return false;
    this.isLetGo = this.isHidden;
    if (this.isLetGo) window.destroy();
    else window.webContents.reload();
    return this.isLetGo;
  }

  signal<N extends SignalName>(name: N, data: SignalData<N>): void {
    sendSignal(this.contents, name, data);
  }

  /** To a page that is still loading, once it has; there it waits until somebody listens. */
  signalSoon<N extends SignalName>(name: N, data: SignalData<N>): void {
    const page = this.contents;
    if (!page) return;
    const send = () => {
      this.signal(name, data);
    };
    if (page.isLoadingMainFrame()) page.once('did-finish-load', send);
    else send();
  }

  #make(shows: () => Promise<boolean>): void {
    this.#options.beforePage();
    this.isLetGo = false;
    const window = this.#options.make();
    this.#take({ window, isReady: readyToShow(window) }, shows);
  }

  #take({ window: made, isReady }: FirstWindow, shows: () => Promise<boolean>): void {
    const { closingHides, isQuitting, quit, onMade } = this.#options;
    this.#window = made;
    void isReady.then(shows).then((isWanted) => {
      if (isWanted && !made.isDestroyed()) reveal(made);
    });
    made.on('close', (event) => {
      if (isQuitting()) return;
      event.preventDefault();
      void closingHides().then((hides) => {
        if (made.isDestroyed()) return;
        if (hides) made.hide();
        else quit();
      });
    });
    onMade(made);
  }
}
