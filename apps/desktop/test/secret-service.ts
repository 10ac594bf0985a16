import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import dbus from 'dbus-next';

const password = 'a password for tests';
const serviceName = 'org.freedesktop.secrets';
const root = '/org/freedesktop/secrets';
const collection = `${root}/collection/login`;
const readyWithinMs = 20_000;

/** A bus on which nothing starts by itself: no service that is not there, and no window that asks for a password. */
const configuration = `<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>`;

/** A session bus with a GNOME Keyring of its own, which can be locked, emptied, stopped and let hang. */
export class TestSecretService {
  readonly address: string;
  readonly #folder: string;
  readonly #daemon: ChildProcess;
  readonly #bus: dbus.MessageBus;
  #keyring: ChildProcess | null = null;

  private constructor(folder: string, daemon: ChildProcess, address: string) {
    this.#folder = folder;
    this.#daemon = daemon;
    this.address = address;
    this.#bus = dbus.sessionBus({ busAddress: address });
  }

  /** The bus, without a keyring. */
  static async start(): Promise<TestSecretService> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-keyring-'));
    await writeFile(join(folder, 'bus.conf'), configuration);
    const daemon = spawn(
      'dbus-daemon',
      [`--config-file=${join(folder, 'bus.conf')}`, '--nofork', '--print-address'],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const [line] = (await once(createInterface({ input: daemon.stdout }), 'line', {
      signal: AbortSignal.timeout(readyWithinMs),
    })) as [string];
    return new TestSecretService(folder, daemon, line);
  }

  /** What a program needs to find it. */
  get environment(): Record<string, string> {
    return { DBUS_SESSION_BUS_ADDRESS: this.address };
  }

  /** Starts the keyring, unlocked as by a sign-in to the computer; what it kept before is there. */
  async startKeyring(options: { locked?: boolean } = {}): Promise<void> {
    const child = spawn(
      'gnome-keyring-daemon',
      ['--foreground', '--components=secrets', ...(options.locked ? [] : ['--unlock'])],
      {
        env: {
          PATH: process.env.PATH ?? '',
          HOME: this.#folder,
          XDG_DATA_HOME: this.#folder,
          XDG_RUNTIME_DIR: this.#folder,
          DBUS_SESSION_BUS_ADDRESS: this.address,
        },
        stdio: ['pipe', 'ignore', 'ignore'],
      },
    );
    this.#keyring = child;
    child.stdin.end(password);
    await this.#until(async () => {
      await this.#get(collection, 'org.freedesktop.Secret.Collection', 'Locked');
    });
  }

  async stopKeyring(): Promise<void> {
    await end(this.#keyring);
    this.#keyring = null;
  }

  async lock(): Promise<void> {
    await this.#call(root, 'org.freedesktop.Secret.Service', 'Lock', 'ao', [[collection]]);
  }

  /** As when the person unlocks it in another program. */
  async unlock(): Promise<void> {
    const [, session] = await this.#call(
      root,
      'org.freedesktop.Secret.Service',
      'OpenSession',
      'sv',
      ['plain', new dbus.Variant('s', '')],
    );
    const secret = [session, Buffer.alloc(0), Buffer.from(password), 'text/plain'];
    const face = 'org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface';
    await this.#call(root, face, 'UnlockWithMasterPassword', 'o(oayays)', [collection, secret]);
  }

  /** Deletes all that is kept in it, as another program may. */
  async wipe(): Promise<void> {
    const items = await this.#get(collection, 'org.freedesktop.Secret.Collection', 'Items');
    for (const item of items as string[]) {
      await this.#call(item, 'org.freedesktop.Secret.Item', 'Delete', '', []);
    }
  }

  /** The whole keyring goes, and with it the place to keep anything. */
  async deleteKeyring(): Promise<void> {
    await this.#call(collection, 'org.freedesktop.Secret.Collection', 'Delete', '', []);
  }

  /** Takes every question and answers none, until it goes on. */
  hang(): void {
    this.#keyring?.kill('SIGSTOP');
  }

  goOn(): void {
    this.#keyring?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.goOn();
    this.#bus.disconnect();
    await end(this.#keyring);
    await end(this.#daemon);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #until(check: () => Promise<void>): Promise<void> {
    const endsAt = Date.now() + readyWithinMs;
    for (;;) {
      try {
        await check();
        return;
      } catch (error) {
        if (Date.now() > endsAt) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async #get(path: string, face: string, name: string): Promise<unknown> {
    const properties = 'org.freedesktop.DBus.Properties';
    const [variant] = await this.#call(path, properties, 'Get', 'ss', [face, name]);
    return (variant as { value: unknown }).value;
  }

  async #call(
    path: string,
    face: string,
    member: string,
    signature: string,
    body: unknown[],
  ): Promise<unknown[]> {
    const message = new dbus.Message({
      destination: serviceName,
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

async function end(child: ChildProcess | null): Promise<void> {
  if (child?.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
