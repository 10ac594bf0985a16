import type { Access, SignalData } from '../../bridge/bridge.ts';
import { keyOf, maxAccounts, type Account, type KnownAccount } from '../../bridge/settings.ts';
import { pauseFor } from '../../live/pause.ts';
import { hostOf, parseDestination, type Destination } from '../features/sign-in/address.ts';
import { failureOf, messages } from '../messages.ts';
import { toasts } from '../ui/toasts.svelte.ts';
import { BadgeTeller } from './badge-teller.ts';
import type { Device } from './device.svelte.ts';
import { sumOf } from '../../live/badge-sum.ts';
import { innerLink, type InnerLink } from './links.ts';
import { perform } from './perform.ts';
import { release } from './release.ts';
import { reportTrouble } from './trouble.ts';
import { untilSent } from './until-sent.ts';
import { tellOfDownload } from './download-told.ts';
import { Workspace, type Surroundings } from './workspace.svelte.ts';

/** What waits to be sent has so long before a restart; the desktop waits a little longer. */
const flushWithinMs = 5_000;

/** The form to sign in: where to, and what is said above it. */
export type SignInForm = {
  destination: Destination | null;
  /** The person is asked before anything happens: the link may be anybody's. */
  asks: boolean;
  notice: string | null;
};

export type View =
  | { kind: 'starting' }
  | { kind: 'workspace'; workspace: Workspace }
  | { kind: 'signIn'; form: SignInForm };

type Link = SignalData<'link.received'>;
type MenuItem = SignalData<'menu.chosen'>['item'];

/** All workspaces of this device, of which one is on screen: the life of the app. */
export class Workspaces {
  readonly device: Device;
  list = $state.raw<readonly Workspace[]>([]);
  view = $state.raw<View>({ kind: 'starting' });
  readonly #around: Surroundings;
  /** A link, or something that was chosen, before it was known who is here. */
  #early: Link | null = null;
  /** Where a link led that needed a sign-in first. */
  #wanted: Extract<Link, { kind: 'channel' }> | null = null;
  #earlyItem: MenuItem | null = null;
  #hasStarted = false;
  readonly #badge: BadgeTeller;
  /** Whether the page may go is being found out, or it has stopped. */
  #isReleasing = false;
  #settle: () => void = () => undefined;
  /** Settled once every workspace is there. */
  readonly #started = new Promise<void>((resolve) => (this.#settle = resolve));

  constructor(device: Device) {
    this.device = device;
    this.#around = {
      device,
      isShown: (workspace) => this.shown === workspace,
      openElsewhere: (href) => this.#openElsewhere(href),
      remember: (account, what) => this.#remember(account, what),
    };
    const { bridge } = device;
    this.#badge = new BadgeTeller((badge) => bridge.call('badge.set', badge));
    bridge.on('session.ended', ({ account }) => void this.#find(account)?.end());
    bridge.on('power.resumed', () => this.#probe());
    window.addEventListener('online', () => this.#probe());
    bridge.on('notification.clicked', () => void this.#takeClick());
    // A page that was made for this has to know first who is here.
    bridge.on('notification.replied', ({ account, text, ...told }) => {
      void this.#started.then(() => this.#find(account)?.reply(told, text));
    });
    bridge.on('notification.markedRead', ({ account, ...told }) => {
      void this.#started.then(() => this.#find(account)?.markRead(told));
    });
    bridge.on('window.releasing', () => void this.#release());
    bridge.on('link.received', (link) => {
      if (this.#hasStarted) this.#follow(link);
      else this.#early = link;
    });
    bridge.on('update.flush', () => void this.#flush());
    bridge.on('download.ended', (ended) => tellOfDownload(bridge, ended));
    bridge.on('menu.chosen', ({ item }) => {
      if (this.#hasStarted) this.#choose(item);
      else this.#earlyItem = item;
    });
  }

  /** The workspace on screen. */
  get shown(): Workspace | null {
    return this.view.kind === 'workspace' ? this.view.workspace : null;
  }

  get canAdd(): boolean {
    return this.device.onlyServer === null && this.list.length < maxAccounts;
  }

  /** Paints what was kept of those who were here, or asks who is signed in. */
  async start(): Promise<void> {
    $effect.root(() => {
      $effect(() => this.#showBadge());
      const title = $derived(this.shown?.title ?? messages.productName);
      $effect(() => {
        document.title = title;
      });
    });
    const { accounts, currentAccount } = this.device.settings;
    const last = currentAccount && keyOf(currentAccount);
    const first = accounts.find((account) => keyOf(account) === last) ?? accounts[0];
    if (first) await this.#start(first, accounts);
    else await this.#ask();
    const { shown } = this;
    const asked = shown && innerLink(location.href, shown.account.server);
    if (asked) {
      history.replaceState(null, '', '/');
      this.#lead(shown, asked);
    } else await this.#takeClick();
    this.#hasStarted = true;
    this.#settle();
    if (this.#early) this.#follow(this.#early);
    if (this.#earlyItem) this.#choose(this.#earlyItem);
  }

  /** Takes up what the form to sign in brought. */
  async opened(access: Access): Promise<void> {
    const { server, userId } = access;
    const account = { server, userId };
    const known = this.#find(account);
    const left = this.shown;
    if (known && !known.ended) {
      this.show(known);
      return;
    }
    const workspace = await this.#open(account);
    // Whoever signs in where somebody was signed out by the server takes that place in the rail.
    const replaced =
      known ?? (left?.ended === true && left.account.server === server ? left : null);
    this.list = replaced
      ? this.list.map((each) => (each === replaced ? workspace : each))
      : [...this.list, workspace];
    this.device.changeSettings({ lastServer: server });
    this.#keepList();
    this.show(workspace);
    const wanted = this.#wanted;
    this.#wanted = null;
    if (wanted && isAt(wanted.server, server)) {
      this.#lead(workspace, { channelId: wanted.channelId, messageId: null });
    }
  }

  show(workspace: Workspace): void {
    this.view = { kind: 'workspace', workspace };
    this.device.changeSettings({ currentAccount: workspace.account });
  }

  /** Shows the form to sign in somewhere else. */
  add(): void {
    if (this.#isRefused(null)) return;
    this.view = { kind: 'signIn', form: { destination: null, asks: false, notice: null } };
  }

  /** Leaves the form for a workspace that is there. */
  cancelAdding(): void {
    const [first] = this.list;
    const { currentAccount } = this.device.settings;
    const back = (currentAccount && this.#find(currentAccount)) ?? first;
    if (back) this.show(back);
  }

  /** Signs out: the server forgets this device, and this device everything of the account. */
  async signOut(workspace: Workspace): Promise<void> {
    const { account } = workspace;
    this.list = this.list.filter((each) => each !== workspace);
    this.#keepList();
    const [next] = this.list;
    if (next) this.show(next);
    else this.#showForm(messages.signIn.ended.signedOut);
    await workspace.close();
    await workspace.forget();
    try {
      await this.device.bridge.call('session.close', { account });
    } catch (error) {
      // The tokens are gone from here in any case; the server ends the session when it expires.
      reportTrouble('the server was not told of the sign-out', error);
    }
  }

  async #start(first: KnownAccount, accounts: readonly KnownAccount[]): Promise<void> {
    const workspace = await this.#open(first);
    this.list = [workspace];
    this.show(workspace);
    const order = accounts.map(keyOf);
    const placeOf = ({ account }: Workspace) => order.indexOf(keyOf(account));
    for (const account of accounts) {
      if (keyOf(account) === keyOf(first)) continue;
      const other = await this.#open(account);
      // In the order of the rail; the person may have left one meanwhile.
      this.list = [...this.list, other].toSorted((a, b) => placeOf(a) - placeOf(b));
    }
  }

  /** A browser's cookie may know who is here. */
  async #ask(): Promise<void> {
    try {
      const access = await this.device.bridge.call('session.access', {
        account: null,
        minValidMs: 0,
      });
      if (access) await this.opened(access);
    } catch (error) {
      // Without the server nobody can be signed in; the form says so and tries again.
      if (failureOf(error)?.code !== 'unavailable') reportTrouble('no session could be had', error);
    }
    // A link shows a form of its own.
    if (this.view.kind === 'starting' && !this.#early) this.#showForm(null);
  }

  #showForm(notice: string | null): void {
    const { isWeb, onlyServer, settings, info } = this.device;
    const server = onlyServer ?? settings.lastServer ?? info.defaultServer;
    const elsewhere = server === null ? null : { server, purpose: null };
    const destination = isWeb ? parseDestination(location.href) : elsewhere;
    this.view = { kind: 'signIn', form: { destination, asks: false, notice } };
  }

  #open(account: Account): Promise<Workspace> {
    return Workspace.open(account, this.#known(account)?.channelId ?? null, this.#around);
  }

  #find(account: Account): Workspace | null {
    return this.list.find((each) => keyOf(each.account) === keyOf(account)) ?? null;
  }

  #known(account: Account): KnownAccount | undefined {
    return this.device.settings.accounts.find((each) => keyOf(each) === keyOf(account));
  }

  #keepList(): void {
    const accounts = this.list.map(
      ({ account, name }) =>
        this.#known(account) ?? { ...account, workspace: name, channelId: null },
    );
    const { currentAccount } = this.device.settings;
    const isThere = currentAccount && this.#find(currentAccount);
    this.device.changeSettings({ accounts, ...(!isThere && { currentAccount: null }) });
  }

  #remember(account: Account, what: Pick<KnownAccount, 'workspace' | 'channelId'>): void {
    const known = this.#known(account);
    if (!known || (known.workspace === what.workspace && known.channelId === what.channelId))
      return;
    const accounts = this.device.settings.accounts.map((each) =>
      each === known ? { ...each, ...what } : each,
    );
    this.device.changeSettings({ accounts });
  }

  /** Whether there can be no workspace on this server, or on one that is yet to be named; the person is told why. */
  #isRefused(server: string | null): boolean {
    const { onlyServer } = this.device;
    if (onlyServer !== null && onlyServer !== server) {
      toasts.show(messages.workspaces.onlyServer(hostOf(onlyServer)));
      return true;
    }
    if (this.list.length < maxAccounts) return false;
    toasts.show(messages.workspaces.tooMany(maxAccounts));
    return true;
  }

  /** The one of the workspaces on this server that is on screen, else any of them. */
  #on(server: string): Workspace | null {
    const there = this.list.filter(({ account, ended }) => isAt(server, account.server) && !ended);
    return there.find((each) => each === this.shown) ?? there[0] ?? null;
  }

  #openElsewhere(href: string): boolean {
    for (const workspace of this.list) {
      const inner = innerLink(href, workspace.account.server);
      if (!inner || workspace.ended) continue;
      this.#lead(workspace, inner);
      return true;
    }
    return false;
  }

  #lead(workspace: Workspace, { channelId, messageId }: InnerLink): void {
    this.show(workspace);
    workspace.lead(channelId, messageId).catch((error: unknown) => {
      reportTrouble('a conversation could not be led to', error);
    });
  }

  async #takeClick(): Promise<void> {
    // Before anybody is in, the click waits in the desktop.
    if (this.list.length === 0) return;
    try {
      const click = await this.device.bridge.call('notification.takeClick', {});
      const workspace = click && this.#find(click.account);
      if (workspace) this.#lead(workspace, click);
    } catch (error) {
      reportTrouble('a click on a notification was lost', error);
    }
  }

  /** A link proposes something. It signs nobody in, and nothing is sent anywhere before the person has agreed. */
  #follow(link: Link): void {
    const { server } = link;
    const there = this.#on(server);
    if (link.kind === 'channel' && there) {
      this.#lead(there, { channelId: link.channelId, messageId: null });
      return;
    }
    if (there) {
      this.show(there);
      toasts.show(messages.workspaces.hereAlready(hostOf(server)));
      return;
    }
    if (this.#isRefused(server)) return;
    this.#wanted = link.kind === 'channel' ? link : null;
    this.view = {
      kind: 'signIn',
      form: { destination: { server, purpose: purposeOf(link) }, asks: !isOwn(link), notice: null },
    };
  }

  /** Nobody has looked at the window for long. The form to sign in is looked for by nobody else. */
  async #release(): Promise<void> {
    if (this.#isReleasing) return;
    this.#isReleasing = true;
    const list = this.shown?.ended === false && this.#hasStarted ? this.list : [];
    const page = { document, reload: () => location.reload() };
    this.#isReleasing = await release(this.device.bridge, list, page);
  }

  /** The machine woke, or the network is back: a connection may be dead, or an attempt wait for no reason. */
  #probe(): void {
    for (const { client, ended } of this.list) {
      if (!ended) void client.probe();
    }
  }

  /** The app is about to restart: it waits for what is on its way, but not for long. */
  async #flush(): Promise<void> {
    const clients = this.list.filter(({ ended }) => !ended).map(({ client }) => client);
    await untilSent(clients, flushWithinMs);
    try {
      await this.device.bridge.call('update.flushed', {});
    } catch (error) {
      reportTrouble('the restart was not told that everything is sent', error);
    }
  }

  #choose(item: MenuItem): void {
    switch (item) {
      case 'addWorkspace':
        this.add();
        return;
      case 'pauseHalfHour':
      case 'pauseHour':
      case 'pauseTomorrow':
      case 'resume':
      case 'togglePause':
        this.#pause(pauseFor(item, this.#isPaused, Date.now()));
        return;
      default:
        // What is chosen from a menu takes the place of a dialog that is open.
        if (this.shown) this.shown.dialog = null;
        perform(item, this);
    }
  }

  get #isPaused(): boolean {
    return this.list.some(({ quietNow }) => quietNow === 'do_not_disturb');
  }

  /** From the tray, which is one for all. */
  #pause(until: string | null): void {
    for (const workspace of this.list) {
      if (!workspace.ended && workspace.client.state) workspace.setPause(until);
    }
  }

  /** Tells the desktop how much is unread in all of them. */
  #showBadge(): void {
    const open = this.list.filter(({ ended }) => !ended);
    const badge = sumOf(
      this.shown && !this.shown.ended
        ? [this.shown, ...open.filter((each) => each !== this.shown)]
        : open,
    );
    this.#badge.tell(badge);
  }
}

function purposeOf(link: Link): Destination['purpose'] {
  switch (link.kind) {
    case 'invite':
      return { kind: 'invite', code: link.code };
    case 'setup':
      return { kind: 'setup', token: link.token };
    case 'channel':
      return null;
  }
}

function isOwn(link: Link): boolean {
  return link.kind !== 'channel' && link.isOwn;
}

/** A link of the desktop does not say whether its server has https; who is signed in there knows. */
function isAt(linked: string, server: string): boolean {
  return new URL(linked).host === new URL(server).host;
}
