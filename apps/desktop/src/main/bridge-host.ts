import type { WebContents } from 'electron';
import type { z } from 'zod';
import { invalidInput, ParleyError } from '@parley/shared/protocol/errors.ts';
import {
  calls,
  signals,
  type CallOutput,
  type Bridge,
  type CallReply,
  type SignalData,
} from '../bridge/bridge.ts';
import { callNames, signalChannel, type CallName, type SignalName } from '../bridge/names.ts';
import { rendererOrigin } from './app-protocol.ts';

/** An input as its schema gives it. */
type ParsedInput<N extends CallName> = z.output<(typeof calls)[N]['input']>;

/** What answers each call: one that is missing does not compile. */
export type Answers = {
  [N in CallName]: (input: ParsedInput<N>) => CallOutput<N> | Promise<CallOutput<N>>;
};

function isCallName(name: unknown): name is CallName {
  return typeof name === 'string' && (callNames as readonly string[]).includes(name);
}

/** What listens on the channel of calls, as Electron's `ipcMain` takes it. */
export type CallListener = (
  event: { sender: object; senderFrame: { url: string; parent: object | null } | null },
  name?: unknown,
  input?: unknown,
) => Promise<CallReply>;

/** Answers calls of the window's own page, and of nobody else. */
export function hostBridge(options: {
  contents: () => object | null;
  answers: Answers;
  onBug: (error: unknown) => void;
}): CallListener {
  return async (event, name, input) => {
    const own = options.contents();
    const frame = event.senderFrame;
    const isOwn =
      own !== null &&
      event.sender === own &&
      frame?.parent === null &&
      frame.url.startsWith(`${rendererOrigin}/`);
    if (!isOwn || !isCallName(name)) {
      const error = new ParleyError('forbidden', 'This page may not ask for that.');
      return { ok: false, error: error.toBody() };
    }
    try {
      return { ok: true, output: await answer(options.answers, name, input) };
    } catch (error) {
      if (error instanceof ParleyError) return { ok: false, error: error.toBody() };
      options.onBug(error);
      const internal = new ParleyError('internal', 'Something went wrong in the app.');
      return { ok: false, error: internal.toBody() };
    }
  };
}

/** The same calls for what runs in main itself. */
export function ownBridge(answers: Answers): Pick<Bridge, 'call'> {
  return { call: (name, input) => answer(answers, name, input) };
}

async function answer<N extends CallName>(
  answers: Answers,
  name: N,
  input: unknown,
): Promise<CallOutput<N>> {
  const parsed = calls[name].input.safeParse(input);
  if (!parsed.success) throw invalidInput(parsed.error);
  // The schema found by this name parsed it.
  const output = await answers[name](parsed.data as ParsedInput<N>);
  return calls[name].output.parse(output) as CallOutput<N>;
}

/** Tells the window's page something. */
export function sendSignal<N extends SignalName>(
  contents: Pick<WebContents, 'isDestroyed' | 'send'> | null,
  name: N,
  data: SignalData<N>,
): void {
  if (!contents || contents.isDestroyed()) return;
  contents.send(signalChannel, name, signals[name].parse(data));
}
