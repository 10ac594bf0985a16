import dbus from 'dbus-next';

const { Interface } = dbus.interface;

/** A notification as the desktop was asked to show it. */
export type ShownNotification = { id: number; title: string; body: string; closed: boolean };

/** What a desktop's notification service does (https://specifications.freedesktop.org/notification-spec/). */
class NotificationService extends Interface {
  readonly shown: ShownNotification[] = [];
  #nextId = 1;

  constructor() {
    super('org.freedesktop.Notifications');
  }

  GetCapabilities(): string[] {
    return ['actions', 'body', 'body-markup', 'persistence'];
  }

  GetServerInformation(): string[] {
    return ['Test desktop', 'Parley', '1.0', '1.2'];
  }

  Notify(
    _app: string,
    replacesId: number,
    _icon: string,
    title: string,
    body: string,
    _actions: string[],
    _hints: unknown,
    _timeout: number,
  ): number {
    const id = replacesId || this.#nextId++;
    this.shown.push({ id, title, body, closed: false });
    return id;
  }

  CloseNotification(id: number): void {
    for (const each of this.shown) if (each.id === id) each.closed = true;
    this.NotificationClosed(id, 3);
  }

  NotificationClosed(id: number, reason: number): [number, number] {
    return [id, reason];
  }

  ActionInvoked(id: number, action: string): [number, string] {
    return [id, action];
  }
}

NotificationService.configureMembers({
  methods: {
    GetCapabilities: { inSignature: '', outSignature: 'as' },
    GetServerInformation: { inSignature: '', outSignature: 'ssss' },
    Notify: { inSignature: 'susssasa{sv}i', outSignature: 'u' },
    CloseNotification: { inSignature: 'u', outSignature: '' },
  },
  signals: {
    NotificationClosed: { signature: 'uu' },
    ActionInvoked: { signature: 'us' },
  },
});

/** What a desktop with a tray does for icons that register (StatusNotifierItem). */
class TrayService extends Interface {
  readonly items: string[] = [];
  readonly ProtocolVersion = 0;
  readonly IsStatusNotifierHostRegistered = true;
  get RegisteredStatusNotifierItems(): string[] {
    return this.items;
  }

  constructor() {
    super('org.kde.StatusNotifierWatcher');
  }

  RegisterStatusNotifierItem(service: string): void {
    this.items.push(service);
  }

  RegisterStatusNotifierHost(_service: string): void {
    // There is one host, this one.
  }
}

TrayService.configureMembers({
  methods: {
    RegisterStatusNotifierItem: { inSignature: 's', outSignature: '' },
    RegisterStatusNotifierHost: { inSignature: 's', outSignature: '' },
  },
  properties: {
    ProtocolVersion: { signature: 'i', access: 'read' },
    IsStatusNotifierHostRegistered: { signature: 'b', access: 'read' },
    RegisteredStatusNotifierItems: { signature: 'as', access: 'read' },
  },
});

type MenuItem = [number, Record<string, { value: unknown }>, { value: MenuItem }[]];

/** The part of a desktop that an app talks to over the session bus: notifications and the tray. */
export class TestDesktop {
  readonly #bus: dbus.MessageBus;
  readonly #notifications = new NotificationService();
  readonly #tray = new TrayService();

  private constructor(bus: dbus.MessageBus) {
    this.#bus = bus;
  }

  static async start(): Promise<TestDesktop> {
    const desktop = new TestDesktop(dbus.sessionBus());
    desktop.#bus.export('/org/freedesktop/Notifications', desktop.#notifications);
    desktop.#bus.export('/StatusNotifierWatcher', desktop.#tray);
    await desktop.#bus.requestName('org.freedesktop.Notifications', 0);
    await desktop.#bus.requestName('org.kde.StatusNotifierWatcher', 0);
    return desktop;
  }

  get shown(): readonly ShownNotification[] {
    return this.#notifications.shown;
  }

  /** Clicks a notification as a person would. */
  click(notification: ShownNotification): void {
    this.#notifications.ActionInvoked(notification.id, 'default');
  }

  get trayItems(): readonly string[] {
    return this.#tray.items;
  }

  /** What the last registered icon says when it is pointed at. */
  async trayTooltip(): Promise<string> {
    return JSON.stringify(await this.#itemProperty('ToolTip'));
  }

  /** The picture of the last registered icon: its bytes, or the name of a file with them. */
  async trayPicture(): Promise<string> {
    const { service, path } = this.#address();
    const face = 'org.kde.StatusNotifierItem';
    const properties = 'org.freedesktop.DBus.Properties';
    const [all] = await this.#call(service, path, properties, 'GetAll', 's', [face]);
    const { IconName, IconPixmap } = all as Record<string, { value: unknown } | undefined>;
    return JSON.stringify([IconName?.value, IconPixmap?.value]);
  }

  /** Clicks the icon itself. */
  async activateTray(): Promise<void> {
    const { service, path } = this.#address();
    await this.#call(service, path, 'org.kde.StatusNotifierItem', 'Activate', 'ii', [0, 0]);
  }

  /** Chooses an entry of the icon's menu by its label. */
  async chooseFromTrayMenu(label: string): Promise<void> {
    const { service } = this.#address();
    const path = String(await this.#itemProperty('Menu'));
    const face = 'com.canonical.dbusmenu';
    const layout = await this.#call(service, path, face, 'GetLayout', 'iias', [0, -1, ['label']]);
    const [, [, , children]] = layout as [number, MenuItem];
    const entry = children.find(({ value }) => value[1].label?.value === label);
    if (!entry) throw new Error(`the tray menu has no entry “${label}”`);
    const nothing = new dbus.Variant('s', '');
    await this.#call(service, path, face, 'Event', 'isvu', [entry.value[0], 'clicked', nothing, 0]);
  }

  stop(): void {
    this.#bus.disconnect();
  }

  #address(): { service: string; path: string } {
    const item = this.#tray.items.at(-1);
    if (item === undefined) throw new Error('no icon has registered');
    const slash = item.indexOf('/');
    return slash === -1
      ? { service: item, path: '/StatusNotifierItem' }
      : { service: item.slice(0, slash), path: item.slice(slash) };
  }

  async #itemProperty(name: string): Promise<unknown> {
    const { service, path } = this.#address();
    const face = 'org.kde.StatusNotifierItem';
    const properties = 'org.freedesktop.DBus.Properties';
    const [variant] = await this.#call(service, path, properties, 'Get', 'ss', [face, name]);
    return (variant as { value: unknown }).value;
  }

  /** Calls without asking the object to describe itself, which Chromium's objects do not do. */
  async #call(
    destination: string,
    path: string,
    face: string,
    member: string,
    signature: string,
    body: unknown[],
  ): Promise<unknown[]> {
    const message = new dbus.Message({
      destination,
      path,
      interface: face,
      member,
      signature,
      body,
    });
    const answer = await this.#bus.call(message);
    return (answer?.body ?? []) as unknown[];
  }
}
