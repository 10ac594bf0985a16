/** ngIRCd from Debian: fan-out in C from memory. No archive, no accounts, no echo to the sender. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sink } from '../marker.ts';
import { startPinned, takePort, waitForPort } from '../processes.ts';
import { IrcConnection, NicknameTaken } from '../wire/irc.ts';
import { MemoryChat, noArchive } from './memory-chat.ts';
import type { ChannelHandle, ChannelPlan, Client, Place, Traits, Visitor } from './system.ts';

const signInTries = 9;

function configuration(port: number): string {
  return `[Global]
Name = irc.localhost.test
Info = bench
Listen = 127.0.0.1
Ports = ${port}
MotdPhrase = hello
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 20
MaxPenaltyTime = 0
PingTimeout = 3600
PongTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
`;
}

class IrcClient extends IrcConnection implements Client {
  history(): Promise<number> {
    return Promise.reject(noArchive());
  }

  catchUp(): Promise<void> {
    return Promise.reject(noArchive());
  }
}

export class Ngircd extends MemoryChat {
  readonly traits: Traits = {
    title: 'ngIRCd, nothing stored',
    workloads: ['W1', 'W2', 'W3', 'W5'],
    echo: false,
    catchUp: false,
  };
  #port = 0;

  async start({ scratch }: Place): Promise<void> {
    const folder = join(scratch, 'ngircd');
    mkdirSync(folder, { recursive: true });
    const settings = join(folder, 'ngircd.conf');
    this.#port = await takePort();
    writeFileSync(settings, configuration(this.#port));
    this.server = startPinned('ngircd', '/usr/sbin/ngircd', ['-n', '-f', settings], {
      workingFolder: folder,
      logFile: join(scratch, 'ngircd.log'),
    });
    await waitForPort(this.#port, this.server);
  }

  override createChannels(plans: readonly ChannelPlan[]): Promise<ChannelHandle[]> {
    return Promise.resolve(plans.map(({ name }) => `#${name}`));
  }

  async connect({ user, session, recipient }: Visitor, sink: Sink): Promise<Client> {
    for (let tries = 1; ; tries += 1) {
      const client = new IrcClient(this.#port, recipient, sink);
      try {
        await client.signIn(`u${user}s${session}`);
        return client;
      } catch (error) {
        client.close();
        if (tries === signInTries || !(error instanceof NicknameTaken)) throw error;
        await sleep(1_000);
      }
    }
  }
}
