import type { CommandOutput } from '@parley/shared/protocol/commands.ts';
import type { RefusedCertificate } from '../../../bridge/bridge.ts';
import { explain, failureOf, messages } from '../../messages.ts';
import {
  hostOf,
  inviteCodeIn,
  parseDestination,
  setupTokenIn,
  type Destination,
} from './address.ts';
import { checkFields, type FieldErrors } from './fields.ts';

type ServerInfo = CommandOutput<'server.info'>;
type OpenCommand = 'session.create' | 'account.register' | 'server.setup';
export type Step = 'server' | 'certificate' | 'credentials' | 'register' | 'setup';

/** What the flow needs from outside: asking a server what it is, and opening a session there. */
export type SignInPort<Opened> = {
  check(server: string): Promise<ServerInfo>;
  /** The certificate for which the server was refused; null: it was for something else. */
  refused(server: string): Promise<RefusedCertificate | null>;
  /** The person trusts this certificate for the server from now on. */
  trust(server: string, fingerprint: string): Promise<void>;
  open(server: string, command: OpenCommand, input: Record<string, string>): Promise<Opened>;
};

/** The way from nothing to a session: find the server, then sign in, register or set it up. */
export class SignInFlow<Opened> {
  step = $state<Step>('server');
  server = $state('');
  /** What a link asked for, until the person has agreed or gone elsewhere. */
  proposed = $state.raw<Destination | null>(null);
  /** What the person is asked about. */
  refused = $state.raw<RefusedCertificate | null>(null);
  info = $state.raw<ServerInfo | null>(null);
  busy = $state(false);
  error = $state<string | null>(null);
  fieldErrors = $state.raw<FieldErrors>({});
  inviteCode = $state('');
  setupToken = $state('');
  readonly #port: SignInPort<Opened>;
  #destination: Destination | null = null;
  readonly #opened: (session: Opened) => void;

  constructor(port: SignInPort<Opened>, opened: (session: Opened) => void) {
    this.#port = port;
    this.#opened = opened;
  }

  get host(): string {
    return hostOf(this.server);
  }

  get workspaceName(): string {
    const name = this.info?.name ?? '';
    return name === '' ? this.host : name;
  }

  /** Takes what was typed into the field for the server: an address or a link. */
  async connect(entered: string): Promise<void> {
    const destination = parseDestination(entered);
    if (!destination) {
      this.fieldErrors = { server: messages.signIn.serverInvalid };
      return;
    }
    await this.goTo(destination);
  }

  /** Shows where a link leads, and goes there only when the person agrees. */
  propose(destination: Destination): void {
    this.server = destination.server;
    this.proposed = destination;
    this.show('server');
  }

  /** Asks the server what it is and shows the step that fits: set up, join by the invite, or sign in. */
  async goTo(destination: Destination): Promise<void> {
    await this.#run(async () => {
      this.server = destination.server;
      this.#destination = destination;
      try {
        this.info = await this.#port.check(destination.server);
      } catch (error) {
        const failure = failureOf(error);
        if (failure?.code !== 'unavailable') throw error;
        if (failure.reason?.startsWith('certificate_')) await this.#certificateRefused();
        else this.#unreachable(messages.signIn.serverUnreachable(this.host));
        return;
      }
      this.proposed = null;
      const { purpose } = destination;
      if (purpose?.kind === 'invite') this.inviteCode = purpose.code;
      if (purpose?.kind === 'setup') this.setupToken = purpose.token;
      if (this.info.setupRequired) this.show('setup');
      else if (purpose?.kind === 'invite') this.show('register');
      else this.show('credentials');
    });
  }

  /** The person has compared the fingerprint, and goes on. */
  async trust(): Promise<void> {
    const { refused, server } = this;
    if (!refused || !this.#destination) return;
    await this.#run(() => this.#port.trust(server, refused.fingerprint));
    if (this.error === null) await this.goTo(this.#destination);
  }

  show(step: Step): void {
    this.step = step;
    this.error = null;
    this.fieldErrors = {};
  }

  async signIn(values: { login: string; password: string }): Promise<void> {
    if (this.#refuse({ login: values.login, password: values.password && 'is given' })) return;
    await this.#open('session.create', { login: values.login.trim(), password: values.password });
  }

  async register(values: Record<string, string>): Promise<void> {
    const inviteCode = inviteCodeIn(this.inviteCode);
    const needsInvite = this.info?.registration === 'invite' || inviteCode !== '';
    const checked = needsInvite ? { ...values, inviteCode } : values;
    if (this.#refuse(checked)) return;
    await this.#open('account.register', checked);
  }

  async setUp(values: Record<string, string>): Promise<void> {
    const checked = { ...values, setupToken: setupTokenIn(this.setupToken) };
    if (this.#refuse(checked)) return;
    await this.#open('server.setup', checked);
  }

  async #certificateRefused(): Promise<void> {
    const refused = await this.#port.refused(this.server);
    if (refused?.why === 'unknown' || refused?.why === 'changed') {
      this.refused = refused;
      this.show('certificate');
    } else this.#unreachable(messages.certificate.refused[refused?.why ?? 'invalid'](this.host));
  }

  #unreachable(text: string): void {
    this.show('server');
    this.fieldErrors = { server: text };
  }

  #refuse(values: Record<string, string>): boolean {
    this.fieldErrors = checkFields(values);
    return Object.keys(this.fieldErrors).length > 0;
  }

  async #open(command: OpenCommand, input: Record<string, string>): Promise<void> {
    await this.#run(async () => {
      try {
        this.#opened(await this.#port.open(this.server, command, input));
      } catch (error) {
        this.#explain(command, error);
      }
    });
  }

  /** Puts a failure where it belongs: beside the field that it is about, or above the form. */
  #explain(command: OpenCommand, error: unknown): void {
    const failure = failureOf(error);
    if (failure?.code === 'rate_limited' && failure.retryAfterMs !== null) {
      this.error = messages.signIn.lockedOut(Math.max(1, Math.ceil(failure.retryAfterMs / 1000)));
    } else if (command === 'session.create' && failure?.code === 'unauthenticated') {
      this.error = messages.signIn.wrong;
    } else if (command === 'account.register' && failure?.code === 'conflict') {
      this.fieldErrors = { username: messages.signIn.usernameTaken };
    } else if (command === 'account.register' && isRefusal(failure?.code)) {
      if (this.inviteCode === '') this.error = messages.signIn.registrationClosed;
      else this.fieldErrors = { inviteCode: messages.signIn.inviteBad };
    } else if (command === 'server.setup' && failure?.code === 'conflict') {
      this.show('credentials');
      this.error = messages.signIn.setupDone;
    } else if (command === 'server.setup' && isRefusal(failure?.code)) {
      this.fieldErrors = { setupToken: messages.signIn.setupTokenBad };
    } else if (failure?.code === 'unavailable') {
      this.error = messages.signIn.serverUnreachable(this.host);
    } else {
      this.error = explain(error);
    }
  }

  async #run(work: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.error = null;
    this.fieldErrors = {};
    try {
      await work();
    } catch (error) {
      this.error = explain(error);
    } finally {
      this.busy = false;
    }
  }
}

function isRefusal(code: string | undefined): boolean {
  return code === 'forbidden' || code === 'not_found' || code === 'unauthenticated';
}
