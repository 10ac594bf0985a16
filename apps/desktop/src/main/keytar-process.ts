import { z } from 'zod';
import type { Keytar } from './keyring.ts';

/** The part of Electron's UtilityProcess that is used. */
export type HelperProcess = {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  kill(): boolean;
};

const Answer = z.discriminatedUnion('ok', [
  z.object({
    id: z.int(),
    ok: z.literal(true),
    value: z.union([z.string(), z.boolean(), z.null()]),
  }),
  z.object({ id: z.int(), ok: z.literal(false), message: z.string() }),
]);
type Value = Extract<z.infer<typeof Answer>, { ok: true }>['value'];

/** It costs memory, and the keyring is asked seldom. */
const idleMs = 10_000;

/**
 * keytar in a process of its own, started when it is needed. On Linux its library keeps to the service that it met
 * first, and never notices that this was started anew; and what hangs in it would hold a thread of the app for good.
 */
export function keytarInProcess(fork: () => HelperProcess): Keytar {
  let helper: HelperProcess | null = null;
  let lastId = 0;
  let idle: NodeJS.Timeout | undefined;
  const waiting = new Map<
    number,
    { resolve: (value: Value) => void; reject: (error: Error) => void }
  >();

  const reset = () => {
    clearTimeout(idle);
    const left = helper;
    helper = null;
    left?.kill();
    for (const { reject } of waiting.values()) reject(new Error('The keyring was given up.'));
    waiting.clear();
  };
  const start = () => {
    const made = fork();
    made.on('message', (message) => {
      const answer = Answer.parse(message);
      const asked = waiting.get(answer.id);
      waiting.delete(answer.id);
      if (waiting.size === 0) idle = setTimeout(reset, idleMs);
      if (answer.ok) asked?.resolve(answer.value);
      else asked?.reject(new Error(answer.message));
    });
    made.on('exit', () => {
      if (helper === made) reset();
    });
    return made;
  };
  const ask = (name: keyof Keytar, ...given: string[]) => {
    clearTimeout(idle);
    helper ??= start();
    const id = ++lastId;
    const answer = new Promise<Value>((resolve, reject) => {
      waiting.set(id, { resolve, reject });
    });
    helper.postMessage({ id, name, given });
    return answer;
  };

  return {
    getPassword: async (...given) =>
      z
        .string()
        .nullable()
        .parse(await ask('getPassword', ...given)),
    setPassword: async (...given) => {
      await ask('setPassword', ...given);
    },
    deletePassword: async (...given) => (await ask('deletePassword', ...given)) === true,
    reset,
  };
}
